//! Requests on directories and on names that are made up.
//!
//! A function is called on the thread of the loop that it is given; without a callback, on
//! any.

use crate::abi::*;
use crate::errno::IntoC;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_int};

/// Makes the directory `path` as mkdir(2) does, with the permissions `mode` less the umask.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EEXIST` if `path`
/// exists, `UV_ENOENT` if the directory above does not, `UV_EACCES` if the process may not
/// write there, or another error of mkdir(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_MKDIR, cb).path(path) }
        .mode(mode)
        .submit()
}

/// Removes the empty directory `path` as rmdir(2) does.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOTEMPTY` or
/// `UV_EEXIST` if it has entries, `UV_ENOENT` if there is none, `UV_ENOTDIR` if `path` is
/// no directory, or another error of rmdir(2). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_RMDIR, cb).path(path) }.submit()
}

/// Makes a directory with a new name as mkdtemp(3) does, with the permissions 0700.
///
/// `tpl` is a path that ends in `XXXXXX`. It is copied, and six random characters replace
/// the `X`s in the copy. On success `req->path` is that name until `uv_fs_req_cleanup`
/// frees it. After an error `req->path` names nothing.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EINVAL` if `tpl` does
/// not end in `XXXXXX`, `UV_ENOENT` if the directory above does not exist, or another error
/// of mkdtemp(3). The call itself fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `tpl` is null or NUL-terminated.
    unsafe { Call::new(loop_, req, UV_FS_MKDTEMP, cb).template(tpl) }.submit()
}

/// Makes and opens a file with a new name as mkstemp(3) does, for reading and writing,
/// close-on-exec, with the permissions 0600.
///
/// `tpl` is a path that ends in `XXXXXX`. It is copied, and six random characters replace
/// the `X`s in the copy. On success `req->path` is that name until `uv_fs_req_cleanup`
/// frees it. After an error of the operation `req->path` is an empty string.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns the descriptor or a negative error, with a `cb` in `req->result`: `UV_EINVAL` if
/// `tpl` does not end in `XXXXXX`, `UV_ENOENT` if the directory does not exist, `UV_EMFILE`
/// without free descriptors, or another error of mkstemp(3). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.34.
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
    // SAFETY: `req` is unused memory or null; `tpl` is null or NUL-terminated.
    unsafe { Call::new(loop_, req, UV_FS_MKSTEMP, cb).template(tpl) }.submit()
}

/// Reads all entries of the directory `path`, without `.` and `..`, sorted by the bytes of
/// their names.
///
/// Call [`uv_fs_scandir_next`] afterwards to get them one by one. `flags` is not used; pass
/// 0.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns the number of entries or a negative error, with a `cb` in `req->result`:
/// `UV_ENOENT` if there is no such directory, `UV_ENOTDIR` if `path` is no directory,
/// `UV_EACCES`, `UV_ENOMEM`, or another error of open(2) or getdents(2). The call itself
/// fails as [`uv_fs_open`](super::file::uv_fs_open) says.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_SCANDIR, cb).path(path) }
        .flags(flags)
        .submit()
}

/// Gives the next entry of a directory that [`uv_fs_scandir`] has read.
///
/// `ent` may not be null. The call fills in `ent->name` and `ent->type`. The name stays
/// valid until `uv_fs_req_cleanup`, or until this function returns `UV_EOF`; copy it to
/// keep it. The type is one of the `UV_DIRENT_` constants, `UV_DIRENT_UNKNOWN` if the file
/// system does not tell it.
///
/// Returns 0; `UV_EOF` after the last entry, as often as it is called; or the request's
/// error if the directory could not be read. With an error `ent` is not written.
///
/// # Safety
/// `req` is a request of `uv_fs_scandir` that is over and has not been cleaned up;
/// `ent` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_scandir_next(req: *mut uv_fs_t, ent: *mut uv_dirent_t) -> c_int {
    // SAFETY: `req` is a finished uv_fs_scandir request, and `ent` is writable.
    unsafe { (*req).next_scanned().map(|entry| ent.write(entry)) }.into_c()
}

/// Opens the directory `path`, to be read piece by piece with [`uv_fs_readdir`].
///
/// On success `req->ptr` points to a `uv_dir_t`, and after an error it is null.
/// `uv_fs_req_cleanup` sets `req->ptr` to null but leaves the directory open, so keep the
/// pointer. [`uv_fs_closedir`] closes and frees it.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if there is no
/// such directory, `UV_ENOTDIR` if `path` is no directory, `UV_EMFILE` without free
/// descriptors, `UV_ENOMEM`, or another error of opendir(3). The call itself fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.28.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_OPENDIR, cb).path(path) }.submit()
}

/// Reads the next entries of the directory `dir`, without `.` and `..`, in the order of the
/// file system.
///
/// `dir` is what [`uv_fs_opendir`] gave. Before the call set `dir->dirents` to an array of
/// `uv_dirent_t` and `dir->nentries` to its length. The array stays the caller's, and stays
/// valid until `uv_fs_req_cleanup`. The call fills in names and types as
/// [`uv_fs_scandir_next`] does.
///
/// `uv_fs_req_cleanup` frees the names, and must run before the directory is closed. Only
/// one request at a time may read a directory.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns the number of entries or a negative error, with a `cb` in `req->result`. 0 means
/// that there are no more, or that `dir->nentries` is 0. Errors: `UV_ENOMEM`, or an error
/// of readdir(3). The call itself returns `UV_EINVAL` if `dir` or `dir->dirents` is null,
/// and fails as [`uv_fs_open`](super::file::uv_fs_open) says.
///
/// Since libuv 1.28.
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
    // SAFETY: `req` is unused memory or null; `dir` is null or from uv_fs_opendir and not
    // closed.
    unsafe { Call::new(loop_, req, UV_FS_READDIR, cb).dir(dir) }.submit()
}

/// Closes the directory `dir` that [`uv_fs_opendir`] gave, and frees the `uv_dir_t`.
///
/// Before, end all requests of [`uv_fs_readdir`] on it with `uv_fs_req_cleanup`. Do not use
/// `dir` after the call, unless `uv_cancel` takes the request back: then the directory
/// stays open, and is to be closed again.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`](super::file::uv_fs_open) for this, lifetimes and
/// `uv_fs_req_cleanup`.
///
/// Returns 0, with a `cb` in `req->result`; `UV_ECANCELED` there is the only error. The
/// call itself returns `UV_EINVAL` if `dir` is null, and fails as
/// [`uv_fs_open`](super::file::uv_fs_open) says; the directory then stays open.
///
/// Since libuv 1.28.
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
    // SAFETY: `req` is unused memory or null; `dir` is null or from uv_fs_opendir and not
    // closed.
    unsafe { Call::new(loop_, req, UV_FS_CLOSEDIR, cb).dir(dir) }.submit()
}
