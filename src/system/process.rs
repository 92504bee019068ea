//! The calling process: directory, program, usage, memory limits, priority.

use super::OutBuf;
use crate::abi::{UV_PRIORITY_HIGHEST, UV_PRIORITY_LOW, uv_rusage_t, uv_timeval_t};
use crate::errno::{Errno, Result};
use crate::sys::machine::{self, free_memory, total_memory};
use crate::sys::{cgroup, fd, process};
use core::ffi::{CStr, c_char, c_int};

/// The size of a buffer for the longest working directory, its NUL and one more byte.
const CWD_SIZE: usize = libc::PATH_MAX as usize + 1;

/// Writes the working directory, without a trailing slash.
pub(crate) fn cwd(out: OutBuf) -> Result {
    // SAFETY: an OutBuf's buffer is writable for its size.
    match unsafe { process::cwd(out.as_ptr(), out.size()) } {
        Ok(()) => {
            // SAFETY: the call has written a C string.
            out.finish(unsafe { trimmed(out.as_ptr()) });
            Ok(())
        }
        // It did not fit: find out its length.
        Err(Errno::RANGE) => {
            let mut buffer = [0; CWD_SIZE];
            // SAFETY: `buffer` has the size that is passed.
            let length = unsafe {
                process::cwd(buffer.as_mut_ptr(), buffer.len())?;
                trimmed(buffer.as_ptr())
            };
            out.needs(length + 1)
        }
        Err(error) => Err(error),
    }
}

/// Returns the length of a path without a trailing slash, unless the path is `/`.
///
/// # Safety
/// `path` is a C string.
unsafe fn trimmed(path: *const c_char) -> usize {
    // SAFETY: `path` is a C string.
    match unsafe { CStr::from_ptr(path) }.to_bytes() {
        [path @ .., b'/'] if !path.is_empty() => path.len(),
        path => path.len(),
    }
}

/// Writes as much of the path of the running program as fits. libuv does the same, and its tests
/// check it.
pub(crate) fn exepath(out: OutBuf) -> Result {
    let size = out.size() - 1;
    let length = if size == 0 {
        0
    } else {
        // SAFETY: an OutBuf's buffer is writable for its size.
        unsafe { machine::exe(out.as_ptr(), size)? }
    };
    out.finish(length);
    Ok(())
}

/// Sets a process's nice value; `EINVAL` if it is out of range.
pub(crate) fn set_priority(pid: libc::pid_t, priority: c_int) -> Result {
    if !(UV_PRIORITY_HIGHEST..=UV_PRIORITY_LOW).contains(&priority) {
        return Err(Errno::INVAL);
    }
    process::set_nice(pid, priority)
}

/// Converts the system's resource usage to libuv's type.
pub(crate) fn usage(who: c_int) -> Result<uv_rusage_t> {
    let usage = process::usage(who)?;
    let time = |time: libc::timeval| uv_timeval_t {
        tv_sec: time.tv_sec,
        tv_usec: time.tv_usec,
    };
    Ok(uv_rusage_t {
        ru_utime: time(usage.ru_utime),
        ru_stime: time(usage.ru_stime),
        ru_maxrss: usage.ru_maxrss as u64,
        ru_ixrss: usage.ru_ixrss as u64,
        ru_idrss: usage.ru_idrss as u64,
        ru_isrss: usage.ru_isrss as u64,
        ru_minflt: usage.ru_minflt as u64,
        ru_majflt: usage.ru_majflt as u64,
        ru_nswap: usage.ru_nswap as u64,
        ru_inblock: usage.ru_inblock as u64,
        ru_oublock: usage.ru_oublock as u64,
        ru_msgsnd: usage.ru_msgsnd as u64,
        ru_msgrcv: usage.ru_msgrcv as u64,
        ru_nsignals: usage.ru_nsignals as u64,
        ru_nvcsw: usage.ru_nvcsw as u64,
        ru_nivcsw: usage.ru_nivcsw as u64,
    })
}

/// Returns the process's memory limit: of its control group, of the groups above, and its own. 0 if
/// none is known, `u64::MAX` if the groups have no limit.
pub(crate) fn constrained_memory() -> u64 {
    let limits = cgroup::memory_limit().into_iter();
    limits.chain(process::memory_limit()).min().unwrap_or(0)
}

/// Returns the memory in bytes that the process can still allocate: the machine's free memory, or
/// less if its control group or one above has a tighter limit.
pub(crate) fn available_memory() -> u64 {
    cgroup::memory_left(total_memory()).unwrap_or_else(free_memory)
}

/// Sets close-on-exec on all open descriptors.
pub(crate) fn disable_stdio_inheritance() {
    // Descriptors are usually dense: after the first few, stop at the first one that is not open.
    (0..=c_int::MAX)
        .find(|at| fd::set_cloexec(*at, true).is_err() && *at > 15)
        .map_or((), drop)
}
