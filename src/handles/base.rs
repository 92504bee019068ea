//! Functions for handles of any kind: the descriptor, and the sizes of a socket's buffers.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::sys::socket;
use core::ffi::c_int;

/// The descriptor of a handle of a kind that has one: −1 if it is not open.
fn descriptor(handle: &uv_handle_t) -> Option<c_int> {
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

/// The descriptor of a TCP, UDP or pipe handle: −1 if it is not open. None for other kinds.
pub(super) fn socket_fd(handle: &uv_handle_t) -> Option<c_int> {
    match handle.type_.get() {
        UV_TCP | UV_NAMED_PIPE | UV_UDP => descriptor(handle),
        _ => None,
    }
}

/// `uv_fileno`.
pub(crate) fn fileno(handle: &uv_handle_t) -> Result<c_int> {
    match descriptor(handle).ok_or(Errno::INVAL)? {
        -1 => Err(Errno::BADF),
        _ if handle.is_closing() => Err(Errno::BADF),
        fd => Ok(fd),
    }
}

/// One of a socket's two buffers.
#[derive(Clone, Copy)]
pub(crate) enum Buffer {
    Send,
    Receive,
}

/// Gets the size of a socket's buffer if `value` is 0, and sets it otherwise.
pub(crate) fn buffer_size(handle: &uv_handle_t, buffer: Buffer, value: &mut c_int) -> Result {
    let option = match buffer {
        Buffer::Send => libc::SO_SNDBUF,
        Buffer::Receive => libc::SO_RCVBUF,
    };
    let fd = socket_fd(handle).ok_or(Errno::NOTSUP)?;
    if *value == 0 {
        *value = socket::int_option(fd, libc::SOL_SOCKET, option)?;
        return Ok(());
    }
    socket::set_option(fd, libc::SOL_SOCKET, option, value)
}
