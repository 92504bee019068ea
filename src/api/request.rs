//! `uv_req_t`: what all requests share.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_req_t, uv_req_type};
use crate::errno::IntoC;
use crate::requests;
use core::ffi::{c_char, c_int, c_void};

/// Cancels a request that is under way, if it is early enough.
///
/// A request to the thread pool (`uv_fs_t`, `uv_work_t`, `uv_random_t`,
/// `uv_getaddrinfo_t`, `uv_getnameinfo_t`) can be cancelled until a thread has begun
/// with it; a read or write of a file in an io_uring, until the kernel refuses. A write
/// (`uv_write_t`) can be cancelled until the last byte is written;
/// [`uv_write_nwritten`](super::stream::uv_write_nwritten) says how much went out
/// before.
///
/// The request's callback runs in any case, from the loop and never from inside this
/// call. Its status is then `UV_ECANCELED`; for `uv_fs_t` that is in `result`; for
/// `uv_getaddrinfo_t` and `uv_getnameinfo_t` it is `UV_EAI_CANCELED`. The request, and
/// the memory that it uses, must stay valid until that callback.
///
/// `req` must be a request whose function has returned 0. A request may be cancelled
/// until its callback has begun.
///
/// Returns 0 if the request is cancelled, now or by an earlier call, and for a write
/// that has ended and was not called back yet, which keeps its own status; `UV_EBUSY`
/// if a thread has begun with the request, if it has ended, or if the handle of a write
/// is closing; `UV_EINVAL` for other kinds of requests (connect, shutdown, UDP send).
///
/// # Safety
/// `req` is a request. The handle of a write is alive.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cancel(req: *mut uv_req_t) -> c_int {
    // SAFETY: the request is under way.
    requests::cancel(unsafe { &*req }).into_c()
}

/// Returns the size in bytes of a request of the given type, for bindings that cannot
/// use the header; `(size_t) -1` for an unknown type.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_req_size(kind: uv_req_type) -> usize {
    requests::size(kind)
}

/// Returns the name of a request type, such as `write` for `UV_WRITE`, or null for an
/// unknown type.
///
/// The text is constant and must not be freed. May be called from any thread.
///
/// Since libuv 1.19.
#[unsafe(no_mangle)]
pub extern "C" fn uv_req_type_name(kind: uv_req_type) -> *const c_char {
    requests::type_name(kind)
}

/// Returns the type of the request, such as `UV_WRITE`.
///
/// The function that starts a request sets its type; before that it is whatever the
/// memory held.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is an initialised request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_get_type(req: *const uv_req_t) -> uv_req_type {
    // SAFETY: the request is initialised.
    unsafe { &*req }.type_.get()
}

/// Returns the pointer that was stored last with [`uv_req_set_data`] or in the member
/// `data`. If none was stored, it is whatever the memory held: starting a request
/// leaves it alone.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_get_data(req: *const uv_req_t) -> *mut c_void {
    // SAFETY: the request is the caller's.
    unsafe { &*req }.data.get()
}

/// Stores a pointer of the caller's in the member `data` of the request. `data` may be
/// null.
///
/// The library neither reads nor frees it. [`uv_req_get_data`] gives it back.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_req_set_data(req: *mut uv_req_t, data: *mut c_void) {
    // SAFETY: the request is the caller's.
    unsafe { &*req }.data.set(data);
}
