//! `uv_guess_handle`.

use crate::abi::{
    UV_FILE, UV_NAMED_PIPE, UV_TCP, UV_TTY, UV_UDP, UV_UNKNOWN_HANDLE, uv_handle_type,
};
use crate::sys::call;
use crate::sys::socket::int_option;
use core::ffi::c_int;

/// Returns the kind of a descriptor: terminal, file (or device), pipe or socket.
pub(crate) fn guess_handle(fd: c_int) -> uv_handle_type {
    if fd < 0 {
        return UV_UNKNOWN_HANDLE;
    }
    // SAFETY: isatty looks at a number.
    if unsafe { libc::isatty(fd) } != 0 {
        return UV_TTY;
    }
    // SAFETY: a stat is plain numbers, for which zero is valid.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    if call!(fstat(fd, &mut stat)).is_err() {
        return UV_UNKNOWN_HANDLE;
    }
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG | libc::S_IFCHR => UV_FILE,
        libc::S_IFIFO => UV_NAMED_PIPE,
        libc::S_IFSOCK => guess_socket(fd),
        _ => UV_UNKNOWN_HANDLE,
    }
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
