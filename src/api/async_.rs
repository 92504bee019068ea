//! `uv_async_t`: waking a loop from another thread.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread,
//! [`uv_async_send`] excepted.

use crate::abi::{uv_async_cb, uv_async_t, uv_loop_t};
use core::ffi::c_int;

/// Initialises an async handle and starts it.
///
/// The handle is active at once, so it keeps the loop alive until `uv_unref` or
/// `uv_close`. The memory of `handle` may hold anything before the call; `handle->data`
/// is kept. It must stay where it is until the callback of `uv_close` has run.
///
/// `async_cb` may be null: then a send only wakes the loop. Otherwise it runs on the
/// loop's thread after [`uv_async_send`], in the poll phase, with the handle. Several
/// sends before it runs make one call. Handles that were sent to are called in the
/// order in which they were initialised. After `uv_close` it does not run, even if a
/// send came before.
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

/// Wakes the handle's loop and makes it call the handle's callback.
///
/// The callback runs on the loop's thread at least once after this call, not once for
/// each call: if a send is still unanswered, another adds nothing. What the caller
/// wrote before the call is visible to the callback. A send from inside the callback
/// brings another call in the next turn. `errno` is kept.
///
/// The call must not begin after `uv_close` of the handle. One that is under way on
/// another thread is waited for by `uv_close`.
///
/// Returns 0.
///
/// May be called from any thread and from a signal handler. Since libuv 1.53 sends are
/// sequentially consistent.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_async_send(handle: *mut uv_async_t) -> c_int {
    // SAFETY: the handle is initialised, and closing it waits for this call to end.
    unsafe { &*handle }.send();
    0
}
