//! Requests on the status of open files: owner, permissions, times.
//!
//! A function is called on the thread of the loop that it is given; without a callback, on
//! any.

use crate::abi::*;
use crate::requests::fs::Call;
use core::ffi::{c_double, c_int};

/// Looks up the status of the open file `file` and writes it to `req->statbuf`.
///
/// On success `req->ptr` points to `req->statbuf` until `uv_fs_req_cleanup`.
/// [`uv_fs_stat`](super::path::uv_fs_stat) describes its members.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, or another error of fstat(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fstat(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FSTAT, cb) }
        .file(file)
        .submit()
}

/// Sets the permissions of the open file `file` to `mode` as fchmod(2) does.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, `UV_EPERM` if the process is neither the owner nor privileged, `UV_EROFS`, or
/// another error of fchmod(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fchmod(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FCHMOD, cb) }
        .file(file)
        .mode(mode)
        .submit()
}

/// Sets the owner and the group of the open file `file` as fchown(2) does.
///
/// A `uid` or `gid` of all ones, `(uv_uid_t) -1`, leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, `UV_EPERM` if the process may not do that, `UV_EROFS`, or another error of
/// fchown(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fchown(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    uid: uv_uid_t,
    gid: uv_gid_t,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FCHOWN, cb) }
        .file(file)
        .owner(uid, gid)
        .submit()
}

/// Sets the access and modification times of the open file `file`.
///
/// `atime` and `mtime` are in seconds since 1970, with fractions; they may be negative.
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves that one as it is.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, `UV_EPERM` or `UV_EACCES` if the process may not do that, or another error of
/// futimens(3). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_futime(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    atime: c_double,
    mtime: c_double,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FUTIME, cb) }
        .file(file)
        .times(atime, mtime)
        .submit()
}
