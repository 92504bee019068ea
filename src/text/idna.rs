//! International host names: each label that is not ASCII becomes `xn--` and its
//! Punycode (RFC 3492), with no mapping or folding beforehand.

use super::Cursor;
use crate::errno::{Errno, Result};

/// Writes the ASCII form of a UTF-8 host name and a NUL to `out`.
///
/// Returns the number of bytes, the NUL included. `EINVAL`: the name is empty, is not UTF-8 or does
/// not fit. `E2BIG`: a label is too long for Punycode's arithmetic.
pub fn to_ascii(host: &[u8], out: &mut [u8]) -> Result<usize> {
    if host.is_empty() {
        return Err(Errno::INVAL);
    }
    let host = core::str::from_utf8(host).map_err(|_| Errno::INVAL)?;
    let mut ascii = Cursor::new(out);
    for piece in host.split_inclusive(is_dot) {
        let label = piece.trim_end_matches(is_dot);
        write_label(label, &mut ascii)?;
        if label.len() < piece.len() {
            ascii.push(b'.');
        }
    }
    ascii.push(0);
    if ascii.overflowed() {
        return Err(Errno::INVAL);
    }
    Ok(ascii.len())
}

/// Returns whether a character separates labels: the full stop and its three East Asian forms.
fn is_dot(character: char) -> bool {
    matches!(character, '.' | '\u{3002}' | '\u{FF0E}' | '\u{FF61}')
}

fn write_label(label: &str, out: &mut Cursor) -> Result {
    if label.is_ascii() {
        out.push_all(label.as_bytes());
        return Ok(());
    }
    out.push_all(b"xn--");
    let mut basic = 0;
    for character in label.chars().filter(char::is_ascii) {
        out.push(character as u8);
        basic += 1;
    }
    if basic > 0 {
        out.push(b'-');
    }
    write_deltas(label, basic, out)
}

/// Writes the positions of the non-ASCII characters in the label, in order of code point.
fn write_deltas(label: &str, basic: u32, out: &mut Cursor) -> Result {
    let mut written = basic;
    let mut delta: u32 = 0;
    let mut bias = 72;
    let mut handled = 0x7F;
    while let Some(next) = label.chars().map(u32::from).filter(|c| *c > handled).min() {
        // Each skipped code point counts once for every position that it could have.
        delta = (next - handled - 1)
            .checked_mul(written + 1)
            .and_then(|skipped| delta.checked_add(skipped))
            .ok_or(Errno::TOOBIG)?;
        for character in label.chars().map(u32::from) {
            if character < next {
                delta = delta.checked_add(1).ok_or(Errno::TOOBIG)?;
            } else if character == next {
                write_number(delta, bias, out);
                bias = adapt(delta, written + 1, written == basic);
                delta = 0;
                written += 1;
            }
        }
        delta = delta.checked_add(1).ok_or(Errno::TOOBIG)?;
        handled = next;
    }
    Ok(())
}

/// Writes a number in Punycode's base 36, least significant digit first. A digit below its
/// threshold is the last one.
fn write_number(mut number: u32, bias: u32, out: &mut Cursor) {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut position = 36;
    loop {
        let threshold = u32::saturating_sub(position, bias).clamp(1, 26);
        if number < threshold {
            break;
        }
        let radix = 36 - threshold;
        let digit = threshold + (number - threshold) % radix;
        out.push(DIGITS[digit as usize]);
        number = (number - threshold) / radix;
        position += 36;
    }
    out.push(DIGITS[number as usize]);
}

/// Returns the bias for the next number, from the size of this one (RFC 3492, 6.1).
fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut bias = 0;
    while delta > 35 * 26 / 2 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ascii(host: &str) -> String {
        let mut out = [0xAA; 256];
        let length = to_ascii(host.as_bytes(), &mut out).unwrap();
        assert_eq!(out[length - 1], 0);
        String::from_utf8(out[..length - 1].to_vec()).unwrap()
    }

    #[test]
    fn ascii_stays() {
        for host in [".", ".com", "example-", "example.com.", "..", "-> $1.00 <-"] {
            assert_eq!(ascii(host), host);
        }
    }

    #[test]
    fn labels_are_encoded_one_by_one() {
        assert_eq!(ascii("ü"), "xn--tda");
        assert_eq!(ascii(".ü."), ".xn--tda.");
        assert_eq!(ascii("café.bücher.com"), "xn--caf-dma.xn--bcher-kva.com");
        assert_eq!(ascii("straße.de"), "xn--strae-oqa.de");
        assert_eq!(ascii("üëäö♥"), "xn--4can8av2009b");
        assert_eq!(ascii("☃-⌘.com"), "xn----dqo34k.com");
        assert_eq!(ascii("💩.la"), "xn--ls8h.la");
    }

    #[test]
    fn rfc_3492_samples() {
        assert_eq!(ascii("他们为什么不说中文"), "xn--ihqwcrb4cv8a8dqg056pqjye");
        assert_eq!(
            ascii("почемужеонинеговорятпорусски"),
            "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l"
        );
        assert_eq!(ascii("3年B組金八先生"), "xn--3B-ww4c5e180e575a65lsy2b");
        assert_eq!(
            ascii("Hello-Another-Way-それぞれの場所"),
            "xn--Hello-Another-Way--fc4qua05auwb3674vfr0b"
        );
    }

    #[test]
    fn other_full_stops() {
        assert_eq!(ascii("a。b．c｡d"), "a.b.c.d");
    }

    #[test]
    fn encoding_twice_changes_nothing() {
        let once = ascii("mañana。com");
        assert_eq!(ascii(&once), once);
    }

    #[test]
    fn names_that_are_refused() {
        let mut out = [0; 256];
        for wrong in [
            &b""[..],
            b"\xC0\x80",
            b"a.\xFF",
            b"\xED\xA0\x80",
            b"\xE2\x82",
        ] {
            assert_eq!(to_ascii(wrong, &mut out), Err(Errno::INVAL), "{wrong:?}");
        }
    }

    #[test]
    fn the_name_and_its_nul_must_fit() {
        let mut out = [0; 4];
        assert_eq!(to_ascii(b"abc", &mut out), Ok(4));
        assert_eq!(to_ascii(b"abcd", &mut out), Err(Errno::INVAL));
        assert_eq!(to_ascii("ü".as_bytes(), &mut out), Err(Errno::INVAL));
        assert_eq!(to_ascii(b"a", &mut []), Err(Errno::INVAL));
    }

    #[test]
    fn arithmetic_that_overflows_is_an_error() {
        let mut long = "a".repeat(5000);
        long.push('\u{10FFFF}');
        assert_eq!(to_ascii(long.as_bytes(), &mut [0; 64]), Err(Errno::TOOBIG));
    }
}
