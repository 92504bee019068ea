//! Functions about the machine and the calling process.
//!
//! They use no loop: they read the kernel's files and the system's databases, and return the result
//! in the caller's buffer or in one allocated block.

pub(crate) mod cpu;
pub(crate) mod env;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod host;
pub(crate) mod interfaces;
pub(crate) mod library;
pub(crate) mod outbuf;
pub(crate) mod process;
pub(crate) mod thread;
pub(crate) mod title;
pub(crate) mod users;

pub(crate) use outbuf::OutBuf;

use crate::errno::{Errno, Result};
use core::ffi::{CStr, c_char};

/// Converts a string argument; `EINVAL` for null.
///
/// # Safety
/// `text` is null, or a C string that lives as long as the result is used.
pub(crate) unsafe fn c_str<'a>(text: *const c_char) -> Result<&'a CStr> {
    if text.is_null() {
        return Err(Errno::INVAL);
    }
    // SAFETY: `text` is not null, so it is a C string.
    Ok(unsafe { CStr::from_ptr(text) })
}

/// Copies a string with its NUL. Returns the end of the copy.
///
/// # Safety
/// `to` is writable for the string and its NUL.
pub(crate) unsafe fn append(to: *mut c_char, text: &CStr) -> *mut c_char {
    let bytes = text.to_bytes_with_nul();
    // SAFETY: `to` has space for the bytes and the NUL, and is a fresh block.
    unsafe {
        to.copy_from_nonoverlapping(bytes.as_ptr().cast(), bytes.len());
        to.add(bytes.len())
    }
}
