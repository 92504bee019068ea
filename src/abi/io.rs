//! A watched descriptor, and the buffer that I/O works on.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uint};

use super::uv__queue;

/// A piece of memory to read into or write from. Has the layout of `struct iovec`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct uv_buf_t {
    /// First byte.
    pub base: *mut c_char,
    /// Number of bytes.
    pub len: usize,
}

/// Watcher of one file descriptor.
#[repr(C)]
pub struct uv__io_t {
    /// State of the watcher, private to the engine.
    pub bits: Cell<usize>,
    /// Link in the loop's list of ready watchers.
    pub pending_queue: uv__queue,
    /// Link in the loop's list of watchers whose registration must change.
    pub watcher_queue: uv__queue,
    /// Events wanted from the next registration on.
    pub pevents: Cell<c_uint>,
    /// Events registered now.
    pub events: Cell<c_uint>,
    /// The descriptor, or -1.
    pub fd: Cell<c_int>,
    /// Tells a reused watcher from the one that an old event belongs to.
    pub generation: Cell<u32>,
}
