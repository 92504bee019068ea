//! `uv_stream_t`: what TCP, pipes and terminals share.
//!
//! Functions that take a loop, handle or request are called on the loop's thread, where all
//! callbacks run too.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::event_loop::flags::{READABLE, WRITABLE};
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;

/// Returns the number of bytes that the stream has yet to write.
///
/// The bytes of a request count until they are written. If a request fails, its unwritten bytes
/// count until its callback runs.
///
/// Since libuv 1.19.
///
/// # Safety
/// `stream` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_stream_get_write_queue_size(stream: *const uv_stream_t) -> usize {
    // SAFETY: the stream is initialised.
    unsafe { &*stream }.write_queue_size.get()
}

/// Starts listening for connections on a TCP or pipe handle.
///
/// `backlog` is the number of connections that the kernel may keep waiting, as for listen(2). A
/// TCP handle that is not bound gets an IPv4 socket and a port that the system chooses. A pipe
/// must be bound first. If the handle listens already, the call sets a new `backlog` and a new
/// `cb`.
///
/// `cb` runs on the loop's thread, in the poll phase, never from inside this call, once for
/// each connection, with the server and status 0. Call [`uv_accept`] in it or later: the next
/// connection is not reported before. `cb` does not run after `uv_close`.
///
/// If accept(2) fails, the handle goes on listening. It tries again, after 100 milliseconds if
/// the failure is not that of a single connection, and `cb` runs with the error as its status:
/// after every fifth failure in a row for `UV_ENOMEM`, `UV_ENOBUFS`, `UV_EMFILE` and
/// `UV_ENFILE`; after every sixteenth for the error of a single connection, such as
/// `UV_ECONNABORTED`; at every failure for other errors. If the process has no descriptors
/// left, waiting connections are accepted and closed at once where that is possible, and `cb`
/// does not run.
///
/// Returns 0; `UV_EINVAL` if the handle is closing, is neither a TCP nor a pipe handle, or is a
/// pipe that is not bound or was initialised for handles (`ipc`); `UV_EADDRINUSE` if the
/// address is taken, also where `uv_tcp_bind` has returned 0; or another error of socket(2),
/// listen(2) or epoll_ctl(2).
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

/// Gives the connection that waits on `server` to `client`.
///
/// On a pipe for handles (`ipc`) it gives the descriptor that has come over the pipe and has
/// waited longest.
///
/// `client` is an initialised handle of the same loop, without a descriptor. For a connection
/// it is a TCP or pipe handle, like the server. For a descriptor that has come over a pipe it
/// is of the kind that `uv_pipe_pending_type` returns: a TCP, pipe or UDP handle. After each
/// connection callback with status 0 the first call finds a connection; a second call returns
/// `UV_EAGAIN`.
///
/// Returns 0; `UV_EAGAIN` if nothing waits; `UV_EINVAL` if `client` is of another kind, and
/// then the connection goes on waiting; or `UV_EBUSY` if `client` has a descriptor already, or
/// another error of taking the connection over, and then the connection is closed.
///
/// # Safety
/// Both are initialised handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_accept(server: *mut uv_stream_t, client: *mut uv_stream_t) -> c_int {
    // SAFETY: both handles are initialised.
    unsafe { (*server).accept(&*client) }.into_c()
}

/// Starts reading: `alloc_cb` provides memory, `read_cb` gets what was read.
///
/// Both callbacks run on the loop's thread, in the poll phase, never from inside this call,
/// again and again until `uv_read_stop`, `uv_close`, the end of the data or an error. For each
/// read `alloc_cb` gets the handle and a suggested size of 65,536 bytes, and sets `base` and
/// `len` of the buffer. `read_cb` then gets the stream, a count and that buffer, whose memory
/// is the caller's again. One stream is read at most 32 times in a turn.
///
/// A count above 0 is the number of bytes in the buffer. 0 means that there is nothing for now;
/// it is neither the end nor an error. `UV_EOF` means that the peer sends no more; reading has
/// stopped. `UV_ENOBUFS` means that `alloc_cb` set a null `base` or a `len` of 0; nothing is
/// read, and the next turn asks again. Any other negative count is an error of read(2), such as
/// `UV_ECONNRESET`; reading stops, and the stream is neither readable nor writable any more:
/// close it. With `UV_EOF` and errors the buffer may be null.
///
/// If `alloc_cb` stops reading or closes the stream, `read_cb` runs a last time and gives the
/// buffer back, with a count of 0.
///
/// Returns 0; `UV_EINVAL` if an argument is null or the stream is closing; `UV_EALREADY` if the
/// stream reads already; `UV_ENOTCONN` if the stream is not readable (see [`uv_is_readable`]);
/// or an error of epoll_ctl(2), such as `UV_EPERM` for a regular file.
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

/// Stops reading: `read_cb` does not run any more.
///
/// That holds at once, also inside `read_cb` and for data that this turn has found. The kernel
/// keeps what arrives until the next [`uv_read_start`].
///
/// Returns 0, also if the stream does not read.
///
/// # Safety
/// `stream` is an initialised stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_read_stop(stream: *mut uv_stream_t) -> c_int {
    // SAFETY: the stream is initialised.
    unsafe { &*stream }.read_stop();
    0
}

