//! Buffers, descriptors, and a look at a loop's handles. (Miscellaneous utilities)

use crate::abi::{uv_buf_t, uv_file, uv_handle_type, uv_loop_t, uv_os_fd_t};
use crate::handles::print;
use crate::sys::guess_handle::guess_handle;
use crate::system::process;
use core::ffi::{c_char, c_int, c_uint};

/// Makes a buffer of `len` bytes at `base`. The memory stays the caller's.
///
/// Returns the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn uv_buf_init(base: *mut c_char, len: c_uint) -> uv_buf_t {
    uv_buf_t {
        base,
        len: len as usize,
    }
}

/// Says what kind of handle goes with a descriptor. It is meant for standard input and
/// output.
///
/// Returns `UV_TTY` (what `isatty(3)` says), `UV_FILE` (devices too), `UV_NAMED_PIPE`
/// (unix stream sockets too), `UV_TCP`, `UV_UDP`, or else, also for what is no
/// descriptor, `UV_UNKNOWN_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_guess_handle(file: uv_file) -> uv_handle_type {
    guess_handle(file)
}

/// Turns the C library's descriptor into the system's handle: on Unix they are one.
///
/// Returns `fd`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_osfhandle(fd: c_int) -> uv_os_fd_t {
    fd
}

/// Turns the system's handle into the C library's descriptor: on Unix they are one.
///
/// Returns `os_fd`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_open_osfhandle(os_fd: uv_os_fd_t) -> c_int {
    os_fd
}

/// Keeps the descriptors that the process was started with from the programs that it
/// starts: marks all of them to be closed there.
///
/// Call it early. It looks from 0 upwards and, beyond 15, stops at the first descriptor
/// that is not open.
#[unsafe(no_mangle)]
pub extern "C" fn uv_disable_stdio_inheritance() {
    process::disable_stdio_inheritance();
}

/// Prints a line for each handle of a loop: `[RAI] type address`, with `R` for a handle
/// that is referenced, `A` for an active and `I` for an internal one, `-` where it is not.
///
/// `loop_` may be null for the default loop, `stream` for standard error. It is for
/// debugging; the format may change.
///
/// # Safety
/// `loop_` is initialised or null; `stream` is open or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_print_all_handles(loop_: *mut uv_loop_t, stream: *mut libc::FILE) {
    // SAFETY: the caller passes a loop and a stream, or null.
    unsafe { print::print_handles(loop_, stream, false) };
}

/// Prints a line for each active handle of a loop, as `uv_print_all_handles` does.
///
/// # Safety
/// `loop_` is initialised or null; `stream` is open or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_print_active_handles(loop_: *mut uv_loop_t, stream: *mut libc::FILE) {
    // SAFETY: the caller passes a loop and a stream, or null.
    unsafe { print::print_handles(loop_, stream, true) };
}
