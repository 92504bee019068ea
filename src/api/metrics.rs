//! Metrics: what the loop has done and how long it waited.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread,
//! [`uv_metrics_idle_time`] excepted.

use crate::abi::{uv_loop_t, uv_metrics_t};
use core::ffi::c_int;

/// Returns the nanoseconds that the loop has spent waiting for events, a wait under way
/// included.
///
/// Time is counted from `uv_loop_configure` with `UV_METRICS_IDLE_TIME` on; without
/// that the result is 0.
///
/// May be called from any thread, for as long as the loop is not closed. Since libuv
/// 1.39.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_metrics_idle_time(loop_: *mut uv_loop_t) -> u64 {
    // SAFETY: the loop is initialised; what is read is atomic.
    unsafe { &*loop_ }.idle_time()
}

/// Copies the loop's counters to `*metrics`.
///
/// `loop_count` counts the turns, `events` the events that the loop has handled, and
/// `events_waiting` those of them that were there before the loop waited; that one
/// needs `uv_loop_configure` with `UV_METRICS_IDLE_TIME`. Call it in a prepare
/// callback, so that the counters are those of whole turns.
///
/// Returns 0.
///
/// Since libuv 1.45.
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
