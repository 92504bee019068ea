//! Names and messages of errors.

use crate::errno::Errno;
use crate::event_loop::alloc;
use crate::text::Cursor;
use core::ffi::{CStr, c_char, c_int};
use core::fmt::Write;

/// The size of a buffer for the text of an error that has no name, with its NUL.
const UNKNOWN_SIZE: usize = 48;

/// Writes what is said of an error that has no name.
fn write_unknown(err: c_int, buffer: &mut [u8; UNKNOWN_SIZE]) -> &CStr {
    let mut text = Cursor::new(buffer);
    // Writing to a cursor does not fail, and the longest number fits.
    let _ = write!(text, "Unknown system error {err}\0");
    CStr::from_bytes_until_nul(text.into_written()).unwrap_or(c"Unknown system error")
}

/// A text about an error that has no name, in memory that is never freed.
fn unknown(err: c_int) -> *const c_char {
    alloc::copy_bytes(write_unknown(err, &mut [0; UNKNOWN_SIZE]).to_bytes())
        .map_or(c"Unknown system error".as_ptr(), <*mut c_char>::cast_const)
}

/// Copies as much of an error's text as fits with a NUL behind it, and returns `buf`.
///
/// # Safety
/// `buf` is writable for `buflen` bytes.
unsafe fn copy(known: Option<&CStr>, err: c_int, buf: *mut c_char, buflen: usize) -> *mut c_char {
    let mut buffer = [0; UNKNOWN_SIZE];
    let text = known.unwrap_or_else(|| write_unknown(err, &mut buffer));
    if let Some(last) = buflen.checked_sub(1) {
        let length = text.count_bytes().min(last);
        // SAFETY: `length` is below the size of the buffer.
        unsafe {
            buf.copy_from_nonoverlapping(text.as_ptr(), length);
            buf.add(length).write(0);
        }
    }
    buf
}

/// Returns the name of an error, such as `EINVAL` for `UV_EINVAL`.
///
/// `err` is a negative error of the library. The text is constant and must not be
/// freed. For any other number, 0 included, the text is `Unknown system error N`, in
/// memory that is allocated for each call and never freed; [`uv_err_name_r`] allocates
/// nothing.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_err_name(err: c_int) -> *const c_char {
    Errno::entry(err).map_or_else(|| unknown(err), |entry| entry.name.as_ptr())
}

/// Copies the name of an error, such as `EINVAL` for `UV_EINVAL`, to `buf`.
///
/// `err` is a negative error of the library; for any other number the text is
/// `Unknown system error N`. `buflen` is the size of `buf` in bytes. A text that is too
/// long is cut; it always ends in NUL. If `buflen` is 0, nothing is written. No memory
/// is allocated.
///
/// Returns `buf`.
///
/// May be called from any thread. Since libuv 1.22.
///
/// # Safety
/// `buf` is writable for `buflen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_err_name_r(err: c_int, buf: *mut c_char, buflen: usize) -> *mut c_char {
    // SAFETY: the caller passes a buffer of that size.
    unsafe { copy(Errno::entry(err).map(|entry| entry.name), err, buf, buflen) }
}

/// Returns the message of an error, such as `invalid argument` for `UV_EINVAL`.
///
/// `err` is a negative error of the library. The text is constant and must not be
/// freed. For any other number, 0 included, the text is `Unknown system error N`, in
/// memory that is allocated for each call and never freed; [`uv_strerror_r`] allocates
/// nothing.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_strerror(err: c_int) -> *const c_char {
    Errno::entry(err).map_or_else(|| unknown(err), |entry| entry.message.as_ptr())
}

/// Copies the message of an error, such as `invalid argument` for `UV_EINVAL`, to
/// `buf`.
///
/// `err` is a negative error of the library; for any other number the text is
/// `Unknown system error N`. `buflen` is the size of `buf` in bytes. A text that is too
/// long is cut; it always ends in NUL. If `buflen` is 0, nothing is written. No memory
/// is allocated.
///
/// Returns `buf`.
///
/// May be called from any thread. Since libuv 1.22.
///
/// # Safety
/// `buf` is writable for `buflen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_strerror_r(err: c_int, buf: *mut c_char, buflen: usize) -> *mut c_char {
    // SAFETY: the caller passes a buffer of that size.
    unsafe {
        copy(
            Errno::entry(err).map(|entry| entry.message),
            err,
            buf,
            buflen,
        )
    }
}

/// Returns the library's number for an error of the system, a value of `errno`.
///
/// A positive `sys_errno` is negated; 0 and negative numbers are returned as they are.
///
/// May be called from any thread. Since libuv 1.10.
#[unsafe(no_mangle)]
pub extern "C" fn uv_translate_sys_error(sys_errno: c_int) -> c_int {
    if sys_errno > 0 { -sys_errno } else { sys_errno }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn into_buffer(
        write: unsafe extern "C" fn(c_int, *mut c_char, usize) -> *mut c_char,
        err: c_int,
        size: usize,
    ) -> Vec<u8> {
        let mut buffer = [b'#'; 64];
        // SAFETY: no test names a size above 64.
        let result = unsafe { write(err, buffer.as_mut_ptr().cast(), size) };
        assert_eq!(result, buffer.as_mut_ptr().cast());
        let end = buffer.iter().position(|byte| *byte == b'#').unwrap_or(64);
        buffer[..end].to_vec()
    }

    #[test]
    fn names_and_messages_are_cut_to_the_buffer() {
        let err = Errno::INVAL.raw();
        assert_eq!(into_buffer(uv_err_name_r, err, 64), b"EINVAL\0");
        assert_eq!(into_buffer(uv_err_name_r, err, 4), b"EIN\0");
        assert_eq!(into_buffer(uv_err_name_r, err, 1), b"\0");
        assert_eq!(into_buffer(uv_err_name_r, err, 0), b"");
        assert_eq!(into_buffer(uv_strerror_r, err, 64), b"invalid argument\0");
    }

    #[test]
    fn numbers_without_a_name() {
        for write in [uv_err_name_r, uv_strerror_r] {
            assert_eq!(into_buffer(write, 1337, 64), b"Unknown system error 1337\0");
            assert_eq!(
                into_buffer(write, c_int::MIN, 64),
                b"Unknown system error -2147483648\0"
            );
        }
        for text in [uv_err_name(-1337), uv_strerror(-1337)] {
            // SAFETY: both are C strings.
            let shown = unsafe { CStr::from_ptr(text) };
            assert_eq!(shown, c"Unknown system error -1337");
            // SAFETY: the text is a block of ours, which only this test keeps from leaking.
            unsafe { alloc::free(text.cast_mut().cast()) };
        }
    }

    #[test]
    fn system_errors_are_negated_once() {
        assert_eq!(uv_translate_sys_error(libc::EPERM), Errno::PERM.raw());
        assert_eq!(uv_translate_sys_error(0), 0);
        assert_eq!(uv_translate_sys_error(c_int::MIN), c_int::MIN);
    }
}
