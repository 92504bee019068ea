//! UTF-16 and WTF-8. (Miscellaneous utilities)
//!
//! WTF-8 is UTF-8 that may hold surrogates without their other half. These functions belong
//! to no loop and may be called from any thread.

use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::alloc;
use crate::text::wtf8;
use core::ffi::{CStr, c_char, c_int};

/// The 16-bit units that a caller passed: `length` of them, or up to a NUL if it is negative.
///
/// # Safety
/// `units` is valid for that many, and unchanged while the slice is used.
unsafe fn units<'a>(units: *const u16, length: isize) -> &'a [u16] {
    let length = match usize::try_from(length) {
        Ok(length) => length,
        // SAFETY: the units end in a NUL, beyond which this does not look.
        Err(_) => unsafe { (0..).take_while(|at| *units.add(*at) != 0).count() },
    };
    if length == 0 {
        return &[];
    }
    // SAFETY: `units` points to `length` code units.
    unsafe { core::slice::from_raw_parts(units, length) }
}

/// The bytes of a string that a caller passed. The first ones are looked at here: to call
/// what finds the end of a long string takes longer than to read a short one.
///
/// # Safety
/// `text` is null, or a C string that is unchanged while the result is used.
#[inline]
unsafe fn bytes<'a>(text: *const c_char) -> Result<&'a [u8]> {
    if text.is_null() {
        return Err(Errno::INVAL);
    }
    for length in 0..8 {
        // SAFETY: there was no NUL up to here, and a string reaches to its NUL.
        unsafe {
            if *text.add(length) == 0 {
                return Ok(core::slice::from_raw_parts(text.cast(), length));
            }
        }
    }
    // SAFETY: `text` is NUL-terminated.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Counts the bytes that UTF-16 text takes as WTF-8, which is UTF-8 that may hold
/// surrogates without their other half.
///
/// `utf16_len` is the length of the text in units of 16 bits. If it is negative, the text
/// ends before its first NUL.
///
/// May be called from any thread. Returns the number of bytes, without a NUL.
///
/// Since libuv 1.47.
///
/// # Safety
/// `utf16` is valid for that many units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_utf16_length_as_wtf8(utf16: *const u16, utf16_len: isize) -> usize {
    // SAFETY: the caller passes that many units, or a NUL at their end.
    wtf8::length_of_utf16(unsafe { units(utf16, utf16_len) })
}

/// Converts UTF-16 text to WTF-8, which is UTF-8 that may hold surrogates without their
/// other half, and adds a NUL.
///
/// `utf16_len` is the length of the text in units of 16 bits. If it is negative, the text
/// ends before its first NUL. What happens depends on `wtf8_ptr`:
///
/// If `wtf8_ptr` is null, the call only sets `*wtf8_len_ptr` to the number of bytes that
/// are needed, without the NUL.
///
/// If `*wtf8_ptr` is null, it becomes a block for the text and the NUL. The caller frees it
/// with free(3), or with the function given to `uv_replace_allocator`. `*wtf8_len_ptr`
/// becomes the number of bytes without the NUL; `wtf8_len_ptr` may be null.
///
/// Otherwise the text goes to `*wtf8_ptr`. `*wtf8_len_ptr` is the size of that buffer in bytes,
/// not counting one byte more that must be there for the NUL, and becomes the number of bytes
/// without the NUL.
///
/// May be called from any thread. Returns 0; `UV_ENOMEM` without memory for the block;
/// `UV_EINVAL` if there is a buffer at `*wtf8_ptr` and `wtf8_len_ptr` is null; `UV_ENOBUFS` if
/// the buffer is too small: then it holds the beginning of the text, which may end within a
/// character, and a NUL, and `*wtf8_len_ptr` is the size that all of the text needs.
///
/// Since libuv 1.47.
///
/// # Safety
/// `utf16` is valid for that many units; `wtf8_len_ptr` is valid or, except in the third
/// case, null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_utf16_to_wtf8(
    utf16: *const u16,
    utf16_len: isize,
    wtf8_ptr: *mut *mut c_char,
    wtf8_len_ptr: *mut usize,
) -> c_int {
    // SAFETY: the caller keeps the contract above.
    unsafe {
        let units = units(utf16, utf16_len);
        to_wtf8(units, wtf8_ptr, wtf8_len_ptr.as_mut()).into_c()
    }
}

/// # Safety
/// `target` is null or valid; `*target` is null or has the size that `length` tells and
/// one byte more.
unsafe fn to_wtf8(units: &[u16], target: *mut *mut c_char, length: Option<&mut usize>) -> Result {
    // SAFETY: `target` is valid if it is not null.
    let Some(target) = (unsafe { target.as_mut() }) else {
        if let Some(length) = length {
            *length = wtf8::length_of_utf16(units);
        }
        return Ok(());
    };
    let capacity = match &length {
        _ if target.is_null() => wtf8::length_of_utf16(units),
        Some(length) => **length,
        None => return Err(Errno::INVAL),
    };
    if target.is_null() {
        *target = alloc::malloc(capacity + 1)?;
    }
    // SAFETY: the block, fresh or the caller's, has space for that and a NUL. What is in
    // it is written and not read.
    let bytes = unsafe { core::slice::from_raw_parts_mut(target.cast::<u8>(), capacity) };
    let written = wtf8::from_utf16(units, bytes);
    let (Ok(needed) | Err(needed)) = written;
    // SAFETY: there is one byte more than `capacity`.
    unsafe { target.add(needed.min(capacity)).write(0) };
    if let Some(length) = length {
        *length = needed;
    }
    written.map(drop).map_err(|_| Errno::NOBUFS)
}

/// Counts the units of 16 bits that WTF-8 text takes as UTF-16. WTF-8 is UTF-8 that may
/// hold surrogates without their other half.
///
/// May be called from any thread. Returns the number of units, one for a NUL included, or
/// `UV_EINVAL` if `wtf8` is null or no WTF-8.
///
/// Since libuv 1.47.
///
/// # Safety
/// `wtf8` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_wtf8_length_as_utf16(wtf8: *const c_char) -> isize {
    // SAFETY: the caller passes a C string or null.
    match unsafe { bytes(wtf8) }.and_then(wtf8::length_as_utf16) {
        Ok(length) => length as isize,
        Err(error) => error.raw() as isize,
    }
}

/// Converts WTF-8 text to UTF-16 and adds a NUL.
///
/// `utf16_len` is the size of `utf16` in units of 16 bits, the NUL included. Call
/// `uv_wtf8_length_as_utf16` first: it gives that number, and tells whether the text is
/// valid, which this function cannot. The call writes no more than `utf16_len` units,
/// without a NUL if they are too few, and stops at what is not WTF-8. If `utf16` is null,
/// nothing happens.
///
/// May be called from any thread.
///
/// Since libuv 1.47.
///
/// # Safety
/// `wtf8` is a C string; `utf16` is writable for that many units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_wtf8_to_utf16(wtf8: *const c_char, utf16: *mut u16, utf16_len: usize) {
    // SAFETY: the caller passes a C string and that much space, which is written and not read.
    unsafe {
        if let (Ok(text), false) = (bytes(wtf8), utf16.is_null()) {
            let target = core::slice::from_raw_parts_mut(utf16, utf16_len);
            wtf8::to_utf16(text, target);
        }
    }
}
