//! `uv_async_t`: waking a loop from another thread.

use crate::abi::{uv_async_cb, uv_async_t, uv_loop_t};
use core::ffi::c_int;

/// Initialises the handle, which is active at once and keeps the loop alive.
///
/// `async_cb` may be null. It runs on the loop's thread after [`uv_async_send`], with
/// the handle; several sends before it runs are one call.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_async_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_async_t,
    async_cb: uv_async_cb,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, async_cb) };
    0
}

/// Has the handle's callback called on its loop's thread, soon and at least once.
///
/// Safe to call from any thread and from a signal handler; `errno` is kept. What the
/// caller wrote before is visible to the callback. The call is cheap when an earlier
/// one has not been answered yet. It must not begin after the handle was closed.
///
/// Returns 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_async_send(handle: *mut uv_async_t) -> c_int {
    // SAFETY: the handle is initialised, and closing it waits for this call to end.
    unsafe { &*handle }.send();
    0
}
