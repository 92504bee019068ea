//! How libuv returns strings: in the caller's buffer, with a size that is read and written.

use crate::errno::{Errno, Result};
use core::ffi::c_char;

/// A caller's buffer, and a pointer to its size.
///
/// On success the size becomes the length of the string without its NUL; if the buffer is too
/// small, it becomes the size that string and NUL need.
#[derive(Clone, Copy)]
pub(crate) struct OutBuf {
    buffer: *mut c_char,
    size: *mut usize,
}

impl OutBuf {
    /// Has a function write to the buffer of a caller; `EINVAL` for null pointers and for a size
    /// of 0.
    ///
    /// # Safety
    /// `size` is null or valid; `buffer` is null or writable for `*size` bytes.
    pub(crate) unsafe fn fill(
        buffer: *mut c_char,
        size: *mut usize,
        write: impl FnOnce(OutBuf) -> Result,
    ) -> Result {
        // SAFETY: `size` is valid when it is not null.
        if buffer.is_null() || size.is_null() || unsafe { *size } == 0 {
            return Err(Errno::INVAL);
        }
        write(OutBuf { buffer, size })
    }

    /// Returns the address of the buffer.
    pub(crate) fn as_ptr(self) -> *mut c_char {
        self.buffer
    }

    /// Returns the size of the buffer, which is not 0 until a string is written.
    pub(crate) fn size(self) -> usize {
        // SAFETY: `fill` has checked the pointer.
        unsafe { *self.size }
    }

    /// Writes a string and a NUL. If they do not fit, sets the size that they need and returns
    /// `ENOBUFS`.
    pub(crate) fn put(self, text: &[u8]) -> Result {
        if text.len() >= self.size() {
            return self.needs(text.len() + 1);
        }
        // SAFETY: the buffer has space for the text and a NUL; the text is not in it,
        // since nothing of ours borrows a caller's buffer.
        unsafe {
            self.buffer
                .copy_from_nonoverlapping(text.as_ptr().cast(), text.len())
        };
        self.finish(text.len());
        Ok(())
    }

    /// Ends the string in the buffer after `length` bytes.
    pub(crate) fn finish(self, length: usize) {
        debug_assert!(length < self.size());
        // SAFETY: `length` is below the size of the buffer; `size` is valid.
        unsafe {
            self.buffer.add(length).write(0);
            *self.size = length;
        }
    }

    /// Sets the size that is needed, and returns `ENOBUFS`.
    pub(crate) fn needs(self, size: usize) -> Result {
        // SAFETY: `fill` has checked the pointer.
        unsafe { *self.size = size };
        Err(Errno::NOBUFS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &[u8], size: usize) -> (Result, usize, [u8; 4]) {
        let mut buffer = [0xAA; 4];
        let mut length = size;
        // SAFETY: both pointers are to live variables; no test names a larger size.
        let result =
            unsafe { OutBuf::fill(buffer.as_mut_ptr().cast(), &mut length, |out| out.put(text)) };
        (result, length, buffer)
    }

    #[test]
    fn text_and_nul_fit_or_the_size_says_what_would() {
        assert_eq!(put(b"abc", 4), (Ok(()), 3, *b"abc\0"));
        assert_eq!(put(b"", 1), (Ok(()), 0, *b"\0\xAA\xAA\xAA"));
        assert_eq!(put(b"abc", 3), (Err(Errno::NOBUFS), 4, [0xAA; 4]));
    }

    #[test]
    fn too_small_a_buffer_is_an_error_of_its_own() {
        assert_eq!(put(b"", 0).0, Err(Errno::INVAL));
        let mut size = 1;
        // SAFETY: null pointers are looked for.
        let no_buffer = unsafe { OutBuf::fill(core::ptr::null_mut(), &mut size, |_| Ok(())) };
        assert!(no_buffer.is_err());
        let mut byte = 0;
        // SAFETY: null pointers are looked for.
        let no_size = unsafe { OutBuf::fill(&mut byte, core::ptr::null_mut(), |_| Ok(())) };
        assert!(no_size.is_err());
    }
}
