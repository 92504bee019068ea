//! Calls that fail with EAGAIN where they would have to wait for a disk. Old kernels
//! answer ENOSYS, EINVAL or EOPNOTSUPP.

use super::call;
use crate::errno::Result;
use core::ffi::{CStr, c_int};
use std::os::fd::{FromRawFd, OwnedFd};

/// Reads into `iov` what is in the page cache, at `offset` or, where that is negative,
/// at the file's position. May be less than there is in the file.
pub(crate) fn read(fd: c_int, iov: &[libc::iovec], offset: i64) -> Result<usize> {
    let (base, count, flags) = (iov.as_ptr(), iov.len(), libc::RWF_NOWAIT);
    // The position goes in two words, of which 64-bit kernels read the first.
    let offset = offset.max(-1);
    call!(syscall(
        libc::SYS_preadv2,
        fd,
        base,
        count,
        offset,
        0,
        flags
    ))
    .map(|n| n as usize)
}

/// The position of a file; an error for what has none.
pub(crate) fn position(fd: c_int) -> Result<i64> {
    call!(lseek(fd, 0, libc::SEEK_CUR))
}

/// Moves the position of a file back.
pub(crate) fn move_back(fd: c_int, bytes: usize) -> Result {
    call!(lseek(fd, -(bytes as i64), libc::SEEK_CUR)).map(drop)
}

/// Opens `path` with `O_PATH`, if the names along it are in the kernel's cache. That
/// runs no code of the file's own, and asks no server and no on-access scanner.
pub(crate) fn open_path(path: &CStr, follow: bool) -> Result<OwnedFd> {
    openat2(
        path,
        libc::O_PATH | if follow { 0 } else { libc::O_NOFOLLOW },
    )
}

/// Opens `path`, if the names along it are in the kernel's cache, without waiting for
/// a FIFO's other end or for the holder of a lease. The descriptor has `O_NONBLOCK`.
pub(crate) fn open(path: &CStr, flags: c_int) -> Result<OwnedFd> {
    openat2(path, flags | libc::O_NONBLOCK)
}

fn openat2(path: &CStr, flags: c_int) -> Result<OwnedFd> {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut how: libc::open_how = unsafe { core::mem::zeroed() };
    how.flags = (flags | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_CACHED;
    let (at, path) = (libc::AT_FDCWD, path.as_ptr());
    let size = size_of::<libc::open_how>();
    let fd = call!(syscall(libc::SYS_openat2, at, path, &raw const how, size))?;
    // SAFETY: the call has opened this descriptor, and no other code has its number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
}

/// Takes back `O_NONBLOCK` and whatever else can be changed after opening.
pub(crate) fn clear_status_flags(fd: c_int) -> Result {
    call!(fcntl(fd, libc::F_SETFL, 0)).map(drop)
}
