//! Printing to a C stream, for the functions that take one.

use core::ffi::{CStr, c_char, c_int, c_void};

unsafe extern "C" {
    static stderr: *mut libc::FILE;
}

/// Returns `stream`, or the standard error stream if it is null.
pub(crate) fn or_stderr(stream: *mut libc::FILE) -> *mut libc::FILE {
    if stream.is_null() {
        // SAFETY: the C library has set its streams up before any code of ours runs.
        unsafe { stderr }
    } else {
        stream
    }
}

/// Prints a text.
///
/// # Safety
/// `stream` is open.
pub(crate) unsafe fn print(stream: *mut libc::FILE, text: &CStr) {
    // SAFETY: `stream` is open, and the text ends with a NUL.
    unsafe { libc::fputs(text.as_ptr(), stream) };
}

/// Prints one line about a handle: three flags, its type and its address.
///
/// # Safety
/// `stream` is open; `kind` is a C string.
pub(crate) unsafe fn print_handle(
    stream: *mut libc::FILE,
    flags: [u8; 3],
    kind: *const c_char,
    address: *const c_void,
) {
    let [one, two, three] = flags.map(c_int::from);
    let format = c"[%c%c%c] %-8s %p\n".as_ptr();
    // SAFETY: `stream` is open, and the arguments have the types of the format.
    unsafe { libc::fprintf(stream, format, one, two, three, kind, address) };
}
