//! WTF-8: UTF-8 that may contain unpaired surrogates.
//!
//! It encodes the file names of Windows, which are arbitrary 16-bit units, so that they can be
//! converted back unchanged.

use super::Cursor;
use crate::errno::{Errno, Result};

/// WTF-8 text that is being read.
///
/// Lenient as libuv is: sequences of three and four bytes need not be the shortest, so a code point
/// has more than one encoding.
struct Text<'a>(&'a [u8]);

/// The top bit of each byte of a word, which ASCII bytes do not have.
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;

impl<'a> Text<'a> {
    /// Takes the ASCII bytes that come next, eight at a time.
    #[inline]
    fn take_ascii(&mut self) -> &'a [u8] {
        // The processor predicts this branch before it has read a word.
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

    /// Takes a sequence of two to four bytes and returns its code point. Checks all continuation
    /// bytes together.
    #[inline(always)]
    fn sequence(&mut self) -> Result<u32> {
        match *self.0 {
            [a @ 0xC2..=0xDF, b, ref rest @ ..] if follow(&[b]) => {
                self.0 = rest;
                Ok(bits(a, 0x1F) << 6 | bits(b, 0x3F))
            }
            [a @ 0xE0..=0xEF, b, c, ref rest @ ..] if follow(&[b, c]) => {
                self.0 = rest;
                Ok(bits(a, 0x0F) << 12 | bits(b, 0x3F) << 6 | bits(c, 0x3F))
            }
            [a @ 0xF0..=0xF4, b, c, d, ref rest @ ..] if follow(&[b, c, d]) => {
                self.0 = rest;
                let high = bits(a, 0x07) << 18 | bits(b, 0x3F) << 12;
                match high | bits(c, 0x3F) << 6 | bits(d, 0x3F) {
                    0x11_0000.. => Err(Errno::INVAL),
                    point => Ok(point),
                }
            }
            _ => Err(Errno::INVAL),
        }
    }
}

#[inline(always)]
fn bits(byte: u8, mask: u8) -> u32 {
    u32::from(byte & mask)
}

/// Returns whether these are continuation bytes of a sequence.
#[inline(always)]
fn follow(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte & 0xC0 == 0x80)
}

/// Returns the number of 16-bit units of `source`, and one more for a NUL.
pub(crate) fn length_as_utf16(source: &[u8]) -> Result<usize> {
    let mut rest = Text(source);
    let mut units = 1;
    while !rest.0.is_empty() {
        units += rest.take_ascii().len();
        while let [0x80..=0xFF, ..] = rest.0 {
            units += if rest.sequence()? > 0xFFFF { 2 } else { 1 };
        }
    }
    Ok(units)
}

/// Converts `source` to 16-bit units and ends them with a NUL.
///
/// `target` should have the length that [`length_as_utf16`] returns. Conversion stops at the end of
/// `target`, and at bytes that are not WTF-8.
pub(crate) fn to_utf16(source: &[u8], target: &mut [u16]) {
    let mut rest = Text(source);
    let mut units = Units(target);
    'all: while !rest.0.is_empty() {
        units.push_ascii(rest.take_ascii());
        while let [0x80..=0xFF, ..] = rest.0 {
            match rest.sequence() {
                Ok(point @ ..=0xFFFF) => units.push(point as u16),
                Ok(point) => {
                    units.push(0xD800 + ((point - 0x1_0000) >> 10) as u16);
                    units.push(0xDC00 + ((point - 0x1_0000) & 0x3FF) as u16);
                }
                Err(_) => break 'all,
            }
        }
    }
    units.push(0);
}

/// The unwritten part of a target. Units that do not fit are dropped.
struct Units<'a>(&'a mut [u16]);

impl Units<'_> {
    #[inline(always)]
    fn push(&mut self, unit: u16) {
        if let Some((slot, rest)) = core::mem::take(&mut self.0).split_first_mut() {
            *slot = unit;
            self.0 = rest;
        }
    }

    #[inline]
    fn push_ascii(&mut self, ascii: &[u8]) {
        let fitting = ascii.len().min(self.0.len());
        let (slots, rest) = core::mem::take(&mut self.0).split_at_mut(fitting);
        for (slot, byte) in slots.iter_mut().zip(ascii) {
            *slot = u16::from(*byte);
        }
        self.0 = rest;
    }
}

/// Iterates over the code points of 16-bit units: joins surrogate pairs, and leaves unpaired
/// surrogates as they are.
struct Joined<'a>(&'a [u16]);

fn is_high(unit: u16) -> bool {
    unit & 0xFC00 == 0xD800
}

fn is_low(unit: u16) -> bool {
    unit & 0xFC00 == 0xDC00
}

