//! Children that run: how their end is learnt.

use super::{call, time};
use crate::errno::{Errno, Result};
use core::ffi::c_int;

/// A close-on-exec descriptor of a child, readable once that has ended. Kernels before
/// 5.3 have none.
pub(crate) fn open_pidfd(pid: c_int) -> Result<c_int> {
    call!(syscall(libc::SYS_pidfd_open, pid, 0)).map(|fd| fd as c_int)
}

/// The status of a child that has ended, which is then forgotten; none while it runs.
pub(crate) fn reap(pid: c_int) -> Result<Option<c_int>> {
    let mut status = 0;
    let mut ask = || call!(waitpid(pid, &mut status, libc::WNOHANG));
    // One error may be an interruption, or a filter's: ask again before it is believed.
    let ended = ask().or_else(|_| ask())?;
    Ok((ended != 0).then_some(status))
}

/// Waits until a child has ended, and forgets it.
pub(crate) fn await_end(pid: c_int) {
    let wait = || call!(waitpid(pid, core::ptr::null_mut(), 0));
    let _ = until_answered(|| match wait() {
        Err(Errno::CHILD) => Ok(0),
        result => result,
    });
}

/// Makes a call that waits again when it fails, for a tenth of a second at most.
pub(crate) fn until_answered<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    for attempt in 0..100 {
        match call() {
            Err(_) if attempt < 10 => {}
            Err(_) => time::sleep(1),
            answer => return answer,
        }
    }
    call()
}

/// The exit status and the signal that ended it, of which one is 0.
pub(crate) fn decode(status: c_int) -> (i64, c_int) {
    if libc::WIFEXITED(status) {
        (i64::from(libc::WEXITSTATUS(status)), 0)
    } else if libc::WIFSIGNALED(status) {
        (0, libc::WTERMSIG(status))
    } else {
        (0, 0)
    }
}
