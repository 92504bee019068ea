//! Functions for any kind of handle: its descriptor, and the sizes of a socket's buffers.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::sys::socket;
use core::ffi::c_int;

/// The descriptor of a handle whose kind has one.
fn watched(handle: &uv_handle_t) -> Option<c_int> {
    let at = core::ptr::from_ref(handle);
    // SAFETY: a handle's type says which struct it is the beginning of.
    unsafe {
        match handle.type_.get() {
            UV_TCP | UV_NAMED_PIPE | UV_TTY => Some((*at.cast::<uv_stream_t>()).fd()),
            UV_UDP => Some((*at.cast::<uv_udp_t>()).io_watcher.fd.get()),
            UV_POLL => Some((*at.cast::<uv_poll_t>()).io_watcher.fd.get()),
            _ => None,
        }
    }
}

/// The handle's descriptor.
pub(crate) fn fileno(handle: &uv_handle_t) -> Result<c_int> {
    match watched(handle).ok_or(Errno::INVAL)? {
        -1 => Err(Errno::BADF),
        _ if handle.is_closing() => Err(Errno::BADF),
        fd => Ok(fd),
    }
}

/// Which of a socket's buffers.
#[derive(Clone, Copy)]
pub(crate) enum Buffer {
    Send,
    Receive,
}

/// Reads the size of a socket's buffer when `value` is 0, sets it otherwise.
pub(crate) fn buffer_size(handle: &uv_handle_t, buffer: Buffer, value: &mut c_int) -> Result {
    let option = match buffer {
        Buffer::Send => libc::SO_SNDBUF,
        Buffer::Receive => libc::SO_RCVBUF,
    };
    let fd = match handle.type_.get() {
        UV_TCP | UV_NAMED_PIPE | UV_UDP => watched(handle).unwrap_or(-1),
        _ => return Err(Errno::NOTSUP),
    };
    if *value == 0 {
        *value = socket::int_option(fd, libc::SOL_SOCKET, option)?;
        return Ok(());
    }
    socket::set_option(fd, libc::SOL_SOCKET, option, value)
}
