//! Children that run: how their end is learnt.

use crate::errno::{Errno, Result};
use crate::sys::{call, clock, fd};
use core::ffi::c_int;

/// A close-on-exec descriptor of a child, readable once that has ended. Kernels before
/// 5.3 have none.
pub(crate) fn open_pidfd(pid: c_int) -> Result<c_int> {
    call!(syscall(libc::SYS_pidfd_open, pid, 0)).map(|fd| fd as c_int)
}

/// The status of a child that has ended, which is then forgotten; none while it runs.
/// `ECHILD` if it is no child of this process (any more).
pub(crate) fn reap(pid: c_int) -> Result<Option<c_int>> {
    wait(pid, libc::WNOHANG)
}

/// Waits until a child has ended, and forgets it.
pub(crate) fn await_end(pid: c_int) {
    let _ = until_answered(|| match wait(pid, 0) {
        Err(Errno::CHILD) => Ok(None),
        result => result,
    });
}

/// Whether a process that is no child of this one has ended: so says its pidfd, or, where
/// that is −1, its number. It counts as ended if poll(2) is refused.
pub(crate) fn is_over(pid: c_int, pidfd: c_int) -> bool {
    if pidfd == -1 {
        call!(kill(pid, 0)) == Err(Errno::SRCH)
    } else {
        fd::poll_now(pidfd, libc::POLLIN) != Ok(0)
    }
}

/// Asks after a child with one call and, should that fail, with the other: an error may be an
/// interruption, or the refusal of a filter, which may be of one call only.
fn wait(pid: c_int, flags: c_int) -> Result<Option<c_int>> {
    let mut status = 0;
    let mut ask = || {
        let ended = call!(waitpid(pid, &mut status, flags))?;
        Ok((ended != 0).then_some(status))
    };
    ask().or_else(|_| match wait_with_info(pid, flags) {
        Err(Errno::PERM | Errno::NOSYS) => ask(),
        answer => answer,
    })
}

/// The same with the newer call. The status is as the older one writes it.
fn wait_with_info(pid: c_int, flags: c_int) -> Result<Option<c_int>> {
    // SAFETY: all zeroes is a valid siginfo_t; it has no pid while the child runs.
    let mut info: libc::siginfo_t = unsafe { core::mem::zeroed() };
    let options = libc::WEXITED | flags;
    call!(waitid(libc::P_PID, pid as libc::id_t, &mut info, options))?;
    // SAFETY: the kernel writes these fields for a child that has ended, and leaves them zero.
    let (ended, status) = unsafe { (info.si_pid(), info.si_status()) };
    Ok((ended != 0).then_some(match info.si_code {
        libc::CLD_EXITED => (status & 0xff) << 8,
        libc::CLD_DUMPED => status | 0x80,
        _ => status,
    }))
}

/// Makes a call that waits again when it fails, for a tenth of a second at most.
pub(crate) fn until_answered<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for attempt in 0..100 {
        match call() {
            Err(_) if attempt < 10 => {}
            Err(_) => clock::sleep(1),
            answer => return answer,
        }
    }
    call()
}

/// The status of a child that has ended and was reaped by other code. The kernel has none
/// that is so.
pub(crate) const UNKNOWN: c_int = -1;

/// The exit status and the signal that ended it, of which one is 0.
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
