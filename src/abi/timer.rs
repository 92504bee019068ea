//! Timers.

use core::cell::Cell;
use core::ffi::c_void;
use core::mem::ManuallyDrop;

use super::*;

/// Place of a timer in the loop's heap, or in a queue while it is being run.
#[repr(C)]
pub union uv__timer_node {
    /// Links of the heap.
    pub heap: ManuallyDrop<[Cell<*mut c_void>; 3]>,
    /// Link of a queue.
    pub queue: ManuallyDrop<uv__queue>,
}

/// A timer.
#[repr(C)]
pub struct uv_timer_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// Runs when the time is up.
    pub timer_cb: Cell<uv_timer_cb>,
    /// Place in the loop's heap.
    pub node: uv__timer_node,
    /// Loop time at which it is due, in milliseconds.
    pub timeout: Cell<u64>,
    /// Milliseconds between repetitions; 0 for none.
    pub repeat: Cell<u64>,
    /// Order of starting, which decides between timers due together.
    pub start_id: Cell<u64>,
}

extends! {
    uv_timer_t => uv_handle_t;
}
