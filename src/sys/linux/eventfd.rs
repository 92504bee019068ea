//! eventfd(2): a descriptor with a counter.

use crate::errno::Result;
use crate::sys::{call, call_retry};
use core::ffi::c_int;
use std::os::fd::{FromRawFd, OwnedFd};

/// Makes one with the counter 0, which neither blocks nor survives exec.
pub(crate) fn new() -> Result<OwnedFd> {
    let fd = call!(eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
    // SAFETY: the call has just made the descriptor, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Adds 1 to the counter.
pub(crate) fn signal(fd: c_int) -> Result {
    let one = 1u64.to_ne_bytes();
    call_retry!(write(fd, one.as_ptr().cast(), one.len())).map(drop)
}
