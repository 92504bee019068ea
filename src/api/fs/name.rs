//! Requests on names: removing, moving, linking, following, copying.

use crate::abi::{
    UV_FS_COPYFILE, UV_FS_COPYFILE_EXCL, UV_FS_COPYFILE_FICLONE, UV_FS_COPYFILE_FICLONE_FORCE,
    UV_FS_LINK, UV_FS_READLINK, UV_FS_REALPATH, UV_FS_RENAME, UV_FS_SYMLINK, UV_FS_UNLINK,
    uv_fs_cb, uv_fs_t, uv_loop_t,
};
use crate::errno::IntoC;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_int};

/// What `uv_fs_copyfile` takes.
const COPY_FLAGS: c_int =
    UV_FS_COPYFILE_EXCL | UV_FS_COPYFILE_FICLONE | UV_FS_COPYFILE_FICLONE_FORCE;

/// Removes the name `path` as unlink(2) does, and with the last name the file.
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
pub unsafe extern "C" fn uv_fs_unlink(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_UNLINK, cb).path(path) }
        .submit()
        .into_c()
}

/// Renames `path` to `new_path` as rename(2) does, replacing what is there.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with copies of both paths, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
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
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_RENAME, cb).paths(path, new_path) }
        .submit()
        .into_c()
}

/// Gives the file `path` the further name `new_path` as link(2) does.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with copies of both paths, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
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
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_LINK, cb).paths(path, new_path) }
        .submit()
        .into_c()
}

/// Makes `new_path` a symbolic link that says `path` as symlink(2) does. `flags` matter
/// on Windows only.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with copies of both paths, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
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
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_SYMLINK, cb).paths(path, new_path) }
        .flags(flags)
        .submit()
        .into_c()
}

/// Reads what a symbolic link says. `req->ptr` then points to the string, however long,
/// which `uv_fs_req_cleanup` frees.
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
pub unsafe extern "C" fn uv_fs_readlink(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_READLINK, cb).path(path) }
        .submit()
        .into_c()
}

/// Finds the absolute path of `path` without links, dots and double slashes as
/// realpath(3) does. `req->ptr` then points to the string, however long, which
/// `uv_fs_req_cleanup` frees.
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
pub unsafe extern "C" fn uv_fs_realpath(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_REALPATH, cb).path(path) }
        .submit()
        .into_c()
}

/// Copies a file with its permissions and times, and with its owner where the process
/// may set that.
///
/// A copy that fails is removed if it was made by this call. What was at `new_path` before,
/// also if it is a link, stays; an existing file then has as much of the new content as was
/// written, as with cp(1). A regular file whose size is said to be 0, as below `/proc`, is
/// read to its end. Of a device or a FIFO nothing is copied.
///
/// `flags`: with `UV_FS_COPYFILE_EXCL` a `new_path` that is there already is
/// `UV_EEXIST` instead of being replaced; with `UV_FS_COPYFILE_FICLONE` the copy shares
/// the blocks of the original if the file system can do that; with
/// `UV_FS_COPYFILE_FICLONE_FORCE` it fails if not. Other flags are `UV_EINVAL`. Copying
/// a file to itself does nothing.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and 0 or a negative
/// error is returned and kept in `req->result`. With a `cb` the work is done in the
/// background, with copies of both paths, 0 is returned, and `cb` runs on the loop's
/// thread with 0 or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
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
    // SAFETY: as this function's own contract.
    unsafe {
        Call::new(loop_, req, UV_FS_COPYFILE, cb)
            .require(flags & !COPY_FLAGS == 0)
            .paths(path, new_path)
    }
    .flags(flags)
    .submit()
    .into_c()
}
