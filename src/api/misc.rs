//! Buffers, descriptors, and a look at a loop's handles. (Miscellaneous utilities)
//!
//! Functions that take a loop are called on that loop's thread, the others on any.

use crate::abi::{uv_buf_t, uv_file, uv_handle_type, uv_loop_t, uv_os_fd_t};
use crate::handles::print;
use crate::sys::fd::guess_handle;
use crate::system::process;
use core::ffi::{c_char, c_int, c_uint};

/// Makes a `uv_buf_t` of `len` bytes at `base`.
///
/// The memory stays the caller's: it is neither copied nor freed, and must stay valid as
/// long as the function that gets the buffer says. `base` may be null if `len` is 0.
///
/// May be called from any thread and from a signal handler. Returns the buffer, by value.
#[unsafe(no_mangle)]
pub extern "C" fn uv_buf_init(base: *mut c_char, len: c_uint) -> uv_buf_t {
    uv_buf_t {
        base,
        len: len as usize,
    }
}

/// Finds out which type of handle goes with the descriptor `file`. It is meant for standard
/// input, output and error.
///
/// May be called from any thread. Returns `UV_TTY` for what isatty(3) calls a terminal;
/// `UV_FILE` for a regular file or a character device; `UV_NAMED_PIPE` for a pipe or a Unix
/// stream socket; `UV_TCP` or `UV_UDP` for an IPv4 or IPv6 socket of that kind;
/// `UV_UNKNOWN_HANDLE` for all else, and if `file` is no open descriptor.
#[unsafe(no_mangle)]
pub extern "C" fn uv_guess_handle(file: uv_file) -> uv_handle_type {
    guess_handle(file)
}

/// Converts a descriptor of the C library to the operating system's handle. On Unix they
/// are the same, and nothing is checked.
///
/// May be called from any thread and from a signal handler. Returns `fd`.
///
/// Since libuv 1.12.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_osfhandle(fd: c_int) -> uv_os_fd_t {
    fd
}

/// Converts the operating system's handle to a descriptor of the C library. On Unix they
/// are the same, and nothing is checked.
///
/// May be called from any thread and from a signal handler. Returns `os_fd`.
///
/// Since libuv 1.23.
#[unsafe(no_mangle)]
pub extern "C" fn uv_open_osfhandle(os_fd: uv_os_fd_t) -> c_int {
    os_fd
}

/// Marks the open descriptors close-on-exec, so that programs which the process starts do
/// not inherit those that it was started with.
///
/// Call it early in `main`, before other threads open descriptors. It goes from 0 upwards
/// and, beyond 15, stops at the first number that is not open, so it can miss some. Errors
/// are ignored. What `uv_spawn` passes on by `stdio` is passed on all the same.
#[unsafe(no_mangle)]
pub extern "C" fn uv_disable_stdio_inheritance() {
    process::disable_stdio_inheritance();
}

/// Prints a line for each handle of a loop, for debugging. The format may change.
///
/// Each line has three flags in square brackets, the name of the handle's type and its
/// address. The flags are `R` for a handle that is referenced, `A` for an active one and
/// `I` for one of the library's own, each `-` otherwise.
///
/// A null `loop_` stands for the default loop, which is made if need be. A null `stream`
/// stands for standard error.
///
/// Since libuv 1.8.
///
/// # Safety
/// `loop_` is initialised or null; `stream` is open or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_print_all_handles(loop_: *mut uv_loop_t, stream: *mut libc::FILE) {
    // SAFETY: the caller passes a loop and a stream, or null.
    unsafe { print::print_handles(loop_, stream, false) };
}

/// Prints a line for each active handle of a loop, for debugging, as `uv_print_all_handles`
/// does for all handles.
///
/// A null `loop_` stands for the default loop, which is made if need be. A null `stream`
/// stands for standard error.
///
/// Since libuv 1.8.
///
/// # Safety
/// `loop_` is initialised or null; `stream` is open or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_print_active_handles(loop_: *mut uv_loop_t, stream: *mut libc::FILE) {
    // SAFETY: the caller passes a loop and a stream, or null.
    unsafe { print::print_handles(loop_, stream, true) };
}
