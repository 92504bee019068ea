//! Files and paths: the system calls of `uv_fs_*`.
//!
//! Calls that a signal interrupts are repeated, except [`read`], which returns EINTR as in libuv.

use crate::errno::Result;
use crate::sys::{call, call_retry, not_null};
use core::ffi::{CStr, c_char, c_int, c_uint};

/// The most buffers that one vectored call takes.
pub(crate) const IOV_MAX: usize = 1024;

/// Opens `path`, close-on-exec.
pub(crate) fn open(path: &CStr, flags: c_int, mode: libc::mode_t) -> Result<c_int> {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode as c_uint) })
}

/// Reads into `iov`, at `offset`, or at the file's position if that is negative.
///
/// # Safety
/// The buffers that `iov` describes are valid for writes.
pub(crate) unsafe fn read(fd: c_int, iov: &[libc::iovec], offset: i64) -> Result<usize> {
    let (base, count) = (iov.as_ptr(), iov.len() as c_int);
    match (iov, offset < 0) {
        // SAFETY: the buffer that `one` describes is writable.
        ([one], true) => call!(unsafe { libc::read(fd, one.iov_base, one.iov_len) }),
        // SAFETY: the buffer that `one` describes is writable.
        ([one], false) => call!(unsafe { libc::pread(fd, one.iov_base, one.iov_len, offset) }),
        // SAFETY: `iov` describes `count` writable buffers.
        (_, true) => call!(unsafe { libc::readv(fd, base, count) }),
        // SAFETY: `iov` describes `count` writable buffers.
        (_, false) => call!(unsafe { libc::preadv(fd, base, count, offset) }),
    }
    .map(|n| n as usize)
}

/// Writes `iov`, at `offset`, or at the file's position if that is negative.
///
/// # Safety
/// The buffers that `iov` describes are valid for reads.
pub(crate) unsafe fn write(fd: c_int, iov: &[libc::iovec], offset: i64) -> Result<usize> {
    let (base, count) = (iov.as_ptr(), iov.len() as c_int);
    match (iov, offset < 0) {
        // SAFETY: the buffer that `one` describes is readable.
        ([one], true) => call_retry!(unsafe { libc::write(fd, one.iov_base, one.iov_len) }),
        ([one], false) => {
            // SAFETY: the buffer that `one` describes is readable.
            call_retry!(unsafe { libc::pwrite(fd, one.iov_base, one.iov_len, offset) })
        }
        // SAFETY: `iov` describes `count` readable buffers.
        (_, true) => call_retry!(unsafe { libc::writev(fd, base, count) }),
        // SAFETY: `iov` describes `count` readable buffers.
        (_, false) => call_retry!(unsafe { libc::pwritev(fd, base, count, offset) }),
    }
    .map(|n| n as usize)
}

/// Flushes a file's data, and its metadata unless `data_only`.
pub(crate) fn sync(fd: c_int, data_only: bool) -> Result {
    if data_only {
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        call_retry!(unsafe { libc::fdatasync(fd) })
    } else {
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        call_retry!(unsafe { libc::fsync(fd) })
    }
    .map(drop)
}

/// Sets a file's length.
pub(crate) fn truncate(fd: c_int, length: i64) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::ftruncate(fd, length) }).map(drop)
}

/// Checks that the calling process may access `path` with `mode`.
pub(crate) fn access(path: &CStr, mode: c_int) -> Result {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::access(path.as_ptr(), mode) }).map(drop)
}

/// Sets the permissions of `path`.
pub(crate) fn chmod(path: &CStr, mode: libc::mode_t) -> Result {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::chmod(path.as_ptr(), mode) }).map(drop)
}

/// Sets the permissions of an open file.
pub(crate) fn fchmod(fd: c_int, mode: libc::mode_t) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fchmod(fd, mode) }).map(drop)
}

/// Sets the owner of `path`; of a link itself unless `follow`.
pub(crate) fn chown(path: &CStr, uid: libc::uid_t, gid: libc::gid_t, follow: bool) -> Result {
    if follow {
        // SAFETY: `path` is a C string.
        call_retry!(unsafe { libc::chown(path.as_ptr(), uid, gid) })
    } else {
        // SAFETY: `path` is a C string.
        call_retry!(unsafe { libc::lchown(path.as_ptr(), uid, gid) })
    }
    .map(drop)
}

