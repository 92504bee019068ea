//! Requests on directories and on names that are made up.

use crate::abi::{
    UV_FS_CLOSEDIR, UV_FS_MKDIR, UV_FS_MKDTEMP, UV_FS_MKSTEMP, UV_FS_OPENDIR, UV_FS_READDIR,
    UV_FS_RMDIR, UV_FS_SCANDIR, uv_dir_t, uv_dirent_t, uv_fs_cb, uv_fs_t, uv_loop_t,
};
use crate::errno::IntoC;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_int};

/// Makes a directory as mkdir(2) does, with the permissions `mode` less the umask.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with a copy of the path, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_mkdir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_MKDIR, cb).path(path) }
        .mode(mode)
        .submit()
        .into_c()
}

/// Removes an empty directory as rmdir(2) does.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with a copy of the path, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_rmdir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_RMDIR, cb).path(path) }
        .submit()
        .into_c()
}

/// Makes a directory of a new name as mkdtemp(3) does: `tpl` ends in `XXXXXX`, for
/// which six letters are found. `req->path` is the name, which `uv_fs_req_cleanup`
/// frees; `tpl` itself is copied.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, 0 is returned, and `cb` runs on the loop's thread with 0 or a negative
/// error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `tpl` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_mkdtemp(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    tpl: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_MKDTEMP, cb).template(tpl) }
        .submit()
        .into_c()
}

/// Makes and opens a file of a new name as mkstemp(3) does, close-on-exec: `tpl` ends
/// in `XXXXXX`, for which six letters are found. `req->path` is the name, empty after a
/// failure, which `uv_fs_req_cleanup` frees; `tpl` itself is copied.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the descriptor
/// or a negative error is returned and kept in `req->result`. With a `cb` the work is
/// done in the background, 0 is returned, and `cb` runs on the loop's thread with the
/// descriptor or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `tpl` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_mkstemp(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    tpl: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_MKSTEMP, cb).template(tpl) }
        .submit()
        .into_c()
}

/// Reads a whole directory, without `.` and `..`, sorted by the bytes of the names.
/// [`uv_fs_scandir_next`] then gives out the entries. `flags` are not used.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the number of
/// entries or a negative error is returned and kept in `req->result`. With a `cb` the
/// work is done in the background, with a copy of the path, 0 is returned, and `cb`
/// runs on the loop's thread with the number of entries or a negative error in
/// `req->result` (`UV_ECANCELED` after [`uv_cancel`](crate::api::request::uv_cancel)).
/// A request that cannot be made returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not
/// run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_scandir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_SCANDIR, cb).path(path) }
        .flags(flags)
        .submit()
        .into_c()
}

/// Gives out the next entry of a directory that [`uv_fs_scandir`] has read.
///
/// Returns 0 and fills in `ent`, whose name is good until the request is cleaned up or
/// this function has returned `UV_EOF`; `UV_EOF` after the last entry; the request's
/// error if the directory could not be read. The type is `UV_DIRENT_UNKNOWN` where the
/// file system does not tell it.
///
/// # Safety
/// `req` is a request of `uv_fs_scandir` that is over and has not been cleaned up;
/// `ent` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_scandir_next(req: *mut uv_fs_t, ent: *mut uv_dirent_t) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { (*req).next_scanned().map(|entry| ent.write(entry)) }.into_c()
}

/// Opens a directory to be read piece by piece. `req->ptr` then points to a `uv_dir_t`,
/// which [`uv_fs_closedir`] frees and `uv_fs_req_cleanup` does not. After an error it
/// is null.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with a copy of the path, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_opendir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_OPENDIR, cb).path(path) }
        .submit()
        .into_c()
}

/// Reads the next entries of a directory, without `.` and `..`, in the order of the
/// file system, into the caller's array: `dir->dirents`, which has `dir->nentries`
/// places.
///
/// The names are freed by `uv_fs_req_cleanup`, which must come before the directory is
/// closed. A directory is read by one request at a time. `UV_EINVAL` when `dir` is
/// null, closed or without an array.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the number of
/// entries, 0 at the end, or a negative error is returned and kept in `req->result`.
/// With a `cb` the work is done in the background, 0 is returned, and `cb` runs on the
/// loop's thread with the number of entries, 0 at the end, or a negative error in
/// `req->result` (`UV_ECANCELED` after [`uv_cancel`](crate::api::request::uv_cancel)).
/// A request that cannot be made returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not
/// run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `dir` is null or an open
/// directory that no other request uses, with an array of as many places as it says,
/// valid until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_readdir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    dir: *mut uv_dir_t,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_READDIR, cb).dir(dir) }
        .submit()
        .into_c()
}

/// Closes a directory and frees the `uv_dir_t`. `UV_EINVAL` when `dir` is null.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, 0 is returned, and `cb` runs on the loop's thread with 0 or a negative
/// error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `dir` is null or an open
/// directory, not used again once the request is made (unless it is cancelled).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_closedir(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    dir: *mut uv_dir_t,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_CLOSEDIR, cb).dir(dir) }
        .submit()
        .into_c()
}
