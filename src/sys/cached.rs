//! What the kernel has at hand: calls that fail with EAGAIN where they would have to
//! wait for a disk. Old kernels answer ENOSYS, EINVAL or EOPNOTSUPP.

use super::call;
use crate::errno::Result;
use core::ffi::{CStr, c_int};

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

/// Opens `path`, close-on-exec, if the names along it are in the kernel's cache.
pub(crate) fn open(path: &CStr, flags: c_int) -> Result<c_int> {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut how: libc::open_how = unsafe { core::mem::zeroed() };
    how.flags = (flags | libc::O_CLOEXEC) as u64;
    how.resolve = libc::RESOLVE_CACHED;
    let (at, path) = (libc::AT_FDCWD, path.as_ptr());
    let size = size_of::<libc::open_how>();
    call!(syscall(libc::SYS_openat2, at, path, &raw const how, size)).map(|fd| fd as c_int)
}

/// Takes back `O_NONBLOCK` and whatever else can be changed after opening.
pub(crate) fn clear_status_flags(fd: c_int) -> Result {
    call!(fcntl(fd, libc::F_SETFL, 0)).map(drop)
}
