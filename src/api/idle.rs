//! `uv_idle_t`: a callback in every turn of a loop that then does not sleep.

use crate::abi::{uv_idle_cb, uv_idle_t, uv_loop_t};
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
pub unsafe extern "C" fn uv_idle_init(loop_: *mut uv_loop_t, handle: *mut uv_idle_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) };
    0
}

/// Starts the handle: from now on `cb` runs once a turn of the loop, just before
/// the prepare handles; while any idle handle is active the loop polls without
/// waiting. It gets the handle, and may stop or close it.
///
/// Starting an active handle changes nothing, the callback included, and returns 0.
/// Returns `UV_EINVAL` when `cb` is null or the handle is closing.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_idle_start(handle: *mut uv_idle_t, cb: uv_idle_cb) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(cb).into_c()
}

/// Stops the handle: its callback does not run any more.
///
/// Returns 0, also when the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_idle_stop(handle: *mut uv_idle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
