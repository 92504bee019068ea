//! `uv_fs_poll_t`: changes of files, found by asking for their status.

use crate::abi::{uv_fs_poll_cb, uv_fs_poll_t, uv_loop_t};
use crate::errno::IntoC;
use crate::system::outbuf::OutBuf;
use core::ffi::{c_char, c_int, c_uint};

/// Initialises the handle, which is inactive.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where it
/// is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_poll_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_fs_poll_t,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) };
    0
}

/// Looks at the status of `path` (copied) every `interval` milliseconds, 0 being 1.
///
/// `poll_cb` runs with the handle, a status, and what the file was and is, when that
/// differs (times, size, mode, owner, number, device, but not the time of the last
/// access); both are valid during the callback. While the file cannot be looked at, it
/// runs once for each new reason, with the error and a current state of zeroes, and
/// once with the status 0 when it can be looked at again. The first look only
/// remembers, unless it fails.
///
/// Returns 0, also when the handle is active, which changes nothing; `UV_EINVAL` when
/// the handle is closing or `path` is null; `UV_ENOMEM`.
///
/// # Safety
/// `handle` is an initialised handle; `path` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_poll_start(
    handle: *mut uv_fs_poll_t,
    poll_cb: uv_fs_poll_cb,
    path: *const c_char,
    interval: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised, and the path is as this function asks.
    unsafe { (*handle).start(poll_cb, path, interval) }.into_c()
}

/// Stops looking: the callback does not run any more.
///
/// Returns 0, also when the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_poll_stop(handle: *mut uv_fs_poll_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Writes the path that is looked at and a NUL to `buffer`, and the path's length to
/// `size`.
///
/// Returns 0; `UV_EINVAL` for null pointers or a size of 0, and when the handle is not
/// active (`size` is 0 then); `UV_ENOBUFS` when the buffer is too small, with the size
/// that path and NUL need in `size`.
///
/// # Safety
/// `handle` is an initialised handle; `buffer` is null or valid for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_poll_getpath(
    handle: *mut uv_fs_poll_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the handle is initialised; the buffer is as this function asks.
    unsafe { OutBuf::new(buffer, size).and_then(|out| (*handle).get_path(out)) }.into_c()
}
