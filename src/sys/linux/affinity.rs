//! CPU affinity of threads, and kernel thread ids.

use crate::errno::Result;
use crate::sys::{call, check};
use core::ffi::{CStr, c_char, c_int};

/// The number of processors in a mask.
pub(crate) const CPU_MASK_SIZE: usize = libc::CPU_SETSIZE as usize;

/// Writes which processors a thread may run on: one byte each in `mask`, 0 or 1.
///
/// # Safety
/// `thread` has not been joined, nor ended detached.
pub(crate) unsafe fn affinity(
    thread: libc::pthread_t,
    mask: &mut [c_char; CPU_MASK_SIZE],
) -> Result {
    // SAFETY: a cpu_set_t is plain bits, for which zero is valid.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: `set` has the size that is passed, and the thread is alive.
    check(unsafe { libc::pthread_getaffinity_np(thread, size_of_val(&set), &mut set) })?;
    for (cpu, allowed) in mask.iter_mut().enumerate() {
        // SAFETY: cpu is below CPU_SETSIZE.
        *allowed = unsafe { libc::CPU_ISSET(cpu, &set) }.into();
    }
    Ok(())
}

/// Sets which processors a thread may run on: those whose byte in `mask` is not 0.
///
/// # Safety
/// `thread` has not been joined, nor ended detached.
pub(crate) unsafe fn set_affinity(
    thread: libc::pthread_t,
    mask: &[c_char; CPU_MASK_SIZE],
) -> Result {
    // SAFETY: a cpu_set_t is plain bits, for which zero is valid.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    for (cpu, _) in mask.iter().enumerate().filter(|(_, wanted)| **wanted != 0) {
        // SAFETY: cpu is below CPU_SETSIZE.
        unsafe { libc::CPU_SET(cpu, &mut set) };
    }
    // SAFETY: `set` has the size that is passed, and the thread is alive.
    check(unsafe { libc::pthread_setaffinity_np(thread, size_of_val(&set), &set) })
}

/// Returns the processor that the calling thread runs on.
pub(crate) fn current_cpu() -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call!(unsafe { libc::sched_getcpu() })
}

/// The processors that a thread may run on; 0 is the calling thread.
fn cpus_of(thread: libc::pid_t) -> Option<libc::cpu_set_t> {
    // SAFETY: a cpu_set_t is plain bits, for which zero is valid.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: `set` has the size that is passed.
    call!(unsafe { libc::sched_getaffinity(thread, size_of_val(&set), &mut set) }).ok()?;
    Some(set)
}

fn count(set: &libc::cpu_set_t) -> usize {
    // SAFETY: the set is initialised.
    unsafe { libc::CPU_COUNT(set) as usize }
}

/// The number of processors that the calling thread may run on, if the kernel returns it.
pub(crate) fn allowed_cpus() -> Option<usize> {
    cpus_of(0).map(|set| count(&set))
}

/// The number of processors that the process may use, if the kernel returns it: those of its
/// first thread, whose id is the process's, and of the calling one, which may have others.
pub(crate) fn process_cpus() -> Option<usize> {
    let mut all = cpus_of(0)?;
    if let Some(first) = cpus_of(crate::sys::process::pid()) {
        for cpu in 0..libc::CPU_SETSIZE as usize {
            // SAFETY: the number is below the size of both sets.
            unsafe {
                if libc::CPU_ISSET(cpu, &first) {
                    libc::CPU_SET(cpu, &mut all);
                }
            }
        }
    }
    Some(count(&all))
}

/// The calling thread's id in the kernel.
pub(crate) fn current_id() -> libc::pid_t {
    // SAFETY: gettid takes nothing and cannot fail. glibc wraps it only since 2.30.
    unsafe { libc::syscall(libc::SYS_gettid) as libc::pid_t }
}

/// Sets the calling thread's command name; the kernel keeps 15 bytes.
pub(crate) fn set_command(name: &CStr) {
    // The name is only informative, so an error is ignored.
    // SAFETY: `name` is a C string.
    let _ = call!(unsafe { libc::prctl(libc::PR_SET_NAME, name.as_ptr()) });
}
