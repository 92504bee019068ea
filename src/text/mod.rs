//! Text and addresses: pure functions over slices. No libc, no allocation.

pub mod cgroup;
pub mod idna;
pub(crate) mod inet;
pub(crate) mod wtf8;

/// Parses a text of the standard library's form.
pub(crate) fn parse<T: core::str::FromStr>(text: &[u8]) -> Option<T> {
    core::str::from_utf8(text).ok()?.parse().ok()
}

/// A writer of bytes into a slice that may be too short.
///
/// Bytes that do not fit are dropped, and `overflowed` returns true: a caller formats first and
/// checks once.
pub struct Cursor<'a> {
    out: &'a mut [u8],
    written: usize,
    overflowed: bool,
}

impl<'a> Cursor<'a> {
    /// Writes from the start of `out`.
    pub fn new(out: &'a mut [u8]) -> Self {
        Cursor {
            out,
            written: 0,
            overflowed: false,
        }
    }

    /// Writes one byte if it fits.
    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        match self.out.get_mut(self.written) {
            Some(slot) => {
                *slot = byte;
                self.written += 1;
            }
            None => self.overflowed = true,
        }
    }

    /// Writes as many of several bytes as fit.
    pub(crate) fn push_all(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.push(byte);
        }
    }

    /// Writes a fixed number of bytes, with one copy if all of them fit.
    #[inline(always)]
    pub(crate) fn push_array<const N: usize>(&mut self, bytes: [u8; N]) {
        let places = self.out.get_mut(self.written..);
        match places.and_then(|places| places.first_chunk_mut()) {
            Some(places) => {
                *places = bytes;
                self.written += N;
            }
            None => self.push_all(&bytes),
        }
    }

    /// Returns how many bytes have been written.
    pub fn len(&self) -> usize {
        self.written
    }

    /// Returns whether something did not fit.
    pub fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Returns the written bytes.
    pub(crate) fn into_written(self) -> &'a [u8] {
        &self.out[..self.written]
    }
}

impl core::fmt::Write for Cursor<'_> {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        self.push_all(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursor_keeps_what_fits_and_tells() {
        let mut buffer = [0; 3];
        let mut cursor = Cursor::new(&mut buffer);
        cursor.push_all(b"abc");
        assert!(!cursor.overflowed());
        cursor.push(b'd');
        assert!(cursor.overflowed());
        assert_eq!(cursor.len(), 3);
        assert_eq!(cursor.into_written(), b"abc");
    }
}
