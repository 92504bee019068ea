//! The calling process: its ids, priority, limits, usage and working directory.

use crate::errno::{Errno, Result};
use crate::sys::call;
use core::ffi::{CStr, c_char, c_int};

/// Returns the id of the calling process.
pub(crate) fn pid() -> libc::pid_t {
    // SAFETY: getpid cannot fail.
    unsafe { libc::getpid() }
}

/// Returns the id of the parent process.
pub(crate) fn parent_pid() -> libc::pid_t {
    // SAFETY: getppid cannot fail.
    unsafe { libc::getppid() }
}

/// Returns the effective user id.
pub(crate) fn effective_uid() -> libc::uid_t {
    // SAFETY: geteuid cannot fail.
    unsafe { libc::geteuid() }
}

/// Returns the nice value of a process or, on Linux, of a thread; 0 is the caller.
pub(crate) fn nice(pid: libc::pid_t) -> Result<c_int> {
    // −1 may be a nice value; only errno shows an error.
    call::set_errno(0);
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    match call!(unsafe { libc::getpriority(libc::PRIO_PROCESS, pid as libc::id_t) }) {
        Err(_) if call::errno() == 0 => Ok(-1),
        nice => nice,
    }
}

/// Sets the nice value of a process or, on Linux, of a thread; 0 is the caller.
pub(crate) fn set_nice(pid: libc::pid_t, nice: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call!(unsafe { libc::setpriority(libc::PRIO_PROCESS, pid as libc::id_t, nice) }).map(drop)
}

/// The resource usage of the process.
pub(crate) fn usage() -> Result<libc::rusage> {
    usage_of(libc::RUSAGE_SELF)
}

/// The resource usage of the calling thread.
pub(crate) fn thread_usage() -> Result<libc::rusage> {
    usage_of(libc::RUSAGE_THREAD)
}

fn usage_of(who: c_int) -> Result<libc::rusage> {
    // SAFETY: an rusage is plain numbers, for which zero is valid.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: `usage` is an rusage.
    call!(unsafe { libc::getrusage(who, &mut usage) })?;
    Ok(usage)
}

/// The memory that the resource limits of the process allow; `None` without a limit.
pub(crate) fn memory_limit() -> Option<u64> {
    [libc::RLIMIT_AS, libc::RLIMIT_DATA]
        .into_iter()
        .filter_map(|resource| {
            let mut limit = libc::rlimit {
                rlim_cur: libc::RLIM_INFINITY,
                rlim_max: libc::RLIM_INFINITY,
            };
            // On failure the limit stays at "none".
            // SAFETY: `limit` is an rlimit.
            let _ = call!(unsafe { libc::getrlimit(resource, &mut limit) });
            Some(limit.rlim_cur).filter(|limit| *limit != libc::RLIM_INFINITY)
        })
        .min()
}

/// Writes the working directory and a NUL; `ERANGE` if `size` bytes are too few.
///
/// # Safety
/// `buffer` is writable for `size` bytes.
pub(crate) unsafe fn cwd(buffer: *mut c_char, size: usize) -> Result {
    // SAFETY: `buffer` has space for `size` bytes.
    if unsafe { libc::getcwd(buffer, size) }.is_null() {
        Err(Errno::last())
    } else {
        Ok(())
    }
}

/// Changes the working directory.
pub(crate) fn chdir(path: &CStr) -> Result {
    // SAFETY: `path` is a C string.
    call!(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}
