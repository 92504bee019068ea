//! `uv_tty_t`: terminals.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::tty;
use core::ffi::c_int;

/// Initialises a stream of the terminal behind `fd`: usually 0, 1 or 2. It can be read,
/// written, or both, as `fd` was opened; `unused` is ignored. A pipe or socket will do.
///
/// A terminal is opened a second time under its own name, so that making it non-blocking
/// leaves other processes alone that share the opening; the new one takes the place of
/// `fd` too. Where that cannot be done, writes block.
///
/// Returns 0; `UV_EINVAL` for a file or a descriptor that is none; or an error of
/// `dup3(2)`. After an error the handle is not the loop's.
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

/// Changes the terminal's mode: `UV_TTY_MODE_NORMAL`, as it was found; `_RAW` and
/// `_RAW_VT`, in which each key comes at once and none is a signal or is echoed; or
/// `_IO`, in which bytes pass as they are in both directions.
///
/// The mode outlives the process: [`uv_tty_reset_mode`] puts it back, and so does
/// closing the handle that changed it first.
///
/// Returns 0; `UV_EINVAL` for other modes; or an error of `tcgetattr(3)` or
/// `tcsetattr(3)`, such as `UV_ENOTTY`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_set_mode(handle: *mut uv_tty_t, mode: uv_tty_mode_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_mode(mode).into_c()
}

/// Puts the first terminal whose mode was changed back into the mode that it was in. To
/// be called when the process ends; a signal handler may call it.
///
/// Returns 0, also when there is nothing to put back; `UV_EBUSY` when another thread, or
/// what the signal handler interrupted, is just changing a mode; or an error of
/// `tcsetattr(3)`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_tty_reset_mode() -> c_int {
    tty::reset_mode().into_c()
}

/// Writes the size of the terminal's window: columns into `width`, rows into `height`.
///
/// Returns 0, or an error of `ioctl(2)`, such as `UV_ENOTTY`, and then writes nothing.
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

/// Does nothing: it is about Windows' console.
#[unsafe(no_mangle)]
pub extern "C" fn uv_tty_set_vterm_state(_state: uv_tty_vtermstate_t) {}

/// Does nothing: it is about Windows' console.
///
/// Returns `UV_ENOTSUP`.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tty_get_vterm_state(_state: *mut uv_tty_vtermstate_t) -> c_int {
    Errno::NOTSUP.raw()
}
