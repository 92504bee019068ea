//! What a request carries through the thread pool.

use core::cell::Cell;
use core::ffi::c_int;

use super::{uv__queue, uv_loop_t};

/// Function that a worker thread runs.
pub type uv__work_cb = Option<unsafe extern "C" fn(w: *mut uv__work)>;
/// Function that the loop's thread runs when the work is over.
pub type uv__done_cb = Option<unsafe extern "C" fn(w: *mut uv__work, status: c_int)>;

/// One job of the thread pool.
#[repr(C)]
pub struct uv__work {
    /// Runs on a worker thread.
    pub work: Cell<uv__work_cb>,
    /// Runs on the loop's thread.
    pub done: Cell<uv__done_cb>,
    /// The loop that waits for the job.
    pub loop_: Cell<*mut uv_loop_t>,
    /// Link in the pool's queue, then in the loop's.
    pub wq: uv__queue,
}
