//! `uv_signal_t`: signals of the system, on a loop.

use crate::abi::{uv_loop_t, uv_signal_cb, uv_signal_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises the handle, which is inactive. With the first one the loop gets a queue
/// for signals that arrive.
///
/// Returns 0, or `UV_ENOMEM`, after which the handle is not the loop's.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_signal_init(loop_: *mut uv_loop_t, handle: *mut uv_signal_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) }.into_c()
}

/// Watches `signum`: `signal_cb` runs on the loop with the handle and the number, once
/// for each arrival that the process caught.
///
/// Any number of handles, on any number of loops, may watch one signal, and each is
/// called; those of one loop that watch for one shot are called after the others. The
/// first handle takes the signal from its disposition, and the last one to stop leaves
/// it the default one. `SIGKILL` and `SIGSTOP` cannot be watched. A handle that watches
/// `signum` already gets the new callback; one that watches another signal is stopped
/// first.
///
/// Returns 0; `UV_EINVAL` for a number that is no signal or cannot be watched, or a
/// closing handle.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_signal_start(
    handle: *mut uv_signal_t,
    signal_cb: uv_signal_cb,
    signum: c_int,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(signal_cb, signum, false).into_c()
}

/// Watches `signum` for one shot: as [`uv_signal_start`], and the handle stops after
/// its callback. While every handle that watches the signal does so for one shot, its
/// disposition is the default again as soon as it has been caught.
///
/// Returns as [`uv_signal_start`].
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_signal_start_oneshot(
    handle: *mut uv_signal_t,
    signal_cb: uv_signal_cb,
    signum: c_int,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(signal_cb, signum, true).into_c()
}

/// Stops watching: the callback does not run any more, even for a signal that has
/// arrived already.
///
/// Returns 0, also when the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_signal_stop(handle: *mut uv_signal_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
