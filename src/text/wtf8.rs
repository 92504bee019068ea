//! WTF-8: UTF-8 that may also carry surrogates which have lost their other half.
//!
//! It is how the names of another system's files, which are any 16-bit units at all,
//! travel as bytes and come back unchanged.

use super::Cursor;
use crate::errno::{Errno, Result};

/// The code points of WTF-8 text; an `Err` ends it.
///
/// Deliberately lenient where libuv is: three and four byte forms need not be the
/// shortest ones, so more than one spelling reads as the same code point.
struct CodePoints<'a>(&'a [u8]);

/// The top bit of each byte of a word, which no byte of ASCII has.
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;

impl<'a> CodePoints<'a> {
    /// Takes the ASCII that comes next, eight bytes at a time.
    #[inline]
    fn take_ascii(&mut self) -> &'a [u8] {
        // A guess that the processor makes sooner than it has looked at a word.
        if !self.0.first().is_some_and(u8::is_ascii) {
            return &[];
        }
        let mut rest = self.0;
        while let Some((word, behind)) = rest.split_first_chunk::<8>() {
            let others = u64::from_le_bytes(*word) & NOT_ASCII;
            if others != 0 {
                rest = &rest[others.trailing_zeros() as usize / 8..];
                break;
            }
            rest = behind;
        }
        while let [..=0x7F, behind @ ..] = rest {
            rest = behind;
        }
        let (ascii, rest) = self.0.split_at(self.0.len() - rest.len());
        self.0 = rest;
        ascii
    }

    /// Shifts the six bits of a continuation byte into `high`.
    #[inline]
    fn continuation(&mut self, high: u32) -> Result<u32> {
        match self.0 {
            [byte, rest @ ..] if byte & 0xC0 == 0x80 => {
                self.0 = rest;
                Ok(high << 6 | u32::from(byte & 0x3F))
            }
            _ => Err(Errno::INVAL),
        }
    }

    /// The rest of a sequence of two to four bytes.
    #[inline(always)]
    fn after_lead(&mut self, lead: u8) -> Result<u32> {
        let bits = u32::from(lead);
        match lead {
            0xC2..=0xDF => self.continuation(bits & 0x1F),
            0xE0..=0xEF => {
                let high = self.continuation(bits & 0x0F)?;
                self.continuation(high)
            }
            0xF0..=0xF4 => {
                let high = self.continuation(bits & 0x07)?;
                let high = self.continuation(high)?;
                let code_point = self.continuation(high)?;
                if code_point > 0x10_FFFF {
                    return Err(Errno::INVAL);
                }
                Ok(code_point)
            }
            _ => Err(Errno::INVAL),
        }
    }
}

impl Iterator for CodePoints<'_> {
    type Item = Result<u32>;

    // Always, so that the place in the text stays in a register.
    #[inline(always)]
    fn next(&mut self) -> Option<Result<u32>> {
        let (&lead, rest) = self.0.split_first()?;
        self.0 = rest;
        if lead.is_ascii() {
            return Some(Ok(lead.into()));
        }
        Some(self.after_lead(lead))
    }
}

/// How many 16-bit units `source` makes, with one more for the NUL behind them.
pub(crate) fn length_as_utf16(source: &[u8]) -> Result<usize> {
    let mut rest = CodePoints(source);
    let mut units = 1;
    loop {
        units += rest.take_ascii().len();
        match rest.next() {
            Some(code_point) => units += if code_point? > 0xFFFF { 2 } else { 1 },
            None => return Ok(units),
        }
    }
}

/// Converts `source` to 16-bit units and ends them with a NUL.
///
/// `target` is meant to have the room that [`length_as_utf16`] asks for. Conversion
/// stops at the end of `target`, and at what is not WTF-8.
pub(crate) fn to_utf16(source: &[u8], target: &mut [u16]) {
    let mut rest = CodePoints(source);
    let mut units = Units(target);
    loop {
        units.push_ascii(rest.take_ascii());
        match rest.next() {
            Some(Ok(point @ ..=0xFFFF)) => units.push(point as u16),
            Some(Ok(point)) => {
                units.push(0xD800 + ((point - 0x1_0000) >> 10) as u16);
                units.push(0xDC00 + ((point - 0x1_0000) & 0x3FF) as u16);
            }
            Some(Err(_)) | None => break,
        }
    }
    units.push(0);
}

/// The room that is left for units. What does not fit is dropped.
struct Units<'a>(&'a mut [u16]);

impl Units<'_> {
    #[inline]
    fn push(&mut self, unit: u16) {
        if let Some((place, rest)) = core::mem::take(&mut self.0).split_first_mut() {
            *place = unit;
            self.0 = rest;
        }
    }

    #[inline]
    fn push_ascii(&mut self, ascii: &[u8]) {
        let fitting = ascii.len().min(self.0.len());
        let (places, rest) = core::mem::take(&mut self.0).split_at_mut(fitting);
        for (place, byte) in places.iter_mut().zip(ascii) {
            *place = u16::from(*byte);
        }
        self.0 = rest;
    }
}

/// The code points of 16-bit units: pairs joined, lone surrogates as they are.
fn code_points(units: &[u16]) -> impl Iterator<Item = u32> {
    char::decode_utf16(units.iter().copied()).map(|decoded| match decoded {
        Ok(character) => u32::from(character),
        Err(lone) => u32::from(lone.unpaired_surrogate()),
    })
}

/// How many bytes `units` make as WTF-8, without a NUL behind them.
pub(crate) fn length_of_utf16(units: &[u16]) -> usize {
    code_points(units).map(encoded_len).sum()
}

