//! What a file request has to say, and its end.

use crate::abi::{uv_fs_t, uv_fs_type, uv_stat_t};
use core::ffi::{c_char, c_int, c_void};

/// Frees what the library has allocated for a request that is over: the copies of
/// paths and buffers, and what the answer points to, except an opened directory.
///
/// Paths, `ptr` and buffers are null afterwards, `result` and `statbuf` stay. May be
/// called again, with a null `req`, and from within the request's callback. A request
/// without a callback needs it too: some answers are allocated.
///
/// # Safety
/// `req` is null or a file request that is over, or that could not be made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_req_cleanup(req: *mut uv_fs_t) {
    // SAFETY: null or a request that is over, as this function asks.
    if let Some(req) = unsafe { req.as_ref() } {
        req.cleanup();
    }
}

/// The operation that the request was made for.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_type(req: *const uv_fs_t) -> uv_fs_type {
    // SAFETY: the request is one of files.
    unsafe { &*req }.fs_type.get()
}

/// The result of a request that is over: a negative error, or what the operation says.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_result(req: *const uv_fs_t) -> isize {
    // SAFETY: the request is one of files.
    unsafe { &*req }.result.get()
}

/// The system's own, positive number of the request's error, 0 after a success without
/// a count: the result with its sign turned.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_system_error(req: *const uv_fs_t) -> c_int {
    // SAFETY: the request is one of files.
    let result = unsafe { &*req }.result.get();
    (result as c_int).wrapping_neg()
}

/// What the answer points to, null where there is nothing: a `uv_stat_t`, a
/// `uv_statfs_t`, a string or an open directory.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_ptr(req: *const uv_fs_t) -> *mut c_void {
    // SAFETY: the request is one of files.
    unsafe { &*req }.ptr.get()
}

/// The path that the request works on, null if it has none or has been cleaned up.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_path(req: *const uv_fs_t) -> *const c_char {
    // SAFETY: the request is one of files.
    unsafe { &*req }.path.get()
}

/// Where a request of the stat family puts its answer.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_statbuf(req: *mut uv_fs_t) -> *mut uv_stat_t {
    // SAFETY: the request is one of files.
    unsafe { &*req }.statbuf.get()
}
