//! `uv_pipe_t`: Unix domain sockets, FIFOs and pipes, and handles that travel over them.
//!
//! A pipe handle is a stream: reading, writing, listening and shutting down are in `stream.rs`.
//! Functions that take a loop, handle or request are called on the loop's thread, where all
//! callbacks run too.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::pipe;
use crate::sys::socket::End;
use crate::system::c_str;
use core::ffi::{CStr, c_char, c_int, c_uint};

/// Initialises a pipe handle without a descriptor.
///
/// `ipc` not 0 makes it a pipe for handles: once it is connected,
/// [`uv_write2`](super::stream::uv_write2) sends handles over it and
/// [`uv_accept`](super::stream::uv_accept) takes out those that have come. A listener must have
/// `ipc` 0. The memory at `handle` must stay valid, and where it is, until the callback of
/// `uv_close`.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_pipe_t,
    ipc: c_int,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, ipc) };
    0
}

/// Takes over an open descriptor of a pipe, a FIFO or a Unix domain socket.
///
/// The stream can be read, written or both, as the descriptor was opened. `file` becomes
/// non-blocking. Its kind is not checked. From now on it is the handle's: `uv_close` closes it,
/// but leaves 0, 1 and 2 open.
///
/// Returns 0; `UV_EEXIST` if the loop watches the descriptor for a handle already; `UV_EBADF`
/// if it is none; or `UV_EBUSY` if the handle has another. After an error the descriptor still
/// is the caller's, but may be non-blocking.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_open(handle: *mut uv_pipe_t, file: uv_file) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open(file).into_c()
}

/// Binds the handle to a path, where a socket appears in the file system.
///
/// `name` is a path with a NUL at its end, which is copied. It is looked up from the working
/// directory of this moment. A path that is longer than 108 bytes is cut there;
/// [`uv_pipe_bind2`] can refuse it instead. An empty `name` has the kernel choose an abstract
/// name, which is in no file system.
///
/// `uv_close` removes the path, if it still leads to the socket that was bound.
///
/// Returns 0; `UV_EINVAL` if `name` is null, or the handle is closing or has a descriptor;
/// `UV_EACCES` also if the directory does not exist; `UV_ENOMEM`; or another error of socket(2)
/// or bind(2), such as `UV_EADDRINUSE` if there is a file of that name.
///
/// # Safety
/// `handle` is an initialised handle; `name` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_bind(handle: *mut uv_pipe_t, name: *const c_char) -> c_int {
    // SAFETY: the handle is initialised; the name is as long as it is measured.
    unsafe { (*handle).bind(name, length(name), 0) }.into_c()
}

/// Binds the handle to a path or to an abstract name.
///
/// `name` is `namelen` bytes, which are copied. If the first is not NUL, they are a path,
/// without a NUL at its end, and all is as for [`uv_pipe_bind`]. If it is NUL, they are an
/// abstract name of Linux, which begins with that NUL and of which every byte counts; no file
/// appears. A `namelen` of 0 with a NUL at `name` has the kernel choose an abstract name.
/// `flags` is 0 or `UV_PIPE_NO_TRUNCATE`, which makes a name of more than 108 bytes an error
/// where it would be cut.
///
/// Returns 0; `UV_EINVAL` if `name` is null, a path has a NUL inside, the name is too long and
/// must not be cut, `flags` has other bits, or the handle is closing or has a descriptor; or
/// another error as `uv_pipe_bind` does.
///
/// Since libuv 1.46.
///
/// # Safety
/// `handle` is an initialised handle; `name` is null or valid for reads of `namelen`
/// bytes, and of one in any case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_bind2(
    handle: *mut uv_pipe_t,
    name: *const c_char,
    namelen: usize,
    flags: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised, and `name` points to `namelen` bytes.
    unsafe { (*handle).bind(name, namelen, flags) }.into_c()
}

