//! `uv_req_t`: what all requests share.

use crate::abi::{uv_req_t, uv_req_type};
use crate::errno::IntoC;
use crate::requests;
use core::ffi::{c_char, c_int, c_void};

/// Asks for a request under way to end early.
///
/// A request to the thread pool (`uv_fs_t`, `uv_work_t`, `uv_random_t`,
/// `uv_getaddrinfo_t`, `uv_getnameinfo_t`) that no thread has begun with ends with
/// `UV_ECANCELED`, or `UV_EAI_CANCELED` for the last two. A write that is still queued
/// ends with `UV_ECANCELED`, and
/// [`uv_write_nwritten`](super::stream::uv_write_nwritten) says how much of it had been
/// written. The callback is called as usual, from the loop and never from here; the
/// request may be freed only then.
///
/// Returns 0, also for a request that is cancelled already and not called back yet, and
/// for a write that has ended, whose callback gets its own status. Returns `UV_EBUSY` for
/// a write on a handle that closes, and for any other request that a thread has begun
/// with, that has ended, or that was never handed over because its function failed;
/// `UV_EINVAL` for kinds that cannot be cancelled.
///
/// # Safety
/// `req` is a request. The handle of a write is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cancel(req: *mut uv_req_t) -> c_int {
    // SAFETY: the request is under way.
    requests::cancel(unsafe { &*req }).into_c()
}

/// Gives the size of a request of the given type.
///
/// Returns bytes; all ones (`(size_t) -1`) for an unknown type.
#[unsafe(no_mangle)]
pub extern "C" fn uv_req_size(kind: uv_req_type) -> usize {
    requests::size(kind)
}

/// Gives the name of a request type, such as `write` for `UV_WRITE`.
///
/// Returns a constant, null for an unknown type.
#[unsafe(no_mangle)]
pub extern "C" fn uv_req_type_name(kind: uv_req_type) -> *const c_char {
    requests::type_name(kind)
}

/// Gives the request's type.
///
/// Returns one of the `UV_` constants of `uv_req_type`.
///
/// # Safety
/// `req` is an initialised request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_get_type(req: *const uv_req_t) -> uv_req_type {
    // SAFETY: the request is initialised.
    unsafe { &*req }.type_.get()
}

/// Gives back what [`uv_req_set_data`] stored.
///
/// Returns the pointer, or whatever was in the field before anything was stored:
/// starting a request leaves it alone.
///
/// # Safety
/// `req` is a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_get_data(req: *const uv_req_t) -> *mut c_void {
    // SAFETY: the request is the caller's.
    unsafe { &*req }.data.get()
}

/// Stores a pointer of the caller's, which the library never touches.
///
/// # Safety
/// `req` is a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_set_data(req: *mut uv_req_t, data: *mut c_void) {
    // SAFETY: the request is the caller's.
    unsafe { &*req }.data.set(data);
}
