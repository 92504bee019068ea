//! Requests on open files: opening, closing, reading, writing.
//!
//! A function is called on the thread of the loop that it is given; without a callback, on
//! any.

use crate::abi::*;
use crate::requests::fs::Call;
use core::ffi::{c_char, c_int, c_uint};

/// Opens the file `path` as open(2) does and gives its descriptor.
///
/// `flags` is `UV_FS_O_RDONLY`, `UV_FS_O_WRONLY` or `UV_FS_O_RDWR`, combined by `|` with
/// further `UV_FS_O_` constants; those that only other systems know are 0. The descriptor
/// is always close-on-exec. `mode` holds the permissions of a file that is created, less
/// the umask, and is ignored otherwise.
///
/// The next three paragraphs hold for every file request. With a null `cb` the calling
/// thread does the work and waits for it. The call returns the result, which is also in
/// `req->result`. `loop_` is not used and may be null, and the call may be made on any
/// thread.
///
/// With a `cb` the call returns 0 at once, a thread of the pool does the work, and the
/// request keeps the loop alive. `cb` runs once with `req` on the loop's thread, in the
/// poll phase, never from inside the call. `req->result` then holds the result: a negative
/// error, or what the function gives, such as a descriptor, a count or 0.
/// [`uv_cancel`](crate::api::request::uv_cancel) succeeds until a thread has begun with the
/// request; `cb` then runs with `UV_ECANCELED`.
///
/// `req` needs no initialisation. It stays the request's until `cb` runs, or without a `cb`
/// until the call returns. Then call `uv_fs_req_cleanup`, which frees what the library
/// allocated for it, also if the call itself failed; `cb` may do this and free `req` after
/// it. With a `cb` paths are copied. Without one they are borrowed: `req->path` points to
/// the caller's string.
///
/// Returns the descriptor or a negative error, with a `cb` in `req->result`: `UV_ENOENT` if
/// there is no such file, `UV_EEXIST` if it exists and `flags` has `UV_FS_O_EXCL`,
/// `UV_EACCES` without permission, `UV_EMFILE` without free descriptors, or another error
/// of open(2).
///
/// For every file request the call itself returns an error, and `cb` does not run:
/// `UV_EINVAL` if `req` or a path is null, or if there is a `cb` and the loop is null;
/// `UV_ENOMEM` without memory for a copy; `UV_EAGAIN` or `UV_ENOMEM` if the pool has no
/// threads and none can be made. `req->result` does not hold these errors.
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
    // SAFETY: `req` is unused memory or null; `path` is null or NUL-terminated, and without
    // `cb` only read during the call.
    unsafe { Call::new(loop_, req, UV_FS_OPEN, cb).path(path) }
        .flags(flags)
        .mode(mode)
        .submit()
}

/// Closes the descriptor `file` as close(2) does.
///
/// The descriptor is closed also if a signal interrupts the call, which is no error, and
/// after errors of writing such as `UV_EIO`: do not close it again.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`. If
/// `uv_cancel` takes the request back, the descriptor stays open.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, or another error of close(2). The call itself fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_CLOSE, cb) }
        .file(file)
        .submit()
}

/// Reads from the file `file` into the buffers as preadv(2) does, with one system call.
///
/// `offset` is the byte to begin at. A negative one means the file's position, which moves
/// on by what was read. `bufs` is a list of `nbufs` buffers, filled in order. Of more than
/// 1,024 buffers only the first 1,024 are used, and of buffers of more than 2 GiB less a
/// page only what fits in that.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`. The
/// bytes of the buffers stay valid until the request is over. The list `bufs` is copied if
/// there is a `cb` and may go when the call returns.
///
/// Returns the number of bytes read or a negative error, with a `cb` in `req->result`. The
/// number may be less than the buffers hold; 0 is the end of the file. Errors: `UV_EBADF`
/// if `file` is not open for reading, `UV_EISDIR` for a directory, `UV_EAGAIN` if a
/// non-blocking descriptor has nothing to read, `UV_EINTR` if a signal handler interrupts
/// the read, or another error of preadv(2). The call itself returns `UV_EINVAL` if `bufs`
/// is null or `nbufs` is 0, and fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null; `bufs` is null or points to `nbufs` buffers,
    // valid until the operation ends.
    unsafe { Call::new(loop_, req, UV_FS_READ, cb).buffers(bufs, nbufs) }
        .file(file)
        .offset(offset)
        .submit()
}

