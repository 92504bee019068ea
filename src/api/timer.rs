//! `uv_timer_t`: callbacks at a time to come.

use crate::abi::{uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises the handle, which is inactive.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_init(loop_: *mut uv_loop_t, handle: *mut uv_timer_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) };
    0
}

/// Starts the timer, or starts it over when it is active.
///
/// `cb` runs with the handle once `timeout` milliseconds have passed on the loop's
/// clock ([`uv_now`](super::loop_::uv_now)), not before, and with a `timeout` of 0 in
/// the next round of timers. When `repeat` is not 0 it runs again and again, `repeat`
/// milliseconds after each call's round began. Timers that are due together are called
/// in order of their deadlines and, among equals, in the order in which they were
/// started. A `timeout` too large for the clock is clamped to its end.
///
/// Returns 0; `UV_EINVAL` when `cb` is null or the handle is closing.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_start(
    handle: *mut uv_timer_t,
    cb: uv_timer_cb,
    timeout: u64,
    repeat: u64,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(cb, timeout, repeat).into_c()
}

/// Stops the timer: its callback does not run any more, even when it is due already.
///
/// Returns 0, also when the timer is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_stop(handle: *mut uv_timer_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Starts the timer over with its repeat value as the timeout; does nothing when that
/// is 0.
///
/// Returns 0; `UV_EINVAL` when the timer was never started.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_again(handle: *mut uv_timer_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.again().into_c()
}

/// Sets the repeat value in milliseconds; 0 makes the timer stop after its next call.
///
/// It counts from the next call on: the deadline that is set already stays. Set inside
/// the callback of a repeating timer, it therefore takes effect a round later.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_set_repeat(handle: *mut uv_timer_t, repeat: u64) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.repeat.set(repeat);
}

/// Gives the repeat value.
///
/// Returns milliseconds, 0 for a timer that does not repeat.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_get_repeat(handle: *const uv_timer_t) -> u64 {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.repeat.get()
}

/// Says how long it is until the timer is due, on the loop's clock.
///
/// Returns milliseconds, 0 when it is due or was.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_get_due_in(handle: *const uv_timer_t) -> u64 {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.due_in()
}
