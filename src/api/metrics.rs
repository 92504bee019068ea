//! Metrics: what the loop has done and how long it waited.

use crate::abi::{uv_loop_t, uv_metrics_t};
use core::ffi::c_int;

/// Says how long the loop has spent waiting for events, the wait under way included.
/// Any thread may call.
///
/// Returns nanoseconds; 0 unless the loop was configured with `UV_METRICS_IDLE_TIME`.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_metrics_idle_time(loop_: *mut uv_loop_t) -> u64 {
    // SAFETY: the loop is initialised; what is read is atomic.
    unsafe { &*loop_ }.idle_time()
}

/// Writes the loop's counters: its turns, the events it served, and those of them
/// that were waiting when it polled (counted with `UV_METRICS_IDLE_TIME`).
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `metrics` is valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_metrics_info(
    loop_: *mut uv_loop_t,
    metrics: *mut uv_metrics_t,
) -> c_int {
    // SAFETY: the loop is initialised and `metrics` is the caller's to write.
    unsafe { metrics.write((*loop_).metrics()) };
    0
}
