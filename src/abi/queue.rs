//! The link of the library's queues.

use core::cell::Cell;

/// Link of a circular doubly linked list; also its head.
#[repr(C)]
pub struct uv__queue {
    /// Following element, or the head.
    pub next: Cell<*mut uv__queue>,
    /// Preceding element, or the head.
    pub prev: Cell<*mut uv__queue>,
}
