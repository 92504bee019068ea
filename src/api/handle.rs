//! `uv_handle_t`: what all handles share.

use crate::abi::{uv_close_cb, uv_handle_t, uv_handle_type, uv_loop_t, uv_os_fd_t};
use crate::errno::{Errno, IntoC};
use crate::event_loop::dispatch;
use crate::event_loop::handle::{size, type_name};
use crate::handles::base::{Buffer, buffer_size, fileno};
use core::ffi::{c_char, c_int, c_void};

/// Asks whether the handle does something: an async handle always does, a timer while
/// it is started, a stream while it reads, listens or connects, and so on.
///
/// Returns 1 or 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_active(handle: *const uv_handle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.is_active().into()
}

/// Asks whether the handle is closing or closed.
///
/// Returns 1 or 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_is_closing(handle: *const uv_handle_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.is_closing().into()
}

/// Ends a handle. Every handle must be closed before its memory is freed.
///
/// What the handle does stops at once, and its descriptor is closed. `close_cb`, which
/// may be null, runs in the closing phase of this turn or the next, never from here;
/// before it, requests under way are called back with `UV_ECANCELED`. In `close_cb`,
/// and not earlier, the handle's memory may be freed. Closing a handle that is closing
/// already does nothing.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_close(handle: *mut uv_handle_t, close_cb: uv_close_cb) {
    // SAFETY: the handle is initialised.
    dispatch::close(unsafe { &*handle }, close_cb);
}

/// Has the handle keep the loop alive while it is active, as it does from the start.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ref(handle: *mut uv_handle_t) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.reference();
}

/// Lets the loop end while the handle is active. Idempotent, like [`uv_ref`].
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_unref(handle: *mut uv_handle_t) {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.unreference();
}

/// Asks whether the handle would keep the loop alive while active.
///
/// Returns 1 or 0.
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

/// Gives the size of a handle of the given type.
///
/// Returns bytes; all ones (`(size_t) -1`) for an unknown type.
#[unsafe(no_mangle)]
pub extern "C" fn uv_handle_size(kind: uv_handle_type) -> usize {
    size(kind)
}

/// Gives the name of a handle type, such as `tcp` for `UV_TCP`.
///
/// Returns a constant, null for an unknown type.
#[unsafe(no_mangle)]
pub extern "C" fn uv_handle_type_name(kind: uv_handle_type) -> *const c_char {
    type_name(kind)
}

/// Gives the handle's type.
///
/// Returns one of the `UV_` constants of `uv_handle_type`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_type(handle: *const uv_handle_t) -> uv_handle_type {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.type_.get()
}

/// Gives the loop that the handle was initialised with.
///
/// Returns the loop, never null.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_loop(handle: *const uv_handle_t) -> *mut uv_loop_t {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.loop_.get()
}

/// Gives back what [`uv_handle_set_data`] stored.
///
/// Returns the pointer, or whatever was in the field before anything was stored:
/// initialising a handle leaves it alone.
///
/// # Safety
/// `handle` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_get_data(handle: *const uv_handle_t) -> *mut c_void {
    // SAFETY: the handle is the caller's.
    unsafe { &*handle }.data.get()
}

/// Stores a pointer of the caller's, which the library never touches.
///
/// # Safety
/// `handle` is a handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_handle_set_data(handle: *mut uv_handle_t, data: *mut c_void) {
    // SAFETY: the handle is the caller's.
    unsafe { &*handle }.data.set(data);
}

/// Writes the descriptor of a TCP, pipe, TTY, UDP or poll handle to `fd`.
///
/// It stays the handle's: closing it or changing its mode breaks the handle.
///
/// Returns 0; `UV_EINVAL` for other kinds; `UV_EBADF` when the handle has none or is
/// closing.
///
/// # Safety
/// `handle` is an initialised handle; `fd` is valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fileno(handle: *const uv_handle_t, fd: *mut uv_os_fd_t) -> c_int {
    // SAFETY: the handle is initialised.
    match fileno(unsafe { &*handle }) {
        Ok(descriptor) => {
            // SAFETY: `fd` is the caller's to write.
            unsafe { fd.write(descriptor) };
            0
        }
        Err(error) => error.raw(),
    }
}

/// Reads (when `*value` is 0) or sets the size of the socket's sending buffer, in
/// bytes. Linux sets twice the size asked for, and reads that.
///
/// Returns 0; `UV_EINVAL` for null pointers; `UV_ENOTSUP` for handles that are no TCP,
/// pipe or UDP handles; `UV_EBADF` without a descriptor; or an error of `getsockopt(2)`
/// or `setsockopt(2)`.
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

/// Reads (when `*value` is 0) or sets the size of the socket's receiving buffer, in
/// bytes. Linux sets twice the size asked for, and reads that.
///
/// Returns 0; `UV_EINVAL` for null pointers; `UV_ENOTSUP` for handles that are no TCP,
/// pipe or UDP handles; `UV_EBADF` without a descriptor; or an error of `getsockopt(2)`
/// or `setsockopt(2)`.
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
