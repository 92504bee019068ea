//! The link of queues, the watcher of a descriptor, and the buffer of reads and writes.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uint};

/// Link of a circular doubly linked list; also its head.
#[repr(C)]
pub struct uv__queue {
    /// Following element, or the head.
    pub next: Cell<*mut uv__queue>,
    /// Preceding element, or the head.
    pub prev: Cell<*mut uv__queue>,
}

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
    /// The handler of its events, properties of the descriptor, and the events registered with the
    /// kernel.
    pub bits: Cell<usize>,
    /// Link in the loop's queue of the pending phase.
    pub pending_queue: uv__queue,
    /// Link in the loop's ready list.
    pub watcher_queue: uv__queue,
    /// The interest: the events that the handle wants, and those that may be reported for it.
    pub pevents: Cell<c_uint>,
    /// The readiness: what the kernel has reported and no call has cleared.
    pub events: Cell<c_uint>,
    /// The descriptor, or -1.
    pub fd: Cell<c_int>,
    /// Number of the registration; events of an older one are ignored.
    pub generation: Cell<u32>,
}
