//! `uv_fs_poll_t`: changes of files, found by asking for their status.
//!
//! Functions that take a loop or handle are called on the loop's thread, where all callbacks
//! run too.

use crate::abi::{uv_fs_poll_cb, uv_fs_poll_t, uv_loop_t};
use crate::errno::IntoC;
use crate::system::outbuf::OutBuf;
use core::ffi::{c_char, c_int, c_uint};

/// Initialises the handle, which is inactive.
///
/// The memory at `handle` must stay valid, and where it is, until the callback of `uv_close`,
/// which waits until a request that is under way has ended.
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

/// Starts asking for the status of a file every `interval` milliseconds; 0 is taken for 1.
///
/// `path` is copied. A thread of the pool asks, as for `uv_fs_stat`, for the first time at
/// once. This works on every file system, but changes within one tick of its clock may go
/// unseen.
///
/// `poll_cb` runs on the loop's thread, in the poll phase, never from inside this call, until
/// `uv_fs_poll_stop` or `uv_close`, with the handle, a status, and the old and the new state of
/// the file. Both states are valid during the call only. It runs with status 0 if they differ
/// in size, mode, owner, group, inode, device or a time other than that of the last access. If
/// the file cannot be asked for, `poll_cb` runs once for each new reason, with the error and a
/// new state of zeros, and once with status 0 when it can be asked for again. The first answer
/// is only remembered, unless it is an error.
///
/// Returns 0, also if the handle is active, and then nothing changes; `UV_EINVAL` if the handle
/// is closing or `path` is null; `UV_ENOMEM`; or the error of starting the pool's threads.
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

/// Stops asking: `poll_cb` does not run any more, not even for a request that is under way.
///
/// Returns 0, also if the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_poll_stop(handle: *mut uv_fs_poll_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Writes the path whose status is asked for into `buffer`.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of the path, without the NUL
/// that is written behind it (since libuv 1.9). It is the path that the handle was started
/// with.
///
/// Returns 0; `UV_ENOBUFS` if the buffer is too small, and then `*size` is what is needed, the
/// NUL included; or `UV_EINVAL` if a pointer is null or `*size` is 0, and if the handle is not
/// active: then `*size` becomes 0.
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
    unsafe { OutBuf::fill(buffer, size, |out| (*handle).get_path(out)) }.into_c()
}
