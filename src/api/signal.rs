//! `uv_signal_t`: signals of the system, on a loop.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_loop_t, uv_signal_cb, uv_signal_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises a signal handle on the loop. It is not active until [`uv_signal_start`].
///
/// The memory of `handle` may hold anything before the call; `handle->data` is kept. It
/// must stay where it is until the callback of `uv_close` has run.
///
/// Returns 0; `UV_ENOMEM` if there is no memory for the loop's signal queue, which the
/// first handle needs. After an error the handle is not initialised and must not be
/// closed.
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

/// Starts to watch the signal `signum`.
///
/// `signal_cb` runs on the loop's thread, in the poll phase, with the handle and the
/// number of the signal, never from inside this call and never in the signal's own
/// context. It runs once for each time that the process has caught the signal. The
/// kernel merges signals of one number that it has not delivered yet, and a loop that
/// has 4,096 signals waiting loses further ones. The callback may stop or close the
/// handle.
///
/// Any number of handles, on any number of loops, may watch one signal; each is called.
/// Of one loop's handles those for one shot come last. The first handle takes the place
/// of the signal's handler (with `SA_RESTART`); when the last one stops, the signal
/// gets its default action, not the handler that was there before. If the handle
/// watches `signum` already, only its callback is changed. If it watches another
/// signal, it is stopped first. A handle that was ever started with
/// [`uv_signal_start_oneshot`] stops after each call, however it is started, until it
/// is initialised anew.
///
/// Returns 0; `UV_EINVAL` if `signum` is 0, is no signal or cannot be caught
/// (`SIGKILL`, `SIGSTOP`), or if the handle is closing. After an error a handle that
/// watched another signal may be stopped.
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

/// Starts to watch the signal `signum` for one call.
///
/// As [`uv_signal_start`], and the handle stops after its callback has run, even if the
/// callback has started it again. While all handles that watch the signal do so for one
/// shot, the signal has its default action again as soon as it has been caught once: a
/// second one may end the process before the callback has run. On a handle that watches
/// `signum` already, only the callback is changed.
///
/// Returns 0; `UV_EINVAL` as `uv_signal_start`.
///
/// Since libuv 1.12.
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

/// Stops watching the signal.
///
/// The callback does not run any more, not even for a signal that was caught already.
/// If no handle of the process is left that watches the signal, it gets its default
/// action.
///
/// Returns 0, also if the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_signal_stop(handle: *mut uv_signal_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
