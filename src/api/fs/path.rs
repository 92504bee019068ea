//! Requests on what a path leads to: its status, owner, permissions, times.

use crate::abi::{
    UV_FS_ACCESS, UV_FS_CHMOD, UV_FS_CHOWN, UV_FS_LCHOWN, UV_FS_LSTAT, UV_FS_LUTIME, UV_FS_STAT,
    UV_FS_STATFS, UV_FS_UTIME, uv_fs_cb, uv_fs_t, uv_gid_t, uv_loop_t, uv_uid_t,
};
use crate::errno::IntoC;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_double, c_int};

/// Checks as access(2) does whether the process may do `mode` to `path`: `F_OK`, or
/// `R_OK`, `W_OK` and `X_OK` together.
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
pub unsafe extern "C" fn uv_fs_access(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_ACCESS, cb).path(path) }
        .flags(mode)
        .submit()
        .into_c()
}

/// Looks up the status of the file that `path` leads to: `req->statbuf`, to which
/// `req->ptr` then points.
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
pub unsafe extern "C" fn uv_fs_stat(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_STAT, cb).path(path) }
        .submit()
        .into_c()
}

/// Looks up the status of `path` itself, even if it is a symbolic link: `req->statbuf`,
/// to which `req->ptr` then points.
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
pub unsafe extern "C" fn uv_fs_lstat(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_LSTAT, cb).path(path) }
        .submit()
        .into_c()
}

/// Looks up the state of the file system that `path` is on. `req->ptr` then points to a
/// `uv_statfs_t`, which `uv_fs_req_cleanup` frees.
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
pub unsafe extern "C" fn uv_fs_statfs(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_STATFS, cb).path(path) }
        .submit()
        .into_c()
}

/// Sets the permissions of `path` as chmod(2) does.
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
pub unsafe extern "C" fn uv_fs_chmod(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_CHMOD, cb).path(path) }
        .mode(mode)
        .submit()
        .into_c()
}

/// Sets the owner and the group of `path` as chown(2) does; all ones leave one as it
/// is.
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
pub unsafe extern "C" fn uv_fs_chown(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    uid: uv_uid_t,
    gid: uv_gid_t,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_CHOWN, cb).path(path) }
        .owner(uid, gid)
        .submit()
        .into_c()
}

/// Sets the owner and the group of `path` itself, even if it is a symbolic link; all
/// ones leave one as it is.
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
pub unsafe extern "C" fn uv_fs_lchown(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    uid: uv_uid_t,
    gid: uv_gid_t,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_LCHOWN, cb).path(path) }
        .owner(uid, gid)
        .submit()
        .into_c()
}

/// Sets the access and modification times of `path`, in seconds since 1970 with
/// fractions.
///
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves one as it is.
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
pub unsafe extern "C" fn uv_fs_utime(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    atime: c_double,
    mtime: c_double,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_UTIME, cb).path(path) }
        .times(atime, mtime)
        .submit()
        .into_c()
}

/// Sets the access and modification times of `path` itself, even if it is a symbolic
/// link, in seconds since 1970 with fractions.
///
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves one as it is.
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
pub unsafe extern "C" fn uv_fs_lutime(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    atime: c_double,
    mtime: c_double,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_LUTIME, cb).path(path) }
        .times(atime, mtime)
        .submit()
        .into_c()
}
