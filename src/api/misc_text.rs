//! UTF-16 and WTF-8. (Miscellaneous utilities)
//!
//! WTF-8 is UTF-8 that may hold surrogates without their other half.

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
    // SAFETY: as this function's own contract.
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
    // SAFETY: as this function's own contract.
    Ok(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// Measures UTF-16 that is to be converted to WTF-8.
///
/// `utf16_len` counts units; if it is negative, the text ends before its first NUL.
///
/// Returns bytes, without a NUL.
///
/// # Safety
/// `utf16` is valid for that many units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_utf16_length_as_wtf8(utf16: *const u16, utf16_len: isize) -> usize {
    // SAFETY: the caller passes that many units, or a NUL at their end.
    wtf8::length_of_utf16(unsafe { units(utf16, utf16_len) })
}

/// Converts UTF-16 to WTF-8 and ends it with a NUL.
///
/// `utf16_len` counts units; if it is negative, the text ends before its first NUL.
/// There are three ways to call it:
///
/// - `wtf8_ptr` is null: only `*wtf8_len_ptr` is set, to the length without a NUL.
/// - `*wtf8_ptr` is null: it becomes a block from the library's allocator, `malloc` unless
///   it was replaced, which the caller frees; `*wtf8_len_ptr` becomes the length.
/// - Otherwise `*wtf8_len_ptr` is the room at `*wtf8_ptr` **without** the one byte more that
///   there must be for a NUL, and becomes the length.
///
/// Returns 0, `UV_ENOMEM`, or `UV_ENOBUFS` when the room is too small: then it holds the
/// beginning of the text and a NUL, and `*wtf8_len_ptr` is the length of all of it.
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
/// `target` is null or valid; `*target` is null or has the room that `length` tells and
/// one byte more.
unsafe fn to_wtf8(units: &[u16], target: *mut *mut c_char, length: Option<&mut usize>) -> Result {
    // SAFETY: `target` is valid if it is not null.
    let Some(target) = (unsafe { target.as_mut() }) else {
        if let Some(length) = length {
            *length = wtf8::length_of_utf16(units);
        }
        return Ok(());
    };
    let room = match &length {
        _ if target.is_null() => wtf8::length_of_utf16(units),
        Some(length) => **length,
        None => return Err(Errno::INVAL),
    };
    if target.is_null() {
        *target = alloc::malloc(room + 1).cast();
        if target.is_null() {
            return Err(Errno::NOMEM);
        }
    }
    // SAFETY: the block, fresh or the caller's, has room for that and a NUL. What is in
    // it is written and not read.
    let bytes = unsafe { core::slice::from_raw_parts_mut(target.cast::<u8>(), room) };
    let written = wtf8::from_utf16(units, bytes);
    let (Ok(needed) | Err(needed)) = written;
    // SAFETY: there is one byte more than `room`.
    unsafe { target.add(needed.min(room)).write(0) };
    if let Some(length) = length {
        *length = needed;
    }
    written.map(drop).map_err(|_| Errno::NOBUFS)
}

/// Measures WTF-8 that is to be converted to UTF-16.
///
/// Returns units, with a NUL, or `UV_EINVAL` when the text is not WTF-8.
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

/// Converts WTF-8 to UTF-16 and ends it with a NUL.
///
/// `utf16_len` is the room at `utf16` in units, the NUL included: what
/// `uv_wtf8_length_as_utf16` gave, which must not have been an error.
///
/// # Safety
/// `wtf8` is a C string; `utf16` is writable for that many units.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_wtf8_to_utf16(wtf8: *const c_char, utf16: *mut u16, utf16_len: usize) {
    // SAFETY: the caller passes a C string and that much room, which is written and not read.
    unsafe {
        if let (Ok(text), false) = (bytes(wtf8), utf16.is_null()) {
            let target = core::slice::from_raw_parts_mut(utf16, utf16_len);
            wtf8::to_utf16(text, target);
        }
    }
}
