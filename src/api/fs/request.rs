//! What a file request holds, and its end.
//!
//! A request with a callback is looked at on the loop's thread, and only once the callback
//! has begun. A request without one belongs to the thread that made it.

use crate::abi::{uv_fs_t, uv_fs_type, uv_stat_t};
use core::ffi::{c_char, c_int, c_void};

/// Frees what the library allocated for a file request: copies of paths and lists of
/// buffers, and what `req->ptr` points to, except a directory of `uv_fs_opendir`.
///
/// Call it once for every file request when the request is over: inside the callback or
/// later, or after the call if there was no callback or the call returned an error. Not
/// before the callback has begun. `req` may be null, and a second call does nothing.
///
/// Afterwards `req->path` and `req->ptr` are null. `req->result` and `req->statbuf` stay as
/// they are. The call does not free `req` itself or the bytes of the caller's buffers, and
/// does not close descriptors.
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

/// Gives the operation that the request was made for.
///
/// Returns `req->fs_type`, one of the `UV_FS_` constants, such as `UV_FS_OPEN`.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_type(req: *const uv_fs_t) -> uv_fs_type {
    // SAFETY: the request is one of files.
    unsafe { &*req }.fs_type.get()
}

/// Gives the result of a request that is over. Before that the value has no meaning.
///
/// Returns `req->result`: a negative error, or what the operation gives, which is a
/// descriptor, a number of bytes or of entries, or 0.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_result(req: *const uv_fs_t) -> isize {
    // SAFETY: the request is one of files.
    unsafe { &*req }.result.get()
}

/// Gives the system's own error number of a request that failed.
///
/// Returns `req->result` with its sign turned: the positive `errno` of a request that
/// failed, and 0 after a result of 0. After a result above 0 the value has no meaning.
///
/// Since libuv 1.38.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_system_error(req: *const uv_fs_t) -> c_int {
    // SAFETY: the request is one of files.
    let result = unsafe { &*req }.result.get();
    (result as c_int).wrapping_neg()
}

/// Gives what `req->ptr` points to once the request is over.
///
/// It is a `uv_stat_t*` after stat, lstat and fstat, a `uv_statfs_t*` after statfs, a
/// `char*` after readlink and realpath, and a `uv_dir_t*` after opendir, readdir and a
/// closedir that was cancelled. After scandir it is for `uv_fs_scandir_next` only. The
/// memory is the request's until `uv_fs_req_cleanup`; only the directory stays, until
/// `uv_fs_closedir`.
///
/// Returns the pointer; null for other operations, after an error of these (except readdir)
/// and after `uv_fs_req_cleanup`.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_ptr(req: *const uv_fs_t) -> *mut c_void {
    // SAFETY: the request is one of files.
    unsafe { &*req }.ptr.get()
}

/// Gives the path that the request works on; of two paths, the first.
///
/// For `uv_fs_mkdtemp` and `uv_fs_mkstemp` it is the name that was made.
///
/// Returns the library's copy, valid until `uv_fs_req_cleanup`, if the request has a
/// callback or made the name, otherwise the caller's own string; null for a request on a
/// descriptor or a `uv_dir_t`, and after `uv_fs_req_cleanup`.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_path(req: *const uv_fs_t) -> *const c_char {
    // SAFETY: the request is one of files.
    unsafe { &*req }.path.get()
}

/// Gives the place of the status that `uv_fs_stat`, `uv_fs_lstat` and `uv_fs_fstat` write.
///
/// Returns `&req->statbuf`, never null. It is inside the request and valid as long as that
/// is, also after `uv_fs_req_cleanup`. Its content has a meaning only after one of these
/// requests has succeeded.
///
/// Since libuv 1.19.
///
/// # Safety
/// `req` is a file request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_get_statbuf(req: *mut uv_fs_t) -> *mut uv_stat_t {
    // SAFETY: the request is one of files.
    unsafe { &*req }.statbuf.get()
}
