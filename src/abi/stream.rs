//! Streams: the base of TCP, pipes and terminals, and the requests that work on them.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_uint, c_void};

use super::*;

/// Base of all streams.
#[repr(C)]
pub struct uv_stream_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// Bytes waiting to be written. Read only.
    pub write_queue_size: Cell<usize>,
    /// Gives memory to read into.
    pub alloc_cb: Cell<uv_alloc_cb>,
    /// Gets what was read.
    pub read_cb: Cell<uv_read_cb>,
    /// The connect request under way, or null.
    pub connect_req: Cell<*mut uv_connect_t>,
    /// The shutdown request under way, or null.
    pub shutdown_req: Cell<*mut uv_shutdown_t>,
    /// Watches the descriptor.
    pub io_watcher: uv__io_t,
    /// Writes not yet finished, oldest first.
    pub write_queue: uv__queue,
    /// Writes finished whose callbacks have not run.
    pub write_completed_queue: uv__queue,
    /// Runs when a connection waits to be accepted.
    pub connection_cb: Cell<uv_connection_cb>,
    /// Error of a connect or bind that is reported later.
    pub delayed_error: Cell<c_int>,
    /// Descriptor that waits for `uv_accept`, or -1.
    pub accepted_fd: Cell<c_int>,
    /// Further received descriptors, or null.
    pub queued_fds: Cell<*mut c_void>,
}

/// A TCP connection or listener.
#[repr(C)]
pub struct uv_tcp_t {
    /// The stream part.
    pub base: uv_stream_t,
}

/// A terminal.
#[repr(C)]
pub struct uv_tty_t {
    /// The stream part.
    pub base: uv_stream_t,
    /// The terminal's settings before the first change of mode.
    pub orig_termios: UnsafeCell<libc::termios>,
    /// The mode it is in, a `uv_tty_mode_t`.
    pub mode: Cell<c_int>,
}

/// A write.
#[repr(C)]
pub struct uv_write_t {
    /// The request part.
    pub base: uv_req_t,
    /// Runs when the write is over.
    pub cb: Cell<uv_write_cb>,
    /// Handle that is passed with the data, or null.
    pub send_handle: Cell<*mut uv_stream_t>,
    /// The stream written to.
    pub handle: Cell<*mut uv_stream_t>,
    /// Link in the stream's queues.
    pub queue: uv__queue,
    /// First buffer that is not yet wholly written.
    pub write_index: Cell<c_uint>,
    /// The buffers: `bufsml` or allocated.
    pub bufs: Cell<*mut uv_buf_t>,
    /// Number of buffers.
    pub nbufs: Cell<c_uint>,
    /// Outcome.
    pub error: Cell<c_int>,
    /// Memory for a few buffers without an allocation.
    pub bufsml: UnsafeCell<[uv_buf_t; 4]>,
}

/// A connection attempt.
#[repr(C)]
pub struct uv_connect_t {
    /// The request part.
    pub base: uv_req_t,
    /// Runs when the attempt is over.
    pub cb: Cell<uv_connect_cb>,
    /// The stream that connects.
    pub handle: Cell<*mut uv_stream_t>,
    /// Link for the engine's use.
    pub queue: uv__queue,
}

/// The end of the writing side of a stream.
#[repr(C)]
pub struct uv_shutdown_t {
    /// The request part.
    pub base: uv_req_t,
    /// The stream.
    pub handle: Cell<*mut uv_stream_t>,
    /// Runs when all writes are out and the side is shut.
    pub cb: Cell<uv_shutdown_cb>,
}

extends! {
    uv_stream_t => uv_handle_t;
    uv_tcp_t => uv_stream_t;
    uv_tty_t => uv_stream_t;
    uv_write_t => uv_req_t;
    uv_connect_t => uv_req_t;
    uv_shutdown_t => uv_req_t;
}
