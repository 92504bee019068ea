//! `uv_pipe_t`: unix domain sockets, FIFOs and pipes, and handles that travel over them.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::pipe;
use crate::sys::socket::End;
use core::ffi::{CStr, c_char, c_int, c_uint};

/// Initialises the handle. With `ipc` not 0 the connected pipe can carry handles:
/// [`uv_write2`](super::stream::uv_write2) sends them and
/// [`uv_accept`](super::stream::uv_accept) takes them out.
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

/// Takes over an open descriptor, which becomes non-blocking and the handle's to
/// close. It can be read, written, or both, as it was opened.
///
/// Returns 0; `UV_EEXIST` when the loop watches it already; `UV_EBUSY` when the handle
/// has another; `UV_EBADF`. After an error the descriptor is still the caller's.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_open(handle: *mut uv_pipe_t, file: uv_file) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open(file).into_c()
}

/// Binds to a path, which appears in the file system. It is removed when the handle is
/// closed, unless it leads to another file by then: one that a successor has put there. A
/// relative path is looked up from the working directory of that moment. A path longer than
/// a socket's address can hold (108 bytes) is cut there; [`uv_pipe_bind2`] can refuse it
/// instead.
///
/// Returns 0; `UV_EINVAL` for a null name, or a handle that is closing or has a
/// descriptor; `UV_EACCES` also for a directory that does not exist; or another error
/// of `bind(2)`, such as `UV_EADDRINUSE`.
///
/// # Safety
/// `handle` is an initialised handle; `name` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_bind(handle: *mut uv_pipe_t, name: *const c_char) -> c_int {
    // SAFETY: the handle is initialised; the name is as long as it is measured.
    unsafe { (*handle).bind(name, length(name), 0) }.into_c()
}

/// Binds to the `namelen` bytes at `name`: a path, or with a NUL in front a name in
/// Linux's abstract space, where every byte counts. An empty abstract name has the
/// kernel choose one.
///
/// `flags` is 0 or `UV_PIPE_NO_TRUNCATE`, which makes a name of more than 108 bytes an
/// error instead of cutting it.
///
/// Returns as [`uv_pipe_bind`], and `UV_EINVAL` for other flags, a NUL inside a path,
/// or a name that must not be cut.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).bind(name, namelen, flags) }.into_c()
}

/// Connects to the socket at a path.
///
/// `cb` runs with 0 or with what went wrong, a null name included; `UV_ECANCELED` when
/// the handle is closed first. `req` must stay until then. A path that is too long is
/// cut as in [`uv_pipe_bind`]. While another connect is under way the call does
/// nothing.
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
    // SAFETY: as this function's own contract; the name is as long as it is measured.
    unsafe { (*handle).connect_late(&*req, name, length(name), cb) };
}

/// Connects to the socket whose name is the `namelen` bytes at `name`, of the forms
/// that [`uv_pipe_bind2`] knows; `flags` as there.
///
/// `cb` runs with 0 or with what went wrong, even if that was known at once;
/// `UV_ECANCELED` when the handle is closed first. `req` must stay until then.
///
/// Returns 0; and without a callback `UV_EINVAL` for a name that is null, empty, has a
/// NUL inside a path or must not be cut, for other flags and for a closing handle;
/// `UV_EALREADY` while another connect is under way.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).connect(&*req, name, namelen, flags, cb) }.into_c()
}

/// Writes the name that the handle is bound to into the `*size` bytes at `buffer`.
///
/// A path gets a NUL behind it, for which there must be room; an abstract name begins
/// with one and has none behind it. `*size` becomes the length without the NUL behind;
/// 0 for a socket without a name.
///
/// Returns 0; `UV_ENOBUFS` when there is no room, and then `*size` is what is needed;
/// `UV_EINVAL` for null pointers or no room at all; `UV_EBADF` without a descriptor; or
/// an error of `getsockname(2)`, and then `*size` is 0.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).name(End::Local, buffer, size) }.into_c()
}

/// Writes the name of the other end, exactly as [`uv_pipe_getsockname`] writes that of
/// this one.
///
/// Returns as that, and `UV_ENOTCONN` when the handle is not connected.
///
/// # Safety
/// As [`uv_pipe_getsockname`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_getpeername(
    handle: *const uv_pipe_t,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).name(End::Peer, buffer, size) }.into_c()
}

/// Does nothing: it is about Windows.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_instances(_handle: *mut uv_pipe_t, _count: c_int) {}

/// Counts the handles that have come over the pipe and wait for
/// [`uv_accept`](super::stream::uv_accept). They come with data: ask in the read
/// callback.
///
/// Returns the number, 0 for a pipe that was not made to carry handles.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_count(handle: *mut uv_pipe_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pending_count()
}

/// Says of what kind the handle is that the next
/// [`uv_accept`](super::stream::uv_accept) gives: initialise one of that kind for it.
///
/// Returns `UV_TCP`, `UV_UDP` or `UV_NAMED_PIPE`; another answer of
/// [`uv_guess_handle`](super::misc::uv_guess_handle) for a descriptor that no libuv
/// sent; `UV_UNKNOWN_HANDLE` also when none waits.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe_pending_type(handle: *mut uv_pipe_t) -> uv_handle_type {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.pending_type()
}

/// Lets every user read from (`UV_READABLE`) or write to (`UV_WRITABLE`), or both, the
/// path that the handle is bound to. Blocks while it asks the file system.
///
/// Returns 0; `UV_EBADF` for null or a handle without a descriptor; `UV_EINVAL` for
/// other flags; or an error of `chmod(2)`, `UV_ENOENT` for a socket without a path.
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

/// Opens a pipe: what is written to `fds[1]` can be read from `fds[0]`. Both are
/// close-on-exec, and non-blocking where the end's flags hold `UV_NONBLOCK_PIPE`, as
/// [`uv_pipe_open`] would make them. They are the caller's to close.
///
/// Returns 0, or an error of `pipe2(2)`, after which `fds` is as it was.
///
/// # Safety
/// `fds` is valid for writes of two descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_pipe(
    fds: *mut uv_file,
    read_flags: c_int,
    write_flags: c_int,
) -> c_int {
    let opened = pipe::pair([read_flags, write_flags]);
    // SAFETY: `fds` takes two descriptors.
    opened
        .map(|pair| unsafe { fds.cast::<[uv_file; 2]>().write_unaligned(pair) })
        .into_c()
}

/// # Safety
/// `name` is null or NUL-terminated.
unsafe fn length(name: *const c_char) -> usize {
    if name.is_null() {
        return 0;
    }
    // SAFETY: `name` is NUL-terminated.
    unsafe { CStr::from_ptr(name) }.count_bytes()
}
