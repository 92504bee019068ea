//! Children that run: how their end is learnt.

use super::{call, call_retry};
use crate::errno::Result;
use core::ffi::c_int;

/// A close-on-exec descriptor of a child, readable once that has ended. Kernels before
/// 5.3 have none.
pub(crate) fn open_pidfd(pid: c_int) -> Result<c_int> {
    call!(syscall(libc::SYS_pidfd_open, pid, 0)).map(|fd| fd as c_int)
}

/// The status of a child that has ended, which is then forgotten; none while it runs.
pub(crate) fn reap(pid: c_int) -> Result<Option<c_int>> {
    let mut status = 0;
    let ended = call_retry!(waitpid(pid, &mut status, libc::WNOHANG))?;
    Ok((ended != 0).then_some(status))
}

/// Waits until a child has ended, and forgets it.
pub(crate) fn await_end(pid: c_int) {
    let _ = call_retry!(waitpid(pid, core::ptr::null_mut(), 0));
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