/// Writes the buffers to the file `file` as pwritev(2) does, in as many system calls as it
/// takes.
///
/// `offset` is the byte to begin at. A negative one means the file's position, which moves
/// on by what was written. `bufs` is a list of `nbufs` buffers, written in order; there may
/// be more than 1,024.
///
/// If a system call fails after some bytes have been written, the result is the number of
/// these bytes. On a loop with an io_uring (`UV_LOOP_USE_IO_URING_SQPOLL`), a write of up
/// to 1,024 buffers with a `cb` is one system call, which may write less than all.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`. The
/// bytes of the buffers stay valid and unchanged until the request is over. The list `bufs`
/// is copied and may go when the call returns.
///
/// Returns the number of bytes written or a negative error, with a `cb` in `req->result`:
/// `UV_EBADF` if `file` is not open for writing, `UV_ENOSPC` if the disk is full,
/// `UV_EAGAIN` if a non-blocking descriptor takes nothing, or another error of pwritev(2).
/// The call itself returns `UV_EINVAL` if `bufs` is null, `nbufs` is 0, or the buffers hold
/// more than 2 GiB less a page (0x7ffff000 bytes), and fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null; `bufs` is null or points to `nbufs` buffers,
    // valid until the operation ends.
    unsafe { Call::new(loop_, req, UV_FS_WRITE, cb).buffers(bufs, nbufs) }
        .file(file)
        .offset(offset)
        .submit()
}

/// Flushes the data and the metadata of the open file `file` to the disk as fsync(2) does.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, `UV_EINVAL` if it is something that cannot be flushed, such as a pipe, `UV_EIO`,
/// or another error of fsync(2). The call itself fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FSYNC, cb) }
        .file(file)
        .submit()
}

/// Flushes the data of the open file `file` to the disk as fdatasync(2) does, and of its
/// metadata only what is needed to read the data.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EBADF` if `file` is not
/// open, `UV_EINVAL` if it is something that cannot be flushed, such as a pipe, `UV_EIO`,
/// or another error of fdatasync(2). The call itself fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FDATASYNC, cb) }
        .file(file)
        .submit()
}

/// Sets the length of the open file `file` to `offset` bytes as ftruncate(2) does.
///
/// A longer file is cut off. A shorter one is filled up with zeroes. The file's position
/// does not move.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`.
///
/// Returns 0 or a negative error, with a `cb` in `req->result`: `UV_EINVAL` if `offset` is
/// negative or `file` is not open for writing or not a regular file, `UV_EBADF` if it is
/// not open, `UV_EFBIG` if the length is too large, or another error of ftruncate(2). The
/// call itself fails as [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_FTRUNCATE, cb) }
        .file(file)
        .offset(offset)
        .submit()
}

/// Copies up to `length` bytes from the descriptor `in_file` to the position of `out_file`,
/// inside the kernel where that is possible.
///
/// `in_offset` is the byte of `in_file` to begin at; give 0 or more. The position of
/// `in_file` does not move. A pipe or a socket to read from has no positions, and
/// `in_offset` is then ignored.
///
/// With a null `cb` the call waits; with a `cb` it returns at once, and `cb` runs later on
/// the loop's thread: see [`uv_fs_open`] for this, lifetimes and `uv_fs_req_cleanup`.
///
/// Returns the number of bytes copied or a negative error, with a `cb` in `req->result`.
/// The number may be less than `length`, also before the end of the file; 0 is the end.
/// Errors: `UV_EBADF` if a descriptor is not open in the way that is needed, or another
/// error of copy_file_range(2), sendfile(2), pread(2) or write(2). The call itself returns
/// `UV_EINVAL` if `length` is more than 2 GiB less a page (0x7ffff000 bytes), and fails as
/// [`uv_fs_open`] says.
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
    // SAFETY: `req` is unused memory or null, and lives until its callback.
    unsafe { Call::new(loop_, req, UV_FS_SENDFILE, cb) }
        .file(out_file)
        .flags(in_file)
        .offset(in_offset)
        .length(length)
        .submit()
}