/// Connects the handle to the Unix domain socket at a path.
///
/// `name` is a path with a NUL at its end, which is copied. A path that is longer than 108
/// bytes is cut there; [`uv_pipe_connect2`] can refuse it instead.
///
/// `cb`, which may be null, runs once, on the loop's thread, in the pending or poll phase,
/// never from inside this call, with the request and a status: 0; `UV_ENOENT` if the path does
/// not exist; `UV_ECONNREFUSED` if no process listens there; `UV_EAGAIN` if the listener's
/// queue is full; `UV_EINVAL` if `name` is null or empty; another error of socket(2) or
/// connect(2); or `UV_ECANCELED` if the handle is closing or is closed first (then in the
/// closing phase, before the close callback). `req` need not be initialised. It must stay valid
/// until `cb` runs.
///
/// While another connect of the handle is under way, the call does nothing and `cb` does not
/// run.
///
/// # Safety
/// `handle` is an initialised handle; `req` is memory for a request that stays where it
/// is until its callback; `name` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_connect(
    req: *mut uv_connect_t,
    handle: *mut uv_pipe_t,
    name: *const c_char,
    cb: uv_connect_cb,
) {
    // SAFETY: the handle is initialised, `req` is unused, and `name` is NUL-terminated.
    unsafe { (*handle).connect_late(&*req, name, length(name), cb) };
}

/// Connects the handle to the Unix domain socket with a path or an abstract name.
///
/// `name` is `namelen` bytes, which are copied: a path, or an abstract name that begins with a
/// NUL, as for [`uv_pipe_bind2`]. `flags` is 0 or `UV_PIPE_NO_TRUNCATE`, which makes a name of
/// more than 108 bytes an error where it would be cut. `cb` runs once, on the loop's thread, in
/// the pending or poll phase, never from inside this call, with a status as for
/// [`uv_pipe_connect`]. `req` must stay valid until then.
///
/// Returns 0, also if connecting fails at once, which `cb` reports; `UV_EINVAL` if `name` is
/// null or empty, a path has a NUL inside, the name is too long and must not be cut, `flags`
/// has other bits, or the handle is closing; or `UV_EALREADY` while another connect is under
/// way. After an error `cb` does not run.
///
/// Since libuv 1.46.
///
/// # Safety
/// As [`uv_pipe_connect`]; `name` is null or valid for reads of `namelen` bytes, and of
/// one in any case.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_connect2(
    req: *mut uv_connect_t,
    handle: *mut uv_pipe_t,
    name: *const c_char,
    namelen: usize,
    flags: c_uint,
    cb: uv_connect_cb,
) -> c_int {
    // SAFETY: the handle is initialised, `req` is unused, and `name` points to `namelen` bytes.
    unsafe { (*handle).connect(&*req, name, namelen, flags, cb) }.into_c()
}

/// Writes the name that the handle is bound to into `buffer`.
///
/// `*size` is the size of `buffer` in bytes. A path gets a NUL behind it, for which there must
/// be space. An abstract name begins with a NUL and has none behind it. `*size` becomes the
/// length of the name, without the NUL behind a path; 0 if the socket has no name.
///
/// Returns 0; `UV_ENOBUFS` if the buffer is too small, and then `*size` is what is needed, the
/// NUL behind a path included; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_EBADF` if
/// the handle has no descriptor; or an error of getsockname(2), such as `UV_ENOTSOCK` for a
/// FIFO. After the last two `*size` is 0.
///
/// Since libuv 1.3 the length does not include the NUL.
///
/// # Safety
/// `handle` is an initialised handle; `buffer` is null or valid for writes of `*size`
/// bytes; `size` is null or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_getsockname(
    handle: *const uv_pipe_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the handle is initialised, and `buffer` has space for `*size` bytes.
    unsafe { (*handle).name(End::Local, buffer, size) }.into_c()
}

