//! `uv_fs_event_t`: changes of files and directories, as the system tells of them.

use crate::abi::{uv_fs_event_cb, uv_fs_event_t, uv_loop_t};
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
pub unsafe extern "C" fn uv_fs_event_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_fs_event_t,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_) };
    0
}

/// Watches a file or a directory, not the directories below it.
///
/// `cb` runs for each change with the handle, a name, the kind of change and status 0.
/// The kind is `UV_CHANGE` when content or attributes have changed, `UV_RENAME` when
/// something was made, moved or removed. The name is that of the entry of a watched
/// directory, or the last part of the handle's own path when the change is one of the
/// watched file itself; it is valid during the callback. The handle goes on watching
/// when the file is removed, and does not find one that is made under its name later.
/// `path` is copied. `flags` are for other systems and do nothing.
///
/// When the system has dropped events because there were too many, every handle of the loop
/// is told `UV_CHANGE` with a null name and status 0: anything may have changed.
///
/// When the events cannot be read any more (100 times in a row, or when the loop's
/// descriptor for them has been closed), every handle of the loop is stopped, and its
/// callback runs with a null name, no events and the error as its status. It may be started
/// again.
///
/// Returns 0; `UV_EINVAL` when the handle is active or closing; `UV_ENOENT` or another
/// error of the path; `UV_ENOSPC` or `UV_EMFILE` at the system's limits; `UV_ENOMEM`.
///
/// # Safety
/// `handle` is an initialised handle; `path` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_event_start(
    handle: *mut uv_fs_event_t,
    cb: uv_fs_event_cb,
    path: *const c_char,
    _flags: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised, and the path is as this function asks.
    unsafe { (*handle).start(cb, path) }.into_c()
}

/// Stops watching: the callback does not run any more.
///
/// Returns 0, also when the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_event_stop(handle: *mut uv_fs_event_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Writes the watched path and a NUL to `buffer`, and the path's length to `size`. It is the
/// path that the handle was started with.
///
/// Returns 0; `UV_EINVAL` for null pointers or a size of 0, and when the handle is not
/// active (`size` is 0 then); `UV_ENOBUFS` when the buffer is too small, with the size
/// that path and NUL need in `size`.
///
/// # Safety
/// `handle` is an initialised handle; `buffer` is null or valid for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_event_getpath(
    handle: *mut uv_fs_event_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the handle is initialised; the buffer is as this function asks.
    unsafe { OutBuf::new(buffer, size).and_then(|out| (*handle).get_path(out)) }.into_c()
}
