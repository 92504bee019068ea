//! The calling process: its ids, priority, limits, usage and working directory.

use crate::errno::Result;
use crate::sys::{call, not_null};
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

/// The resource usage of the process (`RUSAGE_SELF`) or the calling thread (`RUSAGE_THREAD`).
pub(crate) fn usage(who: c_int) -> Result<libc::rusage> {
    // SAFETY: an rusage is plain numbers, for which zero is valid.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: `usage` is an rusage.
    call!(unsafe { libc::getrusage(who, &mut usage) })?;
    Ok(usage)
}

/// The memory that the resource limits of the process allow; `None` without a limit.
pub(crate) fn memory_limit() -> Option<u64> {
    let limits = [libc::RLIMIT_AS as c_int, libc::RLIMIT_DATA as c_int];
    limits.into_iter().filter_map(limit).min()
}

/// The soft limit of a resource; `None` if there is none or it cannot be read.
pub(crate) fn limit(resource: c_int) -> Option<u64> {
    // SAFETY: an rlimit is two numbers, for which zero is valid.
    let mut limit: libc::rlimit = unsafe { core::mem::zeroed() };
    // SAFETY: `limit` is an rlimit.
    call!(unsafe { libc::getrlimit(resource as _, &mut limit) }).ok()?;
    (limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)
}

/// Writes the working directory and a NUL; `ERANGE` if `size` bytes are too few.
///
/// # Safety
/// `buffer` is writable for `size` bytes.
pub(crate) unsafe fn cwd(buffer: *mut c_char, size: usize) -> Result {
    // SAFETY: `buffer` has space for `size` bytes.
    not_null(unsafe { libc::getcwd(buffer, size) }).map(drop)
}

/// Changes the working directory.
pub(crate) fn chdir(path: &CStr) -> Result {
    // SAFETY: `path` is a C string.
    call!(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}
