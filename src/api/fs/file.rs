//! Requests on open files.

use crate::abi::{
    UV_FS_CLOSE, UV_FS_FCHMOD, UV_FS_FCHOWN, UV_FS_FDATASYNC, UV_FS_FSTAT, UV_FS_FSYNC,
    UV_FS_FTRUNCATE, UV_FS_FUTIME, UV_FS_OPEN, UV_FS_READ, UV_FS_SENDFILE, UV_FS_WRITE, uv_buf_t,
    uv_file, uv_fs_cb, uv_fs_t, uv_gid_t, uv_loop_t, uv_uid_t,
};
use crate::errno::IntoC;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_double, c_int, c_uint};

/// Opens a file as open(2) does and gives its descriptor, which is always
/// close-on-exec.
///
/// `flags` are the `UV_FS_O_` constants; `mode` are the permissions of a file that is
/// created, less the umask.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the descriptor
/// or a negative error is returned and kept in `req->result`. With a `cb` the work is
/// done in the background, with a copy of the path, 0 is returned, and `cb` runs on the
/// loop's thread with the descriptor or a negative error in `req->result`
/// (`UV_ECANCELED` after [`uv_cancel`](crate::api::request::uv_cancel)). A request that
/// cannot be made returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `path` is NUL-terminated, and
/// without a callback stays so until `uv_fs_req_cleanup`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_open(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    path: *const c_char,
    flags: c_int,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_OPEN, cb).path(path) }
        .flags(flags)
        .mode(mode)
        .submit()
        .into_c()
}

/// Closes a descriptor as close(2) does. It is gone afterwards even when a signal
/// interrupted the call, which is no error.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_close(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_CLOSE, cb) }
        .file(file)
        .submit()
        .into_c()
}

/// Reads from a file into the buffers as preadv(2) does: once, so that the result may
/// be less than the buffers hold, and 0 at the end of the file.
///
/// `offset` is where to begin; a negative one means the file's position, which moves
/// on. Of more than 1,024 buffers only the first are used, and so are those that fit in
/// 2 GiB less a page.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the number of
/// bytes or a negative error is returned and kept in `req->result`. With a `cb` the
/// work is done in the background, 0 is returned, and `cb` runs on the loop's thread
/// with the number of bytes or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `bufs` points to `nbufs`
/// buffers, whose memory stays valid until the request is over; the list itself may go
/// when this call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_read(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    offset: i64,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_READ, cb).buffers(bufs, nbufs) }
        .file(file)
        .offset(offset)
        .submit()
        .into_c()
}

/// Writes the buffers to a file as pwritev(2) does, in as many calls as it takes. When
/// one of them fails after some bytes have been written, the number of those is the
/// result.
///
/// `offset` is where to begin; a negative one means the file's position, which moves
/// on. More than 2 GiB less a page at once are `UV_EINVAL`.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the number of
/// bytes or a negative error is returned and kept in `req->result`. With a `cb` the
/// work is done in the background, 0 is returned, and `cb` runs on the loop's thread
/// with the number of bytes or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it. `bufs` points to `nbufs`
/// buffers, whose memory stays valid until the request is over; the list itself may go
/// when this call returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_write(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    offset: i64,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_WRITE, cb).buffers(bufs, nbufs) }
        .file(file)
        .offset(offset)
        .submit()
        .into_c()
}

/// Flushes a file's data and metadata to the disk as fsync(2) does.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fsync(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FSYNC, cb) }
        .file(file)
        .submit()
        .into_c()
}

/// Flushes a file's data to the disk as fdatasync(2) does, and of its metadata only
/// what is needed to read the data.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fdatasync(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FDATASYNC, cb) }
        .file(file)
        .submit()
        .into_c()
}

/// Sets a file's length to `offset` bytes as ftruncate(2) does: cuts it off, or fills
/// it up with zeroes.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_ftruncate(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    offset: i64,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FTRUNCATE, cb) }
        .file(file)
        .offset(offset)
        .submit()
        .into_c()
}

/// Copies up to `length` bytes from `in_file`, beginning at `in_offset`, to the
/// position of `out_file`, inside the kernel where that is possible.
///
/// A pipe or a socket to read from has no positions; `in_offset` is then ignored. More
/// than 2 GiB less a page at once are `UV_EINVAL`.
///
/// With a null `cb` the calling thread waits, `loop_` may be null, and the number of
/// bytes or a negative error is returned and kept in `req->result`. With a `cb` the
/// work is done in the background, 0 is returned, and `cb` runs on the loop's thread
/// with the number of bytes or a negative error in `req->result` (`UV_ECANCELED` after
/// [`uv_cancel`](crate::api::request::uv_cancel)). A request that cannot be made
/// returns `UV_EINVAL` or `UV_ENOMEM` and `cb` does not run.
///
/// # Safety
/// `req` is memory for a request that nothing else uses, alive until the callback has
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_sendfile(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    out_file: uv_file,
    in_file: uv_file,
    in_offset: i64,
    length: usize,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_SENDFILE, cb) }
        .file(out_file)
        .flags(in_file)
        .offset(in_offset)
        .length(length)
        .submit()
        .into_c()
}

/// Looks up the status of an open file: `req->statbuf`, to which `req->ptr` then
/// points.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fstat(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FSTAT, cb) }
        .file(file)
        .submit()
        .into_c()
}

/// Sets the permissions of an open file as fchmod(2) does.
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
/// run; `loop_` is an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_fs_fchmod(
    loop_: *mut uv_loop_t,
    req: *mut uv_fs_t,
    file: uv_file,
    mode: c_int,
    cb: uv_fs_cb,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FCHMOD, cb) }
        .file(file)
        .mode(mode)
        .submit()
        .into_c()
}

/// Sets the owner and the group of an open file as fchown(2) does; all ones leave one
/// as it is.
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
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FCHOWN, cb) }
        .file(file)
        .owner(uid, gid)
        .submit()
        .into_c()
}

/// Sets the access and modification times of an open file, in seconds since 1970 with
/// fractions.
///
/// `UV_FS_UTIME_NOW` is the present time, and `UV_FS_UTIME_OMIT` leaves one as it is.
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
    // SAFETY: as this function's own contract.
    unsafe { Call::new(loop_, req, UV_FS_FUTIME, cb) }
        .file(file)
        .times(atime, mtime)
        .submit()
        .into_c()
}
