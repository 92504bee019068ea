//! Requests on names: removing, moving, linking, following, copying.
//!
//! A function is called on the thread of the loop that it is given; without a callback, on
//! any.

use crate::abi::*;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_int};

/// What `uv_fs_copyfile` takes.
const COPY_FLAGS: c_int =
    UV_FS_COPYFILE_EXCL | UV_FS_COPYFILE_FICLONE | UV_FS_COPYFILE_FICLONE_FORCE;

/// Removes the name `path` as unlink(2) does. The file goes with its last name, once no
/// process has it open.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such name, `UV_EISDIR` for a directory, `UV_EACCES` or `UV_EPERM` if the process may not
/// do that, or another error of unlink(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_unlink(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_UNLINK, cb).path(path) }.submit()
}

/// Renames `path` to `new_path` as rename(2) does. A file at `new_path` is replaced in one
/// step; a directory there must be empty.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if `path` or a
/// directory of `new_path` does not exist, `UV_EXDEV` if the two are on different file
/// systems, `UV_ENOTEMPTY` or `UV_EEXIST` if `new_path` is a directory with entries, or
/// another error of rename(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` and `new_path` are
/// NUL-terminated, and without a callback stay so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_rename(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    new_path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; each path is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_RENAME, cb).paths(path, new_path) }.submit()
}

/// Gives the file `path` the further name `new_path` as link(2) does. If `path` is a
/// symbolic link, the link itself gets the name.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EEXIST` if `new_path`
/// exists, `UV_ENOENT` if `path` does not, `UV_EXDEV` if the two are on different file
/// systems, `UV_EPERM` for a directory, or another error of link(2). The call itself fails
/// as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` and `new_path` are
/// NUL-terminated, and without a callback stay so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_link(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    new_path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; each path is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_LINK, cb).paths(path, new_path) }.submit()
}

/// Makes `new_path` a symbolic link to `path` as symlink(2) does. `path` is stored as it is
/// and need not exist.
///
/// `flags` has a meaning on Windows only and is ignored; pass 0.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EEXIST` if `new_path`
/// exists, `UV_ENOENT` if `path` is empty or a directory of `new_path` does not exist, or
/// another error of symlink(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` and `new_path` are
/// NUL-terminated, and without a callback stay so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_symlink(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    new_path: *const c_char,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; each path is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_SYMLINK, cb).paths(path, new_path) }
        .flags(flags)
        .submit()
}

/// Reads the path that the symbolic link `path` holds.
///
/// On success `req->ptr` points to that path, of any length, which ends with a NUL.
/// `uv_fs_req_cleanup` frees it.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EINVAL` if `path` is no
/// symbolic link, `UV_ENOENT` if there is no such file, `UV_ENOMEM`, or another error of
/// readlink(2). The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_readlink(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_READLINK, cb).path(path) }.submit()
}

/// Finds the absolute path of the file that `path` leads to, without symbolic links, `.`,
/// `..` and double slashes, as realpath(3) does.
///
/// On success `req->ptr` points to the path, of any length, which ends with a NUL.
/// `uv_fs_req_cleanup` frees it.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such file, `UV_ELOOP` for too many links, `UV_ENOMEM`, or another error of realpath(3).
/// The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.8.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_realpath(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_REALPATH, cb).path(path) }.submit()
}

/// Copies the file that `path` leads to, to `new_path`, with its permissions and times, and
/// with its owner where the process may set that.
///
/// `flags` is 0 or a combination by `|` of the next three. `UV_FS_COPYFILE_EXCL`: fail if
/// `new_path` exists, instead of replacing the content. `UV_FS_COPYFILE_FICLONE`: share the
/// blocks of the original if the file system can, and copy them otherwise.
/// `UV_FS_COPYFILE_FICLONE_FORCE`: share them or fail.
///
/// If the copy fails and this call made `new_path`, it is removed. A file, link, FIFO or
/// device that was at `new_path` before stays; a file then has as much of the new content
/// as was written. A regular file whose size is said to be 0, as below `/proc`, is read to
/// its end. Of a device or a FIFO no content is copied. Copying a file to itself does
/// nothing.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// `path`, `UV_EEXIST` with `UV_FS_COPYFILE_EXCL`, `UV_EISDIR` if `path` is a directory,
/// `UV_ENOSPC` if the disk is full, with `UV_FS_COPYFILE_FICLONE_FORCE` an error such as
/// `UV_ENOTSUP` or `UV_EXDEV` if blocks cannot be shared, or another error of opening,
/// reading or writing. The call itself returns `UV_EINVAL` for other flags, and fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.14; the `FICLONE` flags since 1.20.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` and `new_path` are
/// NUL-terminated, and without a callback stay so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_copyfile(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    new_path: *const c_char,
    flags: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe {
        Call::new(loop_, req, UV_FS_COPYFILE, cb)
            .require(flags & !COPY_FLAGS == 0)
            .paths(path, new_path)
    }
    .flags(flags)
    .submit()
}