/// Writes `nbufs` buffers in order, after all writes that were queued before.
///
/// What the kernel takes is written at once, the rest waits in a queue. While the stream
/// connects, all of it waits.
///
/// `cb`, which may be null, runs once, on the loop's thread, in the pending or poll phase,
/// never from inside this call, with the request and a status. 0 means that the kernel has
/// taken all bytes. An error is that of write(2), such as `UV_EPIPE` or `UV_ECONNRESET`;
/// `UV_ENOBUFS` if the system has had no buffers for about a second; or `UV_ECANCELED` after
/// `uv_cancel`, after `uv_close` (then in the closing phase, before the close callback), or if
/// the connect that the write has waited for fails. Requests that are not cancelled end in the
/// order of the calls.
///
/// `req` need not be initialised. `req` and the bytes must stay valid until `cb` runs, or if
/// that is null, until the stream's close callback. The array `bufs` is copied. A write to a
/// socket raises no SIGPIPE; one to a pipe(2) or a FIFO may, as write(2) does.
///
/// Returns 0; `UV_EINVAL` if `bufs` is null, `nbufs` is 0 or above 1,048,576, or the buffers
/// hold more than 2,147,479,552 bytes together; `UV_EBADF` if the stream has no descriptor or
/// is closing; `UV_EPIPE` if the stream is not writable, as after [`uv_shutdown`]; or
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

/// Writes as [`uv_write`] does, and sends a handle along to another process.
///
/// `handle` is then a connected pipe that was initialised for handles (`ipc` not 0).
/// `send_handle` is a TCP, pipe or UDP handle with a descriptor; null makes the call a
/// `uv_write`. The peer gets a descriptor of its own together with the first byte and takes it
/// with [`uv_accept`]; the buffers must hold at least one byte. `send_handle` still is the
/// caller's, and must stay open until `cb` runs. If it is closed before its descriptor is sent,
/// the status is `UV_EBADF`. All else is as for `uv_write`: `cb` runs once, on the loop's
/// thread, in the pending or poll phase, never from inside this call.
///
/// Returns as `uv_write` does; and with a `send_handle` also `UV_EINVAL` if `handle` is not
/// such a pipe, or `UV_EBADF` if `send_handle` is of another kind or has no descriptor.
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
    // SAFETY: the handle is initialised, `req` is unused, `bufs` points to `nbufs` buffers;
    // `send_handle` is null or initialised.
    unsafe { (*handle).queue_write(&*req, bufs, nbufs, send_handle, cb) }.into_c()
}

/// Writes what the kernel takes at once, and queues nothing.
///
/// There is no request and no callback. When the call returns, the buffers are no longer used.
///
/// Returns the number of bytes written, which may be fewer than the buffers hold; `UV_EAGAIN`
/// if the kernel takes nothing now or has no buffers, if writes are queued, or while the stream
/// connects; `UV_EINVAL`, `UV_EBADF` and `UV_EPIPE` as [`uv_write`] does; or another error of
/// write(2), such as `UV_ECONNRESET`.
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
    unsafe { (*handle).try_write(bufs, nbufs, null_mut()) }.into_c()
}

/// Writes as [`uv_try_write`] does, and sends `send_handle` along as [`uv_write2`] does.
///
/// When the call returns, `send_handle` is no longer used. It has been sent if the result is
/// above 0.
///
/// Returns the number of bytes written, which may be fewer than the buffers hold; `UV_EAGAIN`
/// as `uv_try_write` does; `UV_EINVAL`, `UV_EBADF` and `UV_EPIPE` as `uv_write2` does; or
/// another error of sendmsg(2).
///
/// Since libuv 1.42.
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
    // SAFETY: the handle is initialised, `bufs` points to `nbufs` buffers; `send_handle` is
    // null or initialised.
    unsafe { (*handle).try_write(bufs, nbufs, send_handle) }.into_c()
}

/// Returns the number of bytes that the kernel has taken of a write request.
///
/// Call it in the request's callback. After `UV_ECANCELED` or another error it tells how much
/// of the write went out.
///
/// Since libuv 1.53.
///
/// # Safety
/// `req` is a write request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_write_nwritten(req: *const uv_write_t) -> usize {
    // SAFETY: the request is a write's.
    unsafe { &*req }.written().get()
}

/// Shuts down the sending direction once all queued writes are done.
///
/// The peer then reads the end of the data. Reading goes on. New writes are refused from now
/// on, with `UV_EPIPE`.
///
/// `cb`, which may be null, runs once, on the loop's thread, in the pending or poll phase,
/// never from inside this call, with the request and a status: 0; `UV_ECANCELED` if the stream
/// is closed first (then in the closing phase, before the close callback); or an error of
/// shutdown(2), such as `UV_ENOTSOCK` for a terminal, a FIFO or a pipe that is no socket. After
/// a connect that has failed it runs when the stream is closed. `req` need not be initialised.
/// It must stay valid until `cb` runs, or if that is null, until the stream's close callback.
///
/// Returns 0, or `UV_ENOTCONN` if the stream is not writable (see [`uv_is_writable`]), which it
/// is not after an earlier `uv_shutdown` and after `uv_close`. After an error `cb` does not
/// run.
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

/// Asks whether the stream is open for reading.
///
/// It is open from the moment when it connects, is accepted, or is given a descriptor that can
/// be read, until a read fails or `uv_close`. The end of the data (`UV_EOF`) does not change
/// it.
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

/// Asks whether the stream is open for writing.
///
/// It is open from the moment when it connects, is accepted, or is given a descriptor that can
/// be written, until [`uv_shutdown`], a read that fails or `uv_close`.
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

/// Makes the stream's descriptor blocking (`blocking` not 0) or non-blocking (0).
///
/// On a blocking descriptor [`uv_write`] waits until the kernel has taken all bytes; its
/// callback runs from the loop as always. Reads may wait as well: one that fills its buffer is
/// followed by another. Set it right after the stream has its descriptor, before the first
/// write. The mode belongs to the open file, which other processes may share.
///
/// Returns 0, or `UV_EBADF` if the stream has no descriptor.
///
/// Since libuv 1.4 on Unix.
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