impl Iterator for Joined<'_> {
    type Item = u32;

    #[inline(always)]
    fn next(&mut self) -> Option<u32> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        if let (true, [low, behind @ ..]) = (is_high(first), rest) {
            if is_low(*low) {
                self.0 = behind;
                return Some(0x1_0000 + (u32::from(first & 0x3FF) << 10 | u32::from(low & 0x3FF)));
            }
        }
        Some(first.into())
    }
}

fn encoded_len(code_point: u32) -> usize {
    match code_point {
        0..=0x7F => 1,
        0x80..=0x7FF => 2,
        0x800..=0xFFFF => 3,
        _ => 4,
    }
}

/// Returns the length of `units` as WTF-8 in bytes, without a NUL.
pub(crate) fn length_of_utf16(units: &[u16]) -> usize {
    /// The length of so many units fits into 16 bits, so that eight of them are added at a time.
    const CHUNK: usize = 1 << 14;
    if units.len() < 16 {
        return Joined(units).map(encoded_len).sum();
    }
    let bytes = |unit: &u16| 1 + u16::from(*unit > 0x7F) + u16::from(*unit > 0x7FF);
    let length = |chunk: &[u16]| usize::from(chunk.iter().map(bytes).sum::<u16>());
    let all: usize = units.chunks(CHUNK).map(length).sum();
    // A pair has four bytes, where its halves have three each.
    all - 2 * pairs(units)
}

/// Returns the number of surrogate pairs. A high surrogate before a low one always begins a pair.
fn pairs(units: &[u16]) -> usize {
    const CHUNK: usize = 1 << 14;
    let seconds = units.get(1..).unwrap_or_default();
    let is_pair = |(high, low): (&u16, &u16)| u16::from(is_high(*high) & is_low(*low));
    let chunks = units.chunks(CHUNK).zip(seconds.chunks(CHUNK));
    chunks
        .map(|(highs, lows)| usize::from(highs.iter().zip(lows).map(is_pair).sum::<u16>()))
        .sum()
}

/// Converts `units` to WTF-8 without a NUL, and returns the number of bytes.
///
/// If `target` is too short, it is filled to its last byte, and the `Err` is the number of bytes
/// that are needed.
pub(crate) fn from_utf16(units: &[u16], target: &mut [u8]) -> core::result::Result<usize, usize> {
    let mut out = Cursor::new(target);
    for point in Joined(units) {
        encode(point, &mut out);
        if out.overflowed() {
            return Err(length_of_utf16(units));
        }
    }
    Ok(out.len())
}

#[inline(always)]
fn encode(point: u32, out: &mut Cursor) {
    let continuation = |shift: u32| 0x80 | (point >> shift & 0x3F) as u8;
    match point {
        0..=0x7F => out.push(point as u8),
        0x80..=0x7FF => out.push_array([0xC0 | (point >> 6) as u8, continuation(0)]),
        0x800..=0xFFFF => {
            out.push_array([0xE0 | (point >> 12) as u8, continuation(6), continuation(0)]);
        }
        _ => out.push_array([
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
        // Miri is slow: test fewer lengths.
        let most = if cfg!(miri) { 10 } else { 20 };
        for before in 0..most {
            for after in 0..most {
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
    fn surrogates_in_every_order_are_measured_as_they_are_converted() {
        let kinds = [0x61, 0xE9, 0x4E2D, 0xD83D, 0xDE00];
        for number in (0..5usize.pow(5)).step_by(if cfg!(miri) { 31 } else { 1 }) {
            let units: [u16; 5] =
                core::array::from_fn(|at| kinds[number / 5usize.pow(at as u32) % 5]);
            let mut bytes = [0; 15];
            let length = length_of_utf16(&units);
            assert_eq!(from_utf16(&units, &mut bytes), Ok(length));
            let text = String::from_utf16(&units);
            assert!(text.is_err() || text.unwrap().as_bytes() == &bytes[..length]);
        }
    }

    #[test]
    fn long_text_is_measured_as_it_is_converted() {
        let units = [0x4E2D, 0xD83D, 0xDE00].repeat(30_001);
        let mut bytes = vec![0; 7 * 30_001];
        assert_eq!(length_of_utf16(&units), bytes.len());
        assert_eq!(from_utf16(&units, &mut bytes), Ok(bytes.len()));
        assert_eq!(bytes, "中😀".repeat(30_001).as_bytes());
    }

    #[test]
    fn nul_is_a_unit_like_any_other() {
        let mut bytes = [0xAA; 3];
        assert_eq!(from_utf16(&[0x61, 0, 0x62], &mut bytes), Ok(3));
        assert_eq!(&bytes, b"a\0b");
    }

    #[test]
    fn back_and_forth() {
        let step = if cfg!(miri) { 5_003 } else { 7 };
        for point in (0..=0x10_FFFF).step_by(step).filter(|point| *point != 0) {
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
