//! Threads: creation, names, processors, priorities.

use crate::errno::{Errno, Result};
pub(crate) use crate::sys::affinity::{
    CPU_MASK_SIZE, affinity, allowed_cpus, current_cpu, current_id, process_cpus, set_affinity,
};
use crate::sys::{check, process};
use core::ffi::{CStr, c_int, c_void};

/// A thread's body, as C declares it.
pub(crate) type Entry = unsafe extern "C" fn(*mut c_void);

/// The size of a thread's name with its NUL (`TASK_COMM_LEN` of the kernel).
pub(crate) const NAME_SIZE: usize = 16;

/// The stack size of a thread if there is no limit, as in glibc.
const DEFAULT_STACK: usize = 2 << 20;

/// The smallest stack: with less, a thread cannot take a signal (musl's minimum is too small).
const SMALLEST_STACK: usize = 8192;

/// Returns the size of a page in bytes.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf reads a number.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

fn min_stack() -> usize {
    // SAFETY: sysconf reads a number; -1 stands for "no limit known".
    let system = unsafe { libc::sysconf(libc::_SC_THREAD_STACK_MIN) };
    usize::try_from(system).unwrap_or(0).max(SMALLEST_STACK)
}

/// The default stack size: the limit of the main thread's stack, in whole pages.
fn default_stack() -> usize {
    let limit = process::limit(libc::RLIMIT_STACK as c_int);
    limit
        .map(|limit| limit as usize / page_size() * page_size())
        .filter(|whole| *whole >= min_stack())
        .unwrap_or(DEFAULT_STACK)
}

/// Starts a thread. A `stack_size` of 0 is the default; others are rounded up to whole pages and to
/// the system's minimum.
///
/// # Safety
/// `tid` is writable, and `entry` may be called with `arg` on another thread.
pub(crate) unsafe fn create(
    tid: *mut libc::pthread_t,
    stack_size: usize,
    entry: Entry,
    arg: *mut c_void,
) -> Result {
    let stack_size = match stack_size {
        0 => default_stack(),
        size => size
            .checked_next_multiple_of(page_size())
            .ok_or(Errno::INVAL)?
            .max(min_stack()),
    };
    // SAFETY: only the result type differs, and no code reads it: join passes no place
    // for it. A function of our own in between would be a frame of ours below
    // whatever the thread does, pthread_exit's unwinding included.
    let entry: extern "C" fn(*mut c_void) -> *mut c_void =
        unsafe { core::mem::transmute::<Entry, _>(entry) };
    let mut attr = core::mem::MaybeUninit::uninit();
    let attr = attr.as_mut_ptr();
    // SAFETY: attr is initialised by the first call, used by the next two and released
    // by the last; `tid` is writable by this function's contract.
    unsafe {
        check(libc::pthread_attr_init(attr))?;
        let created = check(libc::pthread_attr_setstacksize(attr, stack_size))
            .and_then(|()| check(libc::pthread_create(tid, attr, entry, arg)));
        libc::pthread_attr_destroy(attr);
        created
    }
}

/// Starts a thread of the library's own, which gets a null argument.
pub(crate) fn spawn(entry: Entry, stack_size: usize) -> Result<libc::pthread_t> {
    let mut tid = core::mem::MaybeUninit::uninit();
    // SAFETY: `tid` is writable, and initialised once `create` succeeds; every `entry` of the
    // library ignores its argument.
    unsafe {
        create(tid.as_mut_ptr(), stack_size, entry, core::ptr::null_mut())?;
        Ok(tid.assume_init())
    }
}

/// Returns the calling thread.
pub(crate) fn current() -> libc::pthread_t {
    // SAFETY: pthread_self cannot fail.
    unsafe { libc::pthread_self() }
}

/// Returns whether two threads are the same one.
pub(crate) fn equal(one: libc::pthread_t, other: libc::pthread_t) -> bool {
    // As pthread_equal does.
    one == other
}

/// Waits for a thread to end.
///
/// # Safety
/// `thread` is joinable, and no other code joins or detaches it.
pub(crate) unsafe fn join(thread: libc::pthread_t) -> Result {
    // SAFETY: the thread was neither joined nor detached.
    check(unsafe { libc::pthread_join(thread, core::ptr::null_mut()) })
}

/// Detaches a thread: its memory is freed when it ends.
///
/// # Safety
/// `thread` is joinable, and no other code joins or detaches it.
pub(crate) unsafe fn detach(thread: libc::pthread_t) -> Result {
    // SAFETY: the thread was neither joined nor detached.
    check(unsafe { libc::pthread_detach(thread) })
}

/// The number of online processors, if the system returns it.
pub(crate) fn online_cpus() -> Option<usize> {
    // SAFETY: sysconf reads a number.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).ok()
}

/// Names the calling thread.
pub(crate) fn set_name(name: &CStr) -> Result {
    // SAFETY: `name` ends in a NUL; the calling thread is alive.
    check(unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) })
}

/// Writes a thread's name and a NUL to `name`.
///
/// # Safety
/// `thread` is alive.
pub(crate) unsafe fn name(thread: libc::pthread_t, name: &mut [u8; NAME_SIZE]) -> Result<&CStr> {
    // SAFETY: `name` has the length that is passed, and the thread is alive.
    check(unsafe { libc::pthread_getname_np(thread, name.as_mut_ptr().cast(), name.len()) })?;
    CStr::from_bytes_until_nul(name).map_err(|_| Errno::RANGE)
}

/// Returns a thread's scheduling policy and its priority within that policy.
///
/// # Safety
/// `thread` is alive.
pub(crate) unsafe fn scheduling(thread: libc::pthread_t) -> Result<(c_int, c_int)> {
    let mut policy = 0;
    let mut param = libc::sched_param { sched_priority: 0 };
    // SAFETY: `policy` and `param` are writable, and the thread is alive.
    check(unsafe { libc::pthread_getschedparam(thread, &mut policy, &mut param) })?;
    Ok((policy, param.sched_priority))
}

/// Sets a thread's priority within its policy.
///
/// # Safety
/// `thread` is alive.
pub(crate) unsafe fn set_scheduling(
    thread: libc::pthread_t,
    policy: c_int,
    priority: c_int,
) -> Result {
    let param = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: `param` is a sched_param, and the thread is alive.
    check(unsafe { libc::pthread_setschedparam(thread, policy, &param) })
}

/// Returns the lowest and the highest priority of a policy.
pub(crate) fn priority_range(policy: c_int) -> Result<(c_int, c_int)> {
    Ok((
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        crate::sys::call!(unsafe { libc::sched_get_priority_min(policy) })?,
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        crate::sys::call!(unsafe { libc::sched_get_priority_max(policy) })?,
    ))
}
