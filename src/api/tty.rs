//! `uv_tty_t`: terminals.
//!
//! A terminal handle is a stream: reading and writing are in `stream.rs`. Functions that take a
//! loop or handle are called on the loop's thread, where all callbacks run too.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::tty;
use core::ffi::c_int;

/// Initialises a stream for the terminal behind `fd`, usually 0, 1 or 2.
///
/// It can be read, written or both, as `fd` was opened. `fd` may also be a pipe or a socket.
/// `unused` is ignored (since libuv 1.23.1).
///
/// A terminal is opened a second time by its name, and the new descriptor, which is
/// close-on-exec, takes the place of `fd` too. So the stream is non-blocking without effect on
/// other processes that share the old opening. `uv_close` then leaves `fd` open. If the
/// terminal cannot be opened anew, the stream uses `fd` as it is, and writes block. Whenever
/// the stream uses `fd` itself, `uv_close` closes it, but leaves 0, 1 and 2 open. The memory at
/// `handle` must stay valid, and where it is, until the callback of `uv_close`.
///
/// Returns 0; `UV_EINVAL` if `fd` is no descriptor, or one of a file or of an unknown kind; or
/// an error of dup3(2). After an error the handle is not the loop's and must not be closed.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_init(
    loop_: *mut uv_loop_t,
    handle: *mut uv_tty_t,
    fd: uv_file,
    _unused: c_int,
) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, fd) }.into_c()
}

/// Changes the mode of the terminal, for all its users and at once.
///
/// `UV_TTY_MODE_NORMAL` is the mode that the terminal was in before the handle changed it. In
/// `UV_TTY_MODE_RAW` each key can be read at once, no key is echoed and none sends a signal;
/// output is processed as before. `UV_TTY_MODE_RAW_VT` is the same here. In `UV_TTY_MODE_IO`
/// bytes pass unchanged in both directions.
///
/// The mode outlives the process. [`uv_tty_reset_mode`] puts the old one back, and so does
/// `uv_close` of the first handle of the process that changed a mode.
///
/// Returns 0, also if the handle has that mode already; `UV_EINVAL` for other modes; or an
/// error of tcgetattr(3) or tcsetattr(3), such as `UV_ENOTTY` if the stream is no terminal and
/// `UV_EBADF` if it is closing.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_set_mode(handle: *mut uv_tty_t, mode: uv_tty_mode_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_mode(mode).into_c()
}

/// Puts the first terminal whose mode was changed back into the mode before that.
///
/// Call it when the process ends.
///
/// Returns 0, also if there is nothing to put back; `UV_EBUSY` if a thread, or what the signal
/// handler has interrupted, is in the middle of [`uv_tty_set_mode`], of this function or of
/// closing a terminal; or an error of tcsetattr(3).
///
/// May be called from any thread and from a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn uv_tty_reset_mode() -> c_int {
    tty::reset_mode().into_c()
}

/// Writes the size of the terminal's window, in characters.
///
/// `width` gets the number of columns, `height` that of rows; neither may be null.
///
/// Returns 0, or an error of ioctl(2), such as `UV_ENOTTY` if the stream is no terminal; then
/// nothing is written.
///
/// # Safety
/// `handle` is an initialised handle; `width` and `height` are valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_get_winsize(
    handle: *mut uv_tty_t,
    width: *mut c_int,
    height: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised.
    let size = unsafe { &*handle }.window_size();
    size.map(|(columns, rows)| {
        // SAFETY: both are valid for writes.
        unsafe {
            width.write(columns);
            height.write(rows);
        }
    })
    .into_c()
}

/// Does nothing: the setting is one of the Windows console.
///
/// Since libuv 1.33.
#[unsafe(no_mangle)]
pub extern "C" fn uv_tty_set_vterm_state(_state: uv_tty_vtermstate_t) {}

/// Does nothing: the setting is one of the Windows console. `state` is not written.
///
/// Returns `UV_ENOTSUP`.
///
/// Since libuv 1.33.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_get_vterm_state(_state: *mut uv_tty_vtermstate_t) -> c_int {
    Errno::NOTSUP.raw()
}
