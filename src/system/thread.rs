//! Threads: stack size, names and priorities.

use crate::abi::{UV_THREAD_HAS_STACK_SIZE, uv_thread_options_t};
use crate::abi::{UV_THREAD_PRIORITY_HIGHEST, UV_THREAD_PRIORITY_LOWEST};
use crate::errno::{Errno, Result};
use crate::sys::{process, thread};
use core::ffi::{CStr, c_char, c_int};

/// Returns the stack size in the options; 0 for the default.
pub(crate) fn stack_size(options: &uv_thread_options_t) -> usize {
    match options.flags & UV_THREAD_HAS_STACK_SIZE {
        0 => 0,
        _ => options.stack_size,
    }
}

/// Names the calling thread. A name that is longer than the kernel's limit is cut, as libuv
/// documents.
pub(crate) fn set_name(name: &CStr) -> Result {
    let mut short = [0; thread::NAME_SIZE];
    let length = name.count_bytes().min(thread::NAME_SIZE - 1);
    short[..length].copy_from_slice(&name.to_bytes()[..length]);
    thread::set_name(CStr::from_bytes_until_nul(&short).map_err(|_| Errno::INVAL)?)
}

/// Writes a thread's name and a NUL. A name that is longer than the buffer is cut, as libuv
/// documents. The rest of the buffer is zeroed.
///
/// # Safety
/// `thread` is alive; `buffer` is writable for `size` bytes, of which there is at least one.
pub(crate) unsafe fn name(thread: libc::pthread_t, buffer: *mut c_char, size: usize) -> Result {
    let mut own = [0; thread::NAME_SIZE];
    // SAFETY: `thread` is alive.
    let name = unsafe { thread::name(thread, &mut own)? };
    let length = name.count_bytes().min(size - 1);
    // SAFETY: the length is below the size of the buffer.
    unsafe {
        buffer.copy_from_nonoverlapping(name.as_ptr(), length);
        buffer.add(length).write_bytes(0, size - length);
    }
    Ok(())
}

/// Returns whether the thread's priority is a nice value that can be accessed. That needs the
/// kernel's id of the thread, which only the calling thread can get.
fn is_nice(thread: libc::pthread_t, policy: c_int) -> bool {
    policy == libc::SCHED_OTHER && thread::equal(thread, thread::current())
}

/// Returns a thread's priority: the nice value of the calling thread if it has one, else the
/// priority within its policy.
///
/// # Safety
/// `thread` is alive.
pub(crate) unsafe fn priority(thread: libc::pthread_t) -> Result<c_int> {
    // SAFETY: `thread` is alive.
    let (policy, priority) = unsafe { thread::scheduling(thread)? };
    if is_nice(thread, policy) {
        return process::nice(thread::current_id());
    }
    Ok(priority)
}

/// Sets a thread's priority, from -2 (lowest) to 2 (highest).
///
/// # Safety
/// `thread` is alive.
pub(crate) unsafe fn set_priority(thread: libc::pthread_t, priority: c_int) -> Result {
    if !(UV_THREAD_PRIORITY_LOWEST..=UV_THREAD_PRIORITY_HIGHEST).contains(&priority) {
        return Err(Errno::INVAL);
    }
    // SAFETY: `thread` is alive.
    let (policy, current) = unsafe { thread::scheduling(thread)? };
    if is_nice(thread, policy) {
        return process::set_nice(thread::current_id(), -2 * priority);
    }
    let (lowest, highest) = thread::priority_range(policy)?;
    // The five steps are spread evenly over the range of the policy.
    let wanted = lowest + (highest - lowest) * (priority - UV_THREAD_PRIORITY_LOWEST) / 4;
    if wanted == current {
        return Ok(());
    }
    // SAFETY: `thread` is alive.
    unsafe { thread::set_scheduling(thread, policy, wanted) }
}