fn encoded_len(code_point: u32) -> usize {
    match code_point {
        0..=0x7F => 1,
        0x80..=0x7FF => 2,
        0x800..=0xFFFF => 3,
        _ => 4,
    }
}

/// Converts `units` to WTF-8 without a NUL behind it, and says how many bytes it took.
///
/// When `target` is too short it is filled to its last byte, and the `Err` holds the
/// number of bytes that would have been needed.
pub(crate) fn from_utf16(units: &[u16], target: &mut [u8]) -> core::result::Result<usize, usize> {
    let mut out = Cursor::new(target);
    for point in code_points(units) {
        encode(point, &mut out);
        if out.overflowed() {
            return Err(length_of_utf16(units));
        }
    }
    Ok(out.len())
}

fn encode(point: u32, out: &mut Cursor) {
    let continuation = |shift: u32| 0x80 | (point >> shift & 0x3F) as u8;
    match encoded_len(point) {
        1 => out.push(point as u8),
        2 => out.push_all(&[0xC0 | (point >> 6) as u8, continuation(0)]),
        3 => out.push_all(&[0xE0 | (point >> 12) as u8, continuation(6), continuation(0)]),
        _ => out.push_all(&[
            0xF0 | (point >> 18) as u8,
            continuation(12),
            continuation(6),
            continuation(0),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16<const N: usize>(source: &[u8]) -> [u16; N] {
        assert_eq!(length_as_utf16(source), Ok(N));
        let mut units = [0xAAAA; N];
        to_utf16(source, &mut units);
        units
    }

    #[test]
    fn every_length_of_sequence() {
        assert_eq!(utf16(b""), [0]);
        assert_eq!(utf16(b"a"), [0x61, 0]);
        assert_eq!(utf16("é".as_bytes()), [0xE9, 0]);
        assert_eq!(utf16("中".as_bytes()), [0x4E2D, 0]);
        assert_eq!(utf16("\u{10000}".as_bytes()), [0xD800, 0xDC00, 0]);
        assert_eq!(utf16("\u{10FFFF}".as_bytes()), [0xDBFF, 0xDFFF, 0]);
    }

    #[test]
    fn ascii_of_every_length_before_and_after_what_is_not() {
        for before in 0..20 {
            for after in 0..20 {
                let text = "x".repeat(before) + "é" + &"y".repeat(after);
                let mut units = [0xAAAA; 41];
                let wanted: Vec<u16> = text.encode_utf16().chain([0]).collect();
                assert_eq!(length_as_utf16(text.as_bytes()), Ok(wanted.len()));
                to_utf16(text.as_bytes(), &mut units);
                assert_eq!(units[..wanted.len()], wanted);
                assert_eq!(units[wanted.len()], 0xAAAA);
            }
        }
    }

    #[test]
    fn lone_surrogates_survive() {
        assert_eq!(utf16(b"\xED\xA0\x80x"), [0xD800, 0x78, 0]);
        let mut bytes = [0; 7];
        assert_eq!(from_utf16(&[0xDC00, 0xD800, 0x78], &mut bytes), Ok(7));
        assert_eq!(&bytes, b"\xED\xB0\x80\xED\xA0\x80x");
    }

    #[test]
    fn longer_spellings_are_read() {
        assert_eq!(utf16(b"\xE0\x80\xAF"), [0x2F, 0]);
        assert_eq!(utf16(b"\xF0\x80\x80\xAF"), [0x2F, 0]);
    }

    #[test]
    fn what_is_not_wtf8() {
        for wrong in [
            &b"\x80"[..],
            b"\xC0\x80",
            b"\xC1\xBF",
            b"\xC3",
            b"\xC3x",
            b"\xE4\xB8",
            b"\xF4\x90\x80\x80",
            b"\xF5\x80\x80\x80",
            b"\xFF",
        ] {
            assert_eq!(length_as_utf16(wrong), Err(Errno::INVAL), "{wrong:?}");
        }
    }

    #[test]
    fn short_targets() {
        let mut units = [0xAAAA; 2];
        to_utf16(b"abc", &mut units);
        assert_eq!(units, [0x61, 0x62]);
        to_utf16(b"a", &mut []);

        let mut bytes = [0xAA; 2];
        assert_eq!(from_utf16(&[0x4E2D, 0x61], &mut bytes), Err(4));
        assert_eq!(bytes, [0xE4, 0xB8]);
        assert_eq!(from_utf16(&[], &mut []), Ok(0));
        assert_eq!(from_utf16(&[0x61], &mut []), Err(1));
    }

    #[test]
    fn nul_is_a_unit_like_any_other() {
        let mut bytes = [0xAA; 3];
        assert_eq!(from_utf16(&[0x61, 0, 0x62], &mut bytes), Ok(3));
        assert_eq!(&bytes, b"a\0b");
    }

    #[test]
    fn back_and_forth() {
        for point in (0..=0x10_FFFF).step_by(7).filter(|point| *point != 0) {
            let mut bytes = [0; 4];
            let mut out = Cursor::new(&mut bytes);
            encode(point, &mut out);
            let bytes = out.into_written();
            let mut units = [0; 3];
            to_utf16(bytes, &mut units);
            let units = &units[..length_as_utf16(bytes).unwrap() - 1];
            assert_eq!(length_of_utf16(units), bytes.len());
            let mut again = [0; 4];
            assert_eq!(from_utf16(units, &mut again), Ok(bytes.len()));
            assert_eq!(&again[..bytes.len()], bytes);
        }
    }
}
