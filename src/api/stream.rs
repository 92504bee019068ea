//! `uv_stream_t`: what TCP, pipes and terminals share.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::event_loop::flags::{READABLE, WRITABLE};
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;

/// Says how much is queued for writing, the unwritten rest of requests that failed
/// included until their callbacks.
///
/// Returns bytes.
///
/// # Safety
/// `stream` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_stream_get_write_queue_size(stream: *const uv_stream_t) -> usize {
    // SAFETY: the stream is initialised.
    unsafe { &*stream }.write_queue_size.get()
}

/// Listens for connections; `backlog` is how many the kernel may keep waiting.
///
/// `cb` runs for each connection with the server and 0, and should [`uv_accept`] it;
/// the next one is not reported before. When the process has no descriptors left,
/// waiting connections are turned away. If `accept(2)` fails, the server tries again after
/// 100 ms, for as long as it listens, and `cb` runs with the error: at once, after five failures
/// in a row for `UV_ENOMEM`, `UV_ENOBUFS`, `UV_EMFILE` or `UV_ENFILE`, or after sixteen for
/// the error of one connection, such as `UV_ECONNABORTED`.
///
/// Returns 0; `UV_EINVAL` for a closing handle or one that is no TCP or pipe handle;
/// `UV_EADDRINUSE` when the address that was bound is taken; or another error of
/// `listen(2)`.
///
/// # Safety
/// `stream` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_listen(
    stream: *mut uv_stream_t,
    backlog: c_int,
    cb: uv_connection_cb,
) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*stream }.listen(backlog, cb).into_c()
}

/// Hands the connection that waits on `server` (or, on a pipe for handles, the one
/// that came over it) to `client`, an initialised handle of the same loop.
///
/// Once per call of the connection callback it succeeds; more may find nothing.
///
/// Returns 0; `UV_EAGAIN` when nothing waits; `UV_EINVAL` for a `client` of an
/// unsuitable kind, for which the connection goes on waiting; or an error of taking it
/// over, and then the connection is closed.
///
/// # Safety
/// Both are initialised handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_accept(server: *mut uv_stream_t, client: *mut uv_stream_t) -> c_int {
    // SAFETY: both handles are initialised.
    unsafe { (*server).accept(&*client) }.into_c()
}

/// Starts to read.
///
/// For each read the loop first calls `alloc_cb` for a buffer and then `read_cb` with
/// the stream, a count and that buffer, which is the caller's again. A count above 0
/// is bytes; 0 means that there was nothing after all; `UV_EOF` that the peer will send
/// no more, after which reading has stopped; `UV_ENOBUFS` that `alloc_cb` gave no
/// buffer; any other negative number is an error, after which the stream should be
/// closed.
///
/// Returns 0; `UV_EINVAL` for null arguments or a closing stream; `UV_EALREADY` when
/// it reads already; `UV_ENOTCONN` when it is not connected; or an error of
/// `epoll_ctl(2)`, such as `UV_EPERM` for a file.
///
/// # Safety
/// `stream` is an initialised stream or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_read_start(
    stream: *mut uv_stream_t,
    alloc_cb: uv_alloc_cb,
    read_cb: uv_read_cb,
) -> c_int {
    if stream.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: a stream that is not null is initialised.
    unsafe { &*stream }.read_start(alloc_cb, read_cb).into_c()
}

/// Stops reading: the read callback does not run any more. What arrives meanwhile is
/// kept by the kernel.
///
/// Returns 0, also when the stream does not read.
///
/// # Safety
/// `stream` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_read_stop(stream: *mut uv_stream_t) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*stream }.read_stop();
    0
}

/// Writes `nbufs` buffers, in order, after all that was queued before.
///
/// The list of buffers is copied; the bytes must stay until `cb`, which may be null,
/// has run with the request and 0 or a negative error, from the loop and never from
/// here. The request may be freed in `cb`. A stream that still connects writes later.
/// `UV_ENOBUFS` means that the system has had no buffers for a second.
///
/// Returns 0; `UV_EINVAL` for no buffers, absurdly many or more than 2 GiB together;
/// `UV_EBADF` without a descriptor; `UV_EPIPE` when the stream is not writable;
/// `UV_ENOMEM`. After an error `cb` does not run.
///
/// # Safety
/// `handle` is an initialised stream; `bufs` points to `nbufs` buffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_write(
    req: *mut uv_write_t,
    handle: *mut uv_stream_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    cb: uv_write_cb,
) -> c_int {
    // SAFETY: the stream is initialised, the request is the caller's memory for one,
    // and `bufs` holds `nbufs` buffers.
    unsafe { (*handle).queue_write(&*req, bufs, nbufs, null_mut(), cb) }.into_c()
}

