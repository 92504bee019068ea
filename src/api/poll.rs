//! `uv_poll_t`: readiness of descriptors that belong to the program.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::*;
use crate::errno::IntoC;
use core::ffi::c_int;

/// Initialises a handle that watches a descriptor of the caller's. It is not active
/// until [`uv_poll_start`].
///
/// `fd` is set to non-blocking mode. It stays the caller's: close it after
/// [`uv_poll_stop`] or `uv_close`, not before. It must not belong to another handle.
/// The memory of `handle` may hold anything before the call; `handle->data` is kept. It
/// must stay where it is until the callback of `uv_close` has run.
///
/// Returns 0; `UV_EEXIST` if the loop watches the descriptor already; `UV_EBADF` if it
/// is not open; `UV_EPERM` if epoll cannot watch it, as with a regular file or a
/// directory; or another error of epoll_ctl(2), such as `UV_ENOMEM` or `UV_ENOSPC`.
/// After an error the handle is not initialised and must not be closed.
///
/// Since libuv 1.2.2 the descriptor is set to non-blocking mode.
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

/// Initialises a handle that watches a socket of the caller's.
///
/// On Unix a socket is a descriptor, and this function is [`uv_poll_init`].
///
/// Returns 0, `UV_EEXIST`, `UV_EBADF`, `UV_EPERM` or another error, as `uv_poll_init`.
///
/// # Safety
/// As [`uv_poll_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_init_socket(
    loop_: *mut uv_loop_t,
    handle: *mut uv_poll_t,
    socket: uv_os_sock_t,
) -> c_int {
    // SAFETY: `loop_` is initialised, and `handle` is memory for a handle.
    unsafe { (*handle).init(&*loop_, socket) }.into_c()
}

/// Starts to watch the descriptor for `events`, or changes what an active handle
/// watches for.
///
/// `events` is a sum of `UV_READABLE`, `UV_WRITABLE`, `UV_DISCONNECT` (the peer will
/// send no more) and `UV_PRIORITIZED` (urgent data, or an interrupt of a sysfs file). 0
/// does the same as [`uv_poll_stop`]. A call on an active handle drops what was
/// reported and not yet delivered.
///
/// `cb` runs on the loop's thread, in the poll phase, with the handle, status 0 and
/// those of the events that hold, never from inside this call. It runs in every turn
/// for as long as they hold: if the caller does not read or write, it runs again. A
/// hang-up is reported as all the events that were asked for. If the descriptor has
/// failed (`EPOLLERR`: a refused connection, say), `cb` runs once with `UV_EBADF` and
/// no events, and the handle is stopped; the option `SO_ERROR` of a socket has the
/// cause. `cb` may stop or close the handle; after that it does not run any more.
///
/// Returns 0; `UV_EINVAL` for other bits in `events` or a closing handle; `UV_EEXIST`
/// if another handle of the loop watches the descriptor; or an error of epoll_ctl(2),
/// such as `UV_EBADF` for a descriptor that was closed, and then the handle is stopped.
///
/// `UV_DISCONNECT` since libuv 1.9, `UV_PRIORITIZED` since 1.14.
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

/// Stops watching the descriptor.
///
/// The callback does not run any more, not even for what the kernel has reported
/// already. The descriptor may then be closed. [`uv_poll_start`] starts the handle
/// again.
///
/// Returns 0, also if the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_poll_stop(handle: *mut uv_poll_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}
