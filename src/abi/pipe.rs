//! Unix domain sockets and pipes.

use core::cell::Cell;
use core::ffi::{c_char, c_int};

use super::*;

/// A pipe or unix domain socket.
#[repr(C)]
pub struct uv_pipe_t {
    /// The stream part.
    pub base: uv_stream_t,
    /// Nonzero if it can pass handles.
    pub ipc: Cell<c_int>,
    /// The bound path, allocated, or null.
    pub pipe_fname: Cell<*const c_char>,
}

extends! {
    uv_pipe_t => uv_stream_t;
}