/// Like [`uv_write`], and sends `send_handle` along over a pipe that was initialised
/// for that. The handle is a TCP, pipe or UDP handle that must stay open until `cb`.
///
/// Returns as `uv_write`, and `UV_EINVAL` for another kind of stream or `UV_EBADF` for
/// a handle without a descriptor.
///
/// # Safety
/// As `uv_write`; `send_handle` is an initialised handle or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_write2(
    req: *mut uv_write_t,
    handle: *mut uv_stream_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: *mut uv_stream_t,
    cb: uv_write_cb,
) -> c_int {
    // SAFETY: as uv_write; `send_handle` is null or initialised.
    unsafe { (*handle).queue_write(&*req, bufs, nbufs, send_handle, cb) }.into_c()
}

/// Writes what can be written at once and queues nothing.
///
/// Returns the number of bytes written, which may be fewer than asked; `UV_EAGAIN` when
/// nothing can be, or writes are queued; else an error as of [`uv_write`] or of
/// `write(2)`, such as `UV_EPIPE` or `UV_ECONNRESET`.
///
/// # Safety
/// `handle` is an initialised stream; `bufs` points to `nbufs` buffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_try_write(
    handle: *mut uv_stream_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
) -> c_int {
    // SAFETY: the stream is initialised and `bufs` holds `nbufs` buffers.
    unsafe { (*handle).write_now(bufs, nbufs, null_mut()) }.into_c()
}

/// Like [`uv_try_write`], and sends `send_handle` along as [`uv_write2`] does.
///
/// Returns the number of bytes written, which may be fewer than asked; the handle goes
/// with the first of them. `UV_EAGAIN` when nothing can be written, or writes are
/// queued; else an error as of [`uv_write2`] or of `sendmsg(2)`.
///
/// # Safety
/// As `uv_try_write`; `send_handle` is an initialised handle or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_try_write2(
    handle: *mut uv_stream_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    send_handle: *mut uv_stream_t,
) -> c_int {
    // SAFETY: as uv_try_write; `send_handle` is null or initialised.
    unsafe { (*handle).write_now(bufs, nbufs, send_handle) }.into_c()
}

/// Says how much of a write was written; meaningful in its callback, above all when
/// that was called with an error.
///
/// Returns bytes.
///
/// # Safety
/// `req` is a write request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_write_nwritten(req: *const uv_write_t) -> usize {
    // SAFETY: the request is a write's.
    unsafe { &*req }.extra.nwritten().get()
}

/// Shuts down the sending direction once all queued writes are done; the peer then
/// reads an end of file. Reading goes on.
///
/// `cb`, which may be null, runs with the request and 0 or a negative error, from the
/// loop and never from here: `UV_ECANCELED` when the stream is closed first. The
/// request may be freed then. Writes are refused from now on.
///
/// Returns 0; `UV_ENOTCONN` when the stream is not writable, is shutting down or
/// closing.
///
/// # Safety
/// `req` is memory for a request; `handle` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_shutdown(
    req: *mut uv_shutdown_t,
    handle: *mut uv_stream_t,
    cb: uv_shutdown_cb,
) -> c_int {
    // SAFETY: the stream is initialised, the request is the caller's memory for one.
    unsafe { (*handle).shutdown(&*req, cb) }.into_c()
}

/// Asks whether the stream can be read from.
///
/// Returns 1 or 0.
///
/// # Safety
/// `handle` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_readable(handle: *const uv_stream_t) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*handle }.has(READABLE).into()
}

/// Asks whether the stream can be written to.
///
/// Returns 1 or 0.
///
/// # Safety
/// `handle` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_writable(handle: *const uv_stream_t) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*handle }.has(WRITABLE).into()
}

/// Makes writes wait until they are done, or no longer. Best set before anything else;
/// callbacks still run from the loop.
///
/// Returns 0, or `UV_EBADF` without a descriptor.
///
/// # Safety
/// `handle` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_stream_set_blocking(
    handle: *mut uv_stream_t,
    blocking: c_int,
) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*handle }.set_blocking(blocking != 0).into_c()
}
