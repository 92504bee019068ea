//! `uv_handle_t`: what all handles share.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_close_cb, uv_handle_t, uv_handle_type, uv_loop_t, uv_os_fd_t};
use crate::errno::{Errno, IntoC};
use crate::event_loop::dispatch;
use crate::event_loop::handle::{size, type_name};
use crate::handles::base::{Buffer, buffer_size, fileno};
use core::ffi::{c_char, c_int, c_void};

/// Returns 1 if the handle is active, else 0.
///
/// An async handle is active from its initialisation until it is closed; a process
/// handle, until the child has ended; a timer, an idle, prepare, check, poll, signal,
/// file event or file poll handle, while it is started; a TCP, pipe or TTY handle,
/// while it reads or listens; a UDP handle, while it receives or has sends under way.
/// Connecting and writing do not make a stream active: there the request keeps the loop
/// alive.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_active(handle: *const uv_handle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.is_active().into()
}

/// Returns 1 if [`uv_close`] was called for the handle, else 0.
///
/// It may be asked from the initialisation of the handle until the end of its close
/// callback.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_closing(handle: *const uv_handle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.is_closing().into()
}

/// Closes the handle and calls `close_cb` once that is done.
///
/// Every handle must be closed before its memory is freed and before its loop is
/// closed. What the handle does stops at once, and the callbacks that it was started
/// with do not run any more. Its descriptor is closed; that of a poll handle stays the
/// caller's, and a stream leaves the descriptors 0, 1 and 2 open. Requests under way on
/// it end with `UV_ECANCELED`, and the callbacks of its requests run before `close_cb`.
///
/// `close_cb` may be null. It runs on the loop's thread with the handle, in the closing
/// phase of this turn or a later one, never from inside this call. Handles that are
/// closed together are called back in reverse order, as a rule; a signal or file poll
/// handle may need another turn. The handle's memory may be freed in `close_cb`, or
/// after it, and not earlier. Without a `close_cb`, it may be freed when the loop has
/// run on so far that `uv_loop_close` succeeds.
///
/// Closing a handle that is closing already does nothing; the first `close_cb` counts.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_close(handle: *mut uv_handle_t, close_cb: uv_close_cb) {
    // SAFETY: the handle is initialised.
    dispatch::close(unsafe { &*handle }, close_cb);
}

/// Makes the handle keep the loop alive while it is active.
///
/// Every handle is initialised so. Calls are not counted: one [`uv_unref`] undoes any
/// number of them.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ref(handle: *mut uv_handle_t) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.reference();
}

/// Lets [`uv_run`](super::loop_::uv_run) end while the handle is active.
///
/// The handle still works for as long as something else keeps the loop alive, and must
/// still be closed. Requests under way on it keep the loop alive nevertheless. Calls
/// are not counted: one [`uv_ref`] undoes any number of them.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_unref(handle: *mut uv_handle_t) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.unreference();
}

/// Returns 1 if the handle keeps the loop alive while it is active ([`uv_ref`]),
/// else 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_has_ref(handle: *const uv_handle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }
        .has(crate::event_loop::flags::REF)
        .into()
}

/// Returns the size in bytes of a handle of the given type, for bindings that cannot
/// use the header; `(size_t) -1` for an unknown type.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_handle_size(kind: uv_handle_type) -> usize {
    size(kind)
}

/// Returns the name of a handle type, such as `tcp` for `UV_TCP`, or null for an
/// unknown type.
///
/// The text is constant and must not be freed. May be called from any thread.
///
/// Since libuv 1.19.
#[unsafe(no_mangle)]
pub extern "C" fn uv_handle_type_name(kind: uv_handle_type) -> *const c_char {
    type_name(kind)
}

/// Returns the type of the handle, such as `UV_TCP`.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_type(handle: *const uv_handle_t) -> uv_handle_type {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.type_.get()
}

/// Returns the loop that the handle was initialised with, never null.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_loop(handle: *const uv_handle_t) -> *mut uv_loop_t {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.loop_.get()
}

/// Returns the pointer that was stored last with [`uv_handle_set_data`] or in the
/// member `data`. If none was stored, it is whatever the memory held: initialising a
/// handle leaves it alone.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_data(handle: *const uv_handle_t) -> *mut c_void {
    // SAFETY: the handle is the caller's.
    unsafe { &*handle }.data.get()
}

/// Stores a pointer of the caller's in the member `data` of the handle. `data` may be
/// null.
///
/// The library neither reads nor frees it. [`uv_handle_get_data`] gives it back.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_set_data(handle: *mut uv_handle_t, data: *mut c_void) {
    // SAFETY: the handle is the caller's.
    unsafe { &*handle }.data.set(data);
}

/// Writes the descriptor of a TCP, pipe, TTY, UDP or poll handle to `*fd`.
///
/// The descriptor stays the handle's. Do not close it, and do not change its mode: the
/// handle relies on it.
///
/// Returns 0; `UV_EINVAL` for a handle of another type; `UV_EBADF` if the handle has no
/// descriptor yet or is closing. After an error `*fd` is not written.
///
/// # Safety
/// `handle` is an initialised handle; `fd` is valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fileno(handle: *const uv_handle_t, fd: *mut uv_os_fd_t) -> c_int {
    // SAFETY: the handle is initialised.
    let found = fileno(unsafe { &*handle });
    // SAFETY: `fd` is the caller's to write.
    found.map(|found| unsafe { fd.write(found) }).into_c()
}

/// Reads or sets the size in bytes of the kernel's send buffer of the handle's socket.
///
/// If `*value` is 0, the size is written to it. Otherwise the size becomes `*value`.
/// Linux doubles what is set, within its limits, and reports the doubled size.
///
/// Returns 0; `UV_EINVAL` if `handle` or `value` is null; `UV_ENOTSUP` if the handle is
/// no TCP, pipe or UDP handle; `UV_EBADF` if it has no descriptor; or another error of
/// getsockopt(2) or setsockopt(2), such as `UV_ENOTSOCK` for a pipe handle that has a
/// FIFO.
///
/// # Safety
/// `handle` is an initialised handle or null; `value` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_send_buffer_size(handle: *mut uv_handle_t, value: *mut c_int) -> c_int {
    if handle.is_null() || value.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: both are valid, as they are not null.
    unsafe { buffer_size(&*handle, Buffer::Send, &mut *value) }.into_c()
}

/// Reads or sets the size in bytes of the kernel's receive buffer of the handle's
/// socket.
///
/// If `*value` is 0, the size is written to it. Otherwise the size becomes `*value`.
/// Linux doubles what is set, within its limits, and reports the doubled size.
///
/// Returns 0; `UV_EINVAL` if `handle` or `value` is null; `UV_ENOTSUP` if the handle is
/// no TCP, pipe or UDP handle; `UV_EBADF` if it has no descriptor; or another error of
/// getsockopt(2) or setsockopt(2), such as `UV_ENOTSOCK` for a pipe handle that has a
/// FIFO.
///
/// # Safety
/// `handle` is an initialised handle or null; `value` is valid or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_recv_buffer_size(handle: *mut uv_handle_t, value: *mut c_int) -> c_int {
    if handle.is_null() || value.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: both are valid, as they are not null.
    unsafe { buffer_size(&*handle, Buffer::Receive, &mut *value) }.into_c()
}
