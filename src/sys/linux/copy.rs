//! Copying between files inside the kernel.

use crate::errno::Result;
use crate::sys::call_retry;
use core::ffi::c_int;

/// Copies up to `len` bytes from `*offset` on, and advances `*offset`.
pub(crate) fn copy_file_range(
    from: c_int,
    offset: &mut i64,
    to: c_int,
    len: usize,
) -> Result<usize> {
    let (number, offset) = (libc::SYS_copy_file_range, core::ptr::from_mut(offset));
    let here = core::ptr::null_mut::<i64>();
    // SAFETY: `offset` is a position in the file; the null one stands for `to`'s own position.
    call_retry!(unsafe { libc::syscall(number, from, offset, to, here, len, 0) })
        .map(|n| n as usize)
}

/// Sends up to `len` bytes from `*offset` on, and advances `*offset`.
pub(crate) fn sendfile(to: c_int, from: c_int, offset: &mut i64, len: usize) -> Result<usize> {
    // SAFETY: `offset` is a position in the file.
    call_retry!(unsafe { libc::sendfile(to, from, offset, len) }).map(|n| n as usize)
}

/// Makes `to` share the blocks of `from`, if the file system can.
pub(crate) fn clone_file(from: c_int, to: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::ioctl(to, libc::FICLONE, from) }).map(drop)
}
