//! Requests on what a path leads to: its status, owner, permissions, times.
//!
//! A function is called on the thread of the loop that it is given; without a callback, on
//! any.

use crate::abi::*;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_double, c_int};

/// Checks as access(2) does whether the process may use the file that `path` leads to.
///
/// `mode` is `F_OK`, which asks only whether the file exists, or `R_OK`, `W_OK` and `X_OK`
/// combined by `|`. The check goes by the real user and group of the process, not the
/// effective ones.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EACCES` if it may not,
/// `UV_ENOENT` if there is no such file, `UV_EROFS` if `W_OK` is asked for on a read-only
/// file system, `UV_EINVAL` for another `mode`, or another error of access(2). The call
/// itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_ACCESS, cb).path(path) }
        .flags(mode)
        .submit()
}

/// Looks up the status of the file that `path` leads to and writes it to `req->statbuf`.
///
/// On success `req->ptr` points to `req->statbuf` until `uv_fs_req_cleanup`. The members
/// are those of stat(2), with times in seconds and nanoseconds. `st_birthtim` is the time
/// of creation, or 0 if the file system does not keep it; where statx(2) does not work it
/// equals `st_ctim`. `st_flags` and `st_gen` are always 0.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_ENOTDIR` if a part of the path is no directory, `UV_EACCES` if a
/// directory of the path may not be searched, `UV_ELOOP` for too many links, or another
/// error of stat(2). The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_STAT, cb).path(path) }.submit()
}

/// Looks up the status of `path` as [`uv_fs_stat`] does, but of a symbolic link itself
/// instead of the file that it leads to.
///
/// The status is in `req->statbuf`, to which `req->ptr` points on success until
/// `uv_fs_req_cleanup`. `st_size` of a link is the length of the path that it holds.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: those of [`uv_fs_stat`].
/// The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_LSTAT, cb).path(path) }.submit()
}

/// Looks up the state of the file system that holds `path`, as statfs(2) does.
///
/// On success `req->ptr` points to a `uv_statfs_t`, which `uv_fs_req_cleanup` frees.
/// `f_bsize` and `f_frsize` are in bytes. `f_blocks`, `f_bfree` and `f_bavail` count blocks
/// of `f_frsize` bytes.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_EACCES`, `UV_ENOMEM`, or another error of statfs(2). The call itself
/// fails as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.31.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_STATFS, cb).path(path) }.submit()
}

/// Sets the permissions of the file that `path` leads to, to `mode`, as chmod(2) does.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_EPERM` if the process is neither the owner nor privileged, `UV_EROFS`, or
/// another error of chmod(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_CHMOD, cb).path(path) }
        .mode(mode)
        .submit()
}

/// Sets the owner and the group of the file that `path` leads to, as chown(2) does.
///
/// A `uid` or `gid` of all ones, `(uv_uid_t) -1`, leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_EPERM` if the process may not do that, `UV_EROFS`, or another error of
/// chown(2). The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_CHOWN, cb).path(path) }
        .owner(uid, gid)
        .submit()
}

/// Sets the owner and the group of `path` as lchown(2) does: of a symbolic link itself
/// instead of the file that it leads to.
///
/// A `uid` or `gid` of all ones, `(uv_uid_t) -1`, leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_EPERM` if the process may not do that, `UV_EROFS`, or another error of
/// lchown(2). The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.21.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_LCHOWN, cb).path(path) }
        .owner(uid, gid)
        .submit()
}

/// Sets the access and modification times of the file that `path` leads to.
///
/// `atime` and `mtime` are in seconds since 1970, with fractions; they may be negative.
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_EPERM` or `UV_EACCES` if the process may not do that, `UV_EROFS`, or
/// another error of utimensat(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_UTIME, cb).path(path) }
        .times(atime, mtime)
        .submit()
}

/// Sets the access and modification times of `path` as [`uv_fs_utime`] does, but of a
/// symbolic link itself instead of the file that it leads to.
///
/// `atime` and `mtime` are in seconds since 1970, with fractions; they may be negative.
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: those of [`uv_fs_utime`].
/// The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_LUTIME, cb).path(path) }
        .times(atime, mtime)
        .submit()
}