/// Sets the owner of an open file.
pub(crate) fn fchown(fd: c_int, uid: libc::uid_t, gid: libc::gid_t) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fchown(fd, uid, gid) }).map(drop)
}

/// Sets the access and modification times of `path`; of a link itself unless `follow`.
pub(crate) fn set_times(path: &CStr, times: &[libc::timespec; 2], follow: bool) -> Result {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: `path` is a C string, and `times` has two timespecs.
    call_retry!(unsafe { libc::utimensat(libc::AT_FDCWD, path.as_ptr(), times.as_ptr(), flags) })
        .map(drop)
}

/// Sets the access and modification times of an open file.
pub(crate) fn set_open_times(fd: c_int, times: &[libc::timespec; 2]) -> Result {
    // SAFETY: `times` has two timespecs.
    call_retry!(unsafe { libc::futimens(fd, times.as_ptr()) }).map(drop)
}

/// Makes `new_path` another name of `path`.
pub(crate) fn link(path: &CStr, new_path: &CStr) -> Result {
    // SAFETY: both paths are C strings.
    call_retry!(unsafe { libc::link(path.as_ptr(), new_path.as_ptr()) }).map(drop)
}

/// Makes `new_path` a symbolic link to `path`.
pub(crate) fn symlink(path: &CStr, new_path: &CStr) -> Result {
    // SAFETY: both paths are C strings.
    call_retry!(unsafe { libc::symlink(path.as_ptr(), new_path.as_ptr()) }).map(drop)
}

/// Renames `path`.
pub(crate) fn rename(path: &CStr, new_path: &CStr) -> Result {
    // SAFETY: both paths are C strings.
    call_retry!(unsafe { libc::rename(path.as_ptr(), new_path.as_ptr()) }).map(drop)
}

/// Removes the name `path`.
pub(crate) fn unlink(path: &CStr) -> Result {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::unlink(path.as_ptr()) }).map(drop)
}

/// Makes a directory.
pub(crate) fn mkdir(path: &CStr, mode: libc::mode_t) -> Result {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::mkdir(path.as_ptr(), mode) }).map(drop)
}

/// Removes an empty directory.
pub(crate) fn rmdir(path: &CStr) -> Result {
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::rmdir(path.as_ptr()) }).map(drop)
}

/// Makes a directory with a new name, which replaces the six X at the template's end.
///
/// # Safety
/// `template` is a writable, NUL-terminated string that no other code uses.
pub(crate) unsafe fn mkdtemp(template: *mut c_char) -> Result {
    // SAFETY: `template` is NUL-terminated and writable.
    not_null(unsafe { libc::mkdtemp(template) }).map(drop)
}

/// Makes and opens a file with a new name, close-on-exec. The name replaces the six X at the
/// template's end.
///
/// # Safety
/// `template` is a writable, NUL-terminated string that no other code uses.
pub(crate) unsafe fn mkstemp(template: *mut c_char) -> Result<c_int> {
    // SAFETY: `template` is a writable C string that no other code uses.
    call_retry!(unsafe { libc::mkostemp(template, libc::O_CLOEXEC) })
}

/// Reads as much of a symbolic link's target as fits into `buf`, and returns its length.
pub(crate) fn readlink(path: &CStr, buf: &mut [u8]) -> Result<usize> {
    // SAFETY: `path` is a C string, and `buf` is writable for its length.
    call_retry!(unsafe { libc::readlink(path.as_ptr(), buf.as_mut_ptr().cast(), buf.len()) })
        .map(|n| n as usize)
}

/// Calls `with` with the absolute path without symbolic links, dots and double slashes.
pub(crate) fn realpath<T>(path: &CStr, with: impl FnOnce(&CStr) -> Result<T>) -> Result<T> {
    // SAFETY: without a buffer realpath allocates one of the right size.
    let resolved = not_null(unsafe { libc::realpath(path.as_ptr(), core::ptr::null_mut()) })?;
    // SAFETY: realpath gave a NUL-terminated string from malloc, which is ours to free.
    unsafe {
        let result = with(CStr::from_ptr(resolved));
        libc::free(resolved.cast());
        result
    }
}