/// Writes the name that the other end is bound to into `buffer`.
///
/// The name and `*size` are as for [`uv_pipe_getsockname`]. A peer that has not bound its
/// socket has no name, which is the usual case for a client.
///
/// Returns 0; `UV_ENOTCONN` if the handle is not connected; or the other errors of
/// `uv_pipe_getsockname`.
///
/// Since libuv 1.3.
///
/// # Safety
/// As [`uv_pipe_getsockname`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_getpeername(
    handle: *const uv_pipe_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the handle is initialised, and `buffer` has space for `*size` bytes.
    unsafe { (*handle).name(End::Peer, buffer, size) }.into_c()
}

/// Does nothing: the setting exists on Windows only.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_instances(_handle: *mut uv_pipe_t, _count: c_int) {}

/// Returns how many handles have come over the pipe and wait to be accepted.
///
/// They come together with data, so ask in the read callback. Take each out with
/// [`uv_accept`](super::stream::uv_accept). Those that are left are closed with the pipe. The
/// number is 0 for a pipe that was not initialised for handles (`ipc`).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_count(handle: *mut uv_pipe_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pending_count()
}

/// Returns the type of the handle that the next `uv_accept` on the pipe takes out.
///
/// Initialise a handle of that type and pass it to [`uv_accept`](super::stream::uv_accept).
///
/// Returns `UV_TCP`, `UV_UDP` or `UV_NAMED_PIPE`; another type that `uv_guess_handle` knows for
/// a descriptor which no `uv_write2` has sent; or `UV_UNKNOWN_HANDLE` for an unknown kind, and
/// if none waits.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_type(handle: *mut uv_pipe_t) -> uv_handle_type {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pending_type()
}

/// Sets the permissions of the path that the handle is bound to.
///
/// `flags` is `UV_READABLE`, `UV_WRITABLE` or both, and the path's mode becomes 0444, 0222 or
/// 0666: reading, writing or both for every user, and nothing else. On Linux connecting takes
/// permission to write. The call waits for the file system.
///
/// Returns 0; `UV_EBADF` if `handle` is null or has no descriptor; `UV_EINVAL` for other flags;
/// or an error of fchmod(2), getsockname(2) or chmod(2), such as `UV_ENOENT` if the socket has
/// no path.
///
/// Since libuv 1.16.
///
/// # Safety
/// `handle` is null or an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_chmod(handle: *mut uv_pipe_t, flags: c_int) -> c_int {
    // SAFETY: the handle is null or initialised.
    match unsafe { handle.as_ref() } {
        Some(handle) => handle.chmod(flags).into_c(),
        None => Errno::BADF.raw(),
    }
}

/// Opens a pipe: what is written to the second of `fds` can be read from the first.
///
/// Both ends are close-on-exec. An end is non-blocking if its flags (`read_flags` for the
/// first, `write_flags` for the second) hold `UV_NONBLOCK_PIPE`, which suits ends that
/// [`uv_pipe_open`] is to take over; other flags do nothing. `fds` has space for two
/// descriptors, which the caller closes.
///
/// Returns 0, or an error of pipe2(2), such as `UV_EMFILE`; then `fds` is as it was.
///
/// May be called from any thread. Since libuv 1.41.
///
/// # Safety
/// `fds` is valid for writes of two descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe(
    fds: *mut uv_file,
    read_flags: c_int,
    write_flags: c_int,
) -> c_int {
    let fds = fds.cast::<[uv_file; 2]>();
    let opened = pipe::pair([read_flags, write_flags]);
    // SAFETY: `fds` takes two descriptors.
    opened
        .map(|pair| unsafe { fds.write_unaligned(pair) })
        .into_c()
}

/// # Safety
/// `name` is null or NUL-terminated.
unsafe fn length(name: *const c_char) -> usize {
    // SAFETY: `name` is null or NUL-terminated.
    unsafe { c_str(name) }.map_or(0, CStr::count_bytes)
}
