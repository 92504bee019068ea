//! File descriptors of any kind: open, close, flags, read, write, poll, and what one refers to.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::sys::socket::int_option;
use crate::sys::{call, call_retry, file};
use core::ffi::{CStr, c_int, c_void};
use std::os::fd::{FromRawFd, OwnedFd};

/// Closes a descriptor that the library owns. The kernel has closed it even if it returns EINTR or
/// EINPROGRESS, so neither is an error. Preserves `errno`. Makes the raw system call, because
/// glibc's wrapper is a cancellation point.
pub(crate) fn close(fd: c_int) -> Result {
    let saved = crate::sys::call::errno();
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    let closed = match call!(unsafe { libc::syscall(libc::SYS_close, fd) }) {
        Ok(_) | Err(Errno::INTR | Errno::INPROGRESS) => Ok(()),
        Err(error) => Err(error),
    };
    crate::sys::call::set_errno(saved);
    closed
}

/// Opens a path for reading, close-on-exec.
pub(crate) fn open_read(path: &CStr) -> Result<c_int> {
    file::open(path, libc::O_RDONLY, 0)
}

/// Opens a path for reading, as an owned descriptor that is closed when it is dropped.
pub(crate) fn open_owned(path: &CStr) -> Result<OwnedFd> {
    // SAFETY: the descriptor is fresh, and no other code has it.
    open_read(path).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sets whether reads and writes on `fd` return EAGAIN instead of blocking.
pub(crate) fn set_nonblocking(fd: c_int, on: bool) -> Result {
    let flags = status_flags(fd)?;
    if (flags & libc::O_NONBLOCK != 0) == on {
        return Ok(());
    }
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fcntl(fd, libc::F_SETFL, flags ^ libc::O_NONBLOCK) }).map(drop)
}

/// Returns the file status flags (`O_ACCMODE` and others).
pub(crate) fn status_flags(fd: c_int) -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fcntl(fd, libc::F_GETFL) })
}

/// Sets whether `fd` is closed by exec.
pub(crate) fn set_cloexec(fd: c_int, on: bool) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fcntl(fd, libc::F_SETFD, if on { libc::FD_CLOEXEC } else { 0 }) })
        .map(drop)
}

/// The most bytes that Linux reads or writes in one call.
pub(crate) const MAX_BYTES: usize = 0x7fff_f000;

/// Reads into the `len` bytes at `base`.
///
/// # Safety
/// `base` is valid for writes of `len` bytes.
pub(crate) unsafe fn read(fd: c_int, base: *mut c_void, len: usize) -> Result<usize> {
    // SAFETY: `base` is writable for `len` bytes.
    call_retry!(unsafe { libc::read(fd, base, len.min(MAX_BYTES)) }).map(|n| n as usize)
}

/// Reads into `bytes`.
pub(crate) fn read_into(fd: c_int, bytes: &mut [u8]) -> Result<usize> {
    // SAFETY: `bytes` is writable for its length.
    unsafe { read(fd, bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// Writes `bytes`, or the first of them.
pub(crate) fn write(fd: c_int, bytes: &[u8]) -> Result<usize> {
    // SAFETY: `bytes` is readable for its length.
    call_retry!(unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) }).map(|n| n as usize)
}

/// Writes `iov` in one call.
///
/// # Safety
/// The buffers that `iov` describes are valid for reads.
pub(crate) unsafe fn write_vectored(fd: c_int, iov: &[libc::iovec]) -> Result<usize> {
    match iov {
        // SAFETY: the buffer that `one` describes is readable.
        [one] => call_retry!(unsafe { libc::write(fd, one.iov_base, one.iov_len) }),
        // SAFETY: `iov` describes readable buffers.
        _ => call_retry!(unsafe { libc::writev(fd, iov.as_ptr(), iov.len() as c_int) }),
    }
    .map(|n| n as usize)
}

/// Polls `fd` without waiting, and returns its events.
pub(crate) fn poll_now(fd: c_int, events: i16) -> Result<i16> {
    poll(fd, events, 0)
}

/// Waits until `fd` is writable, or has an error or a hang-up; returns the events.
pub(crate) fn wait_writable(fd: c_int) -> Result<i16> {
    poll(fd, libc::POLLOUT, -1)
}

fn poll(fd: c_int, events: i16, timeout: c_int) -> Result<i16> {
    let mut entry = libc::pollfd {
        fd,
        events,
        revents: 0,
    };
    // SAFETY: `entry` is one pollfd.
    call_retry!(unsafe { libc::poll(&mut entry, 1, timeout) }).map(|_| entry.revents)
}

/// Makes `to` a duplicate of `from`, close-on-exec.
pub(crate) fn replace(from: c_int, to: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::dup3(from, to, libc::O_CLOEXEC) }).map(drop)
}

/// Returns the kind of a descriptor: terminal, file (or device), pipe or socket.
pub(crate) fn guess_handle(fd: c_int) -> uv_handle_type {
    if fd < 0 {
        return UV_UNKNOWN_HANDLE;
    }
    // SAFETY: isatty looks at a number.
    if unsafe { libc::isatty(fd) } != 0 {
        return UV_TTY;
    }
    match kind(fd) {
        Ok(libc::S_IFREG | libc::S_IFCHR) => UV_FILE,
        Ok(libc::S_IFIFO) => UV_NAMED_PIPE,
        Ok(libc::S_IFSOCK) => guess_socket(fd),
        _ => UV_UNKNOWN_HANDLE,
    }
}

/// The kind of file that `fd` refers to: `S_IFREG`, `S_IFCHR`, …
pub(crate) fn kind(fd: c_int) -> Result<libc::mode_t> {
    // SAFETY: a stat is plain numbers, for which zero is valid.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    // SAFETY: the call writes to a place for one stat.
    call!(unsafe { libc::fstat(fd, &mut stat) })?;
    Ok(stat.st_mode & libc::S_IFMT)
}

fn guess_socket(fd: c_int) -> uv_handle_type {
    let option = |name| int_option(fd, libc::SOL_SOCKET, name);
    match (option(libc::SO_DOMAIN), option(libc::SO_TYPE)) {
        (Ok(libc::AF_INET | libc::AF_INET6), Ok(libc::SOCK_DGRAM)) => UV_UDP,
        (Ok(libc::AF_INET | libc::AF_INET6), Ok(libc::SOCK_STREAM)) => UV_TCP,
        (Ok(libc::AF_UNIX), Ok(libc::SOCK_STREAM)) => UV_NAMED_PIPE,
        _ => UV_UNKNOWN_HANDLE,
    }
}
