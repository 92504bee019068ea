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

/// Says which operation the request was made for.
///
/// Returns one of the `UV_FS_` constants.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_type(req: *const uv_fs_t) -> uv_fs_type {
    // SAFETY: the request is one of files.
    unsafe { &*req }.fs_type.get()
}

/// Gives the result of a request that is over; of one under way it means nothing.
///
/// Returns a negative error, or what the operation says: a descriptor, a number of
/// bytes or of entries, 0.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_result(req: *const uv_fs_t) -> isize {
    // SAFETY: the request is one of files.
    unsafe { &*req }.result.get()
}

/// Gives the system's own number of the error that a request ended with.
///
/// Returns the result with its sign turned: the positive `errno` of a request that
/// failed, 0 after a success without a count.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_system_error(req: *const uv_fs_t) -> c_int {
    // SAFETY: the request is one of files.
    let result = unsafe { &*req }.result.get();
    (result as c_int).wrapping_neg()
}

/// Gives what the answer of a request that is over points to.
///
/// Returns a `uv_stat_t*` (the stat family), a `uv_statfs_t*`, a string (readlink and
/// realpath) or a `uv_dir_t*` (opendir and readdir); null where there is none, after an
/// error, and after `uv_fs_req_cleanup`. What it points to is the request's, and goes
/// with `uv_fs_req_cleanup`; only the directory stays, until `uv_fs_closedir`.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_ptr(req: *const uv_fs_t) -> *mut c_void {
    // SAFETY: the request is one of files.
    unsafe { &*req }.ptr.get()
}

/// Gives the path that the request works on.
///
/// Returns the caller's string, or for a request with a callback the library's copy,
/// valid until `uv_fs_req_cleanup`; null if the request has none or has been cleaned
/// up.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_path(req: *const uv_fs_t) -> *const c_char {
    // SAFETY: the request is one of files.
    unsafe { &*req }.path.get()
}

/// Says where a request of the stat family puts its answer.
///
/// Returns a pointer into the request itself, never null; what is there counts once
/// such a request is over, also after `uv_fs_req_cleanup`.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_statbuf(req: *mut uv_fs_t) -> *mut uv_stat_t {
    // SAFETY: the request is one of files.
    unsafe { &*req }.statbuf.get()
}
