//! `uv_timer_t`: callbacks at a time to come.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises a timer on the loop. It is not active until [`uv_timer_start`].
///
/// The memory of `handle` may hold anything before the call; `handle->data` is kept. It
/// must stay where it is until the callback of `uv_close` has run.
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

/// Starts the timer, or starts it anew if it is active.
///
/// `timeout` is in milliseconds, counted from the loop's time
/// ([`uv_now`](super::loop_::uv_now)); 0 means the next timers phase. `repeat` is in
/// milliseconds; 0 means one call only. A `timeout` too large for the clock is cut to
/// its end. The loop's time stands still while callbacks run: after long work call
/// [`uv_update_time`](super::loop_::uv_update_time) first, or the timer is due too
/// early by the time that the work took.
///
/// `cb` must not be null. It runs on the loop's thread, in the timers phase, with the
/// handle, never from inside this call. Timers that are due together run in the order
/// of their due times, then in the order in which they were started. A timer that a
/// timer's callback starts runs in the next timers phase at the earliest. If `repeat`
/// is 0, the timer is stopped before its callback runs. Otherwise it is started again
/// before its callback runs, `repeat` milliseconds from the loop's time; calls that
/// were missed are not made up for. After [`uv_timer_stop`] or `uv_close` the callback
/// does not run, even if it was due.
///
/// Returns 0; `UV_EINVAL` if `cb` is null or the handle is closing, and then the timer
/// stays as it was.
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

/// Stops the timer. Its callback does not run any more, even if it was due already.
///
/// It may be called in the timer's own callback, also for a timer that repeats.
/// Callback and repeat value stay set for [`uv_timer_again`].
///
/// Returns 0, also if the timer is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_stop(handle: *mut uv_timer_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Starts the timer anew with its repeat value as the timeout.
///
/// It uses the callback of the last [`uv_timer_start`] and works on a stopped timer,
/// too. If the repeat value is 0 or the handle is closing, it changes nothing.
///
/// Returns 0; `UV_EINVAL` if the timer was never started.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_again(handle: *mut uv_timer_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.again().into_c()
}

/// Sets the repeat value of the timer, in milliseconds; 0 means no repetition.
///
/// The due time that is set already stays; the new value is used when the timer next
/// starts itself again. A timer that repeats does that before its callback runs: set in
/// the callback, a new value counts from the call after the next. On a timer that is
/// started without a repeat value it makes the timer repeat after its next call. It
/// does not start a stopped timer; [`uv_timer_again`] does.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_set_repeat(handle: *mut uv_timer_t, repeat: u64) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.repeat.set(repeat);
}

/// Returns the repeat value of the timer in milliseconds; 0 if it does not repeat.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_get_repeat(handle: *const uv_timer_t) -> u64 {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.repeat.get()
}

/// Returns the milliseconds until the timer is due, counted from the loop's time; 0 if
/// that time is over.
///
/// The result is meaningful only while the timer is active: stopping it does not reset
/// the value. It is 0 for a timer that was never started.
///
/// Since libuv 1.40.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_timer_get_due_in(handle: *const uv_timer_t) -> u64 {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.due_in()
}
