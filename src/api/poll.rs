//! `uv_poll_t`: readiness of descriptors that belong to the program.

use crate::abi::*;
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises a handle that watches `fd`, which becomes non-blocking and stays the
/// caller's to close, after [`uv_poll_stop`] or `uv_close`.
///
/// Returns 0; `UV_EEXIST` when the loop watches the descriptor already; `UV_EBADF`; or
/// `UV_EPERM` for one that is always ready, such as a file. After an error the handle
/// is not the loop's.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_poll_t,
    fd: c_int,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, fd) }.into_c()
}

/// The same as [`uv_poll_init`]: here a socket is a descriptor.
///
/// Returns as that: 0, `UV_EEXIST`, `UV_EBADF` or `UV_EPERM`.
///
/// # Safety
/// As [`uv_poll_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_init_socket(
    loop_: *mut uv_loop_t,
    handle: *mut uv_poll_t,
    socket: uv_os_sock_t,
) -> c_int {
    // SAFETY: as uv_poll_init.
    unsafe { (*handle).init(&*loop_, socket) }.into_c()
}

/// Watches for `events`, a sum of `UV_READABLE`, `UV_WRITABLE`, `UV_DISCONNECT` (the
/// peer will send no more) and `UV_PRIORITIZED` (urgent data, or interrupts of sysfs).
/// On a handle that watches already it changes what for, and drops what has not been
/// delivered; no events is [`uv_poll_stop`].
///
/// `cb` runs with the handle, status 0 and those events that hold, and again in the
/// next turn for as long as they do. When the descriptor fails it runs once more with
/// `UV_EBADF` and no events, and the handle has stopped. A hang-up is reported as all
/// that was asked for.
///
/// Returns 0; `UV_EEXIST` when another handle of the loop watches the descriptor;
/// `UV_EINVAL` for other events or a closing handle; or an error of `epoll_ctl(2)`,
/// such as `UV_EBADF`, and then the handle has stopped.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_start(
    handle: *mut uv_poll_t,
    events: c_int,
    cb: uv_poll_cb,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.start(events, cb).into_c()
}

/// Stops watching; the callback runs no more, not even for what was reported already.
/// The descriptor may then be closed. Harmless when the handle did not watch.
///
/// Returns 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_stop(handle: *mut uv_poll_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
