//! The base of all handles, and a union of them all.

use core::cell::Cell;
use core::ffi::{c_int, c_uint, c_void};
use core::mem::ManuallyDrop;

use super::*;

/// Scratch words of a handle.
#[repr(C)]
pub union uv__handle_u {
    /// A descriptor.
    pub fd: ManuallyDrop<Cell<c_int>>,
    /// Words reserved for the library.
    pub reserved: ManuallyDrop<[Cell<*mut c_void>; 4]>,
}

/// Base of all handles.
#[repr(C)]
pub struct uv_handle_t {
    /// Free for the user.
    pub data: Cell<*mut c_void>,
    /// The loop that the handle runs on. Read only.
    pub loop_: Cell<*mut uv_loop_t>,
    /// The kind of handle. Read only.
    pub type_: Cell<uv_handle_type>,
    /// Runs when the handle is closed.
    pub close_cb: Cell<uv_close_cb>,
    /// Link in the loop's list of handles.
    pub handle_queue: uv__queue,
    /// Scratch words.
    pub u: uv__handle_u,
    /// Link in the loop's list of closing handles.
    pub next_closing: Cell<*mut uv_handle_t>,
    /// State bits, see `event_loop::flags`.
    pub flags: Cell<c_uint>,
}

/// Storage for a handle of any kind.
#[repr(C)]
pub union uv_any_handle {
    /// As `uv_async_t`.
    pub async_: ManuallyDrop<uv_async_t>,
    /// As `uv_check_t`.
    pub check: ManuallyDrop<uv_check_t>,
    /// As `uv_fs_event_t`.
    pub fs_event: ManuallyDrop<uv_fs_event_t>,
    /// As `uv_fs_poll_t`.
    pub fs_poll: ManuallyDrop<uv_fs_poll_t>,
    /// As `uv_handle_t`.
    pub handle: ManuallyDrop<uv_handle_t>,
    /// As `uv_idle_t`.
    pub idle: ManuallyDrop<uv_idle_t>,
    /// As `uv_pipe_t`.
    pub pipe: ManuallyDrop<uv_pipe_t>,
    /// As `uv_poll_t`.
    pub poll: ManuallyDrop<uv_poll_t>,
    /// As `uv_prepare_t`.
    pub prepare: ManuallyDrop<uv_prepare_t>,
    /// As `uv_process_t`.
    pub process: ManuallyDrop<uv_process_t>,
    /// As `uv_stream_t`.
    pub stream: ManuallyDrop<uv_stream_t>,
    /// As `uv_tcp_t`.
    pub tcp: ManuallyDrop<uv_tcp_t>,
    /// As `uv_timer_t`.
    pub timer: ManuallyDrop<uv_timer_t>,
    /// As `uv_tty_t`.
    pub tty: ManuallyDrop<uv_tty_t>,
    /// As `uv_udp_t`.
    pub udp: ManuallyDrop<uv_udp_t>,
    /// As `uv_signal_t`.
    pub signal: ManuallyDrop<uv_signal_t>,
}
