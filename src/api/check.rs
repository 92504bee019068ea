//! `uv_check_t`: a callback just after the loop has polled.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_check_cb, uv_check_t, uv_loop_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises a check handle on the loop. It is not active until [`uv_check_start`].
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
pub unsafe extern "C" fn uv_check_init(loop_: *mut uv_loop_t, handle: *mut uv_check_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) };
    0
}

/// Starts the handle: the loop calls `cb` once in each turn, after it has polled for
/// events and called their callbacks.
///
/// `cb` must not be null. It runs on the loop's thread, in the check phase, with the
/// handle, never from inside this call, until [`uv_check_stop`] or `uv_close`; it may
/// call both. Of several check handles the one that was started last is called first.
/// One that is started inside the phase is called from the next turn on. It does not
/// end the poll's wait: use an idle handle beside it for that.
///
/// Returns 0. If the handle is active already, returns 0 and changes nothing: the first
/// `cb` stays. Returns `UV_EINVAL` if `cb` is null or the handle is closing.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_check_start(handle: *mut uv_check_t, cb: uv_check_cb) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(cb).into_c()
}

/// Stops the handle. Its callback does not run any more, not even in the current turn.
///
/// Returns 0, also if the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_check_stop(handle: *mut uv_check_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
