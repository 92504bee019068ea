//! Waiting for children.

use crate::errno::{Errno, Result};
use crate::sys::{call, clock, fd};
use core::ffi::c_int;

/// Opens a pidfd: close-on-exec, readable once the child has ended. Kernels before 5.3 have none.
pub(crate) fn open_pidfd(pid: c_int) -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call!(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) }).map(|fd| fd as c_int)
}

/// Reaps a child and returns its status; `None` while it runs. `ECHILD` if it is not a child of
/// this process, or was reaped.
pub(crate) fn reap(pid: c_int) -> Result<Option<c_int>> {
    wait(pid, libc::WNOHANG)
}

/// Waits for the end of a child, and reaps it.
pub(crate) fn wait_for_exit(pid: c_int) {
    let _ = retry(|| match wait(pid, 0) {
        Err(Errno::CHILD) => Ok(None),
        result => result,
    });
}

/// Returns whether a process that is not a child of this one has ended, by its pidfd or, if that is
/// −1, by its id. It counts as ended if poll(2) is refused.
pub(crate) fn is_over(pid: c_int, pidfd: c_int) -> bool {
    if pidfd == -1 {
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        call!(unsafe { libc::kill(pid, 0) }) == Err(Errno::SRCH)
    } else {
        fd::poll_now(pidfd, libc::POLLIN) != Ok(0)
    }
}

/// Waits with one call and, if that fails, with the other: the error may come from a filter that
/// refuses only one of them.
fn wait(pid: c_int, flags: c_int) -> Result<Option<c_int>> {
    let mut status = 0;
    let mut ask = || {
        // SAFETY: `status` is an int.
        let ended = call!(unsafe { libc::waitpid(pid, &mut status, flags) })?;
        Ok((ended != 0).then_some(status))
    };
    ask().or_else(|_| match wait_with_info(pid, flags) {
        Err(Errno::PERM | Errno::NOSYS) => ask(),
        answer => answer,
    })
}

/// Waits with `waitid`. The status is in the form of `waitpid`.
fn wait_with_info(pid: c_int, flags: c_int) -> Result<Option<c_int>> {
    // SAFETY: all zeroes is a valid siginfo_t; it has no pid while the child runs.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let options = libc::WEXITED | flags;
    // SAFETY: `info` is a siginfo_t.
    call!(unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, &mut info, options) })?;
    // SAFETY: the kernel writes these fields for a child that has ended, and leaves them zero.
    let (ended, status) = unsafe { (info.si_pid(), info.si_status()) };
    Ok((ended != 0).then_some(match info.si_code {
        libc::CLD_EXITED => (status & 0xff) << 8,
        libc::CLD_DUMPED => status | 0x80,
        _ => status,
    }))
}

/// Repeats a call that fails, for at most a tenth of a second.
pub(crate) fn retry<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for attempt in 0..100 {
        match call() {
            Err(_) if attempt < 10 => {}
            Err(_) => clock::sleep(1),
            answer => return answer,
        }
    }
    call()
}

/// The status of a child that other code has reaped. No status of the kernel has this value.
pub(crate) const UNKNOWN: c_int = -1;

/// The exit status and the signal of a status; one of them is 0.
pub(crate) fn decode(status: c_int) -> (i64, c_int) {
    if status == UNKNOWN {
        (i64::from(Errno::CHILD.raw()), 0)
    } else if libc::WIFEXITED(status) {
        (i64::from(libc::WEXITSTATUS(status)), 0)
    } else if libc::WIFSIGNALED(status) {
        (0, libc::WTERMSIG(status))
    } else {
        (0, 0)
    }
}
