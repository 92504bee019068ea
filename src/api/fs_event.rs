//! `uv_fs_event_t`: changes of files and directories, as the system reports them.
//!
//! Functions that take a loop or handle are called on the loop's thread, where all callbacks
//! run too.

use crate::abi::{uv_fs_event_cb, uv_fs_event_t, uv_loop_t};
use crate::errno::IntoC;
use crate::system::outbuf::OutBuf;
use core::ffi::{c_char, c_int, c_uint};

/// Initialises the handle, which is inactive.
///
/// The memory at `handle` must stay valid, and where it is, until the callback of `uv_close`.
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

/// Starts watching a file or a directory, but not the directories below it.
///
/// `path` is copied. `flags` are for other systems and do nothing here, `UV_FS_EVENT_RECURSIVE`
/// included.
///
/// `cb` runs on the loop's thread, in the poll phase, never from inside this call, for each
/// change until `uv_fs_event_stop` or `uv_close`, with the handle, a name, the kind of change
/// and a status of 0. The kind is `UV_CHANGE` if content or attributes have changed,
/// `UV_RENAME` if something was created, moved or removed. The name is that of the entry of the
/// watched directory, or the last part of `path` if the change is one of the watched file or
/// directory itself. It is valid during the call only.
///
/// The handle watches the file, not the path: if the file is removed, it stays active, but does
/// not find a file that is created there later. If the system has dropped events because there
/// were too many, every handle of the loop gets `UV_CHANGE` with a null name and status 0:
/// anything may have changed. If events cannot be read any more (after 100 failures in a row,
/// or if the loop's descriptor for them has been closed), every handle of the loop is stopped
/// and gets a null name, no events and the error as the status. It may be started again.
///
/// Returns 0; `UV_EINVAL` if the handle is active or closing; `UV_EFAULT` if `path` is null;
/// `UV_ENOENT`, `UV_EACCES` or another error of the path; `UV_ENOSPC` if the user has too many
/// watches; `UV_EMFILE` if the user has too many inotify descriptors, or the process too many
/// descriptors; `UV_ENOMEM`; or another error of inotify_add_watch(2) or epoll_ctl(2).
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

/// Stops watching: `cb` does not run any more, not even for changes that were reported already.
///
/// Returns 0, also if the handle is not active.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_event_stop(handle: *mut uv_fs_event_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.stop();
    0
}

/// Writes the path that the handle watches into `buffer`.
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
pub unsafe extern "C" fn uv_fs_event_getpath(
    handle: *mut uv_fs_event_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the handle is initialised; the buffer is as this function asks.
    unsafe { OutBuf::fill(buffer, size, |out| (*handle).get_path(out)) }.into_c()
}
