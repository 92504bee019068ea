//! Internet addresses as text, by libuv's rules rather than the C library's: they are
//! the same on every platform.

use super::{Cursor, parse};
use crate::errno::{Errno, Result};
use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};

/// The longest text of an address, `ffff:…:255.255.255.255`, without a NUL.
const LONGEST: usize = 45;

/// Writes an IPv4 address and a NUL.
///
/// Returns the number of bytes before the NUL, or `ENOSPC` without changing `out`.
pub(crate) fn ntop4(address: [u8; 4], out: &mut [u8]) -> Result<usize> {
    let mut buffer = [0; LONGEST];
    let mut text = Cursor::new(&mut buffer);
    // Writing to a cursor does not fail.
    let _ = write!(text, "{}", Ipv4Addr::from(address));
    finish(text, out)
}

/// Writes an IPv6 address in its shortest form and a NUL.
///
/// Returns the number of bytes before the NUL, or `ENOSPC` without changing `out`.
pub(crate) fn ntop6(address: [u8; 16], out: &mut [u8]) -> Result<usize> {
    let mut buffer = [0; LONGEST];
    let mut text = Cursor::new(&mut buffer);
    let [.., a, b, c, d] = address;
    // Writing to a cursor does not fail.
    let _ = match Ipv6Addr::from(address).segments() {
        // libuv shows the last two groups as an IPv4 address here, which std does not.
        [0, 0, 0, 0, 0, 0, group, _] if group != 0 => write!(text, "::{a}.{b}.{c}.{d}"),
        _ => write!(text, "{}", Ipv6Addr::from(address)),
    };
    finish(text, out)
}

/// Copies `text` and a NUL if both fit.
fn finish(text: Cursor, out: &mut [u8]) -> Result<usize> {
    let text = text.into_written();
    let length = text.len();
    if length >= out.len() {
        return Err(Errno::NOSPC);
    }
    out[..length].copy_from_slice(text);
    out[length] = 0;
    Ok(length)
}

/// Parses an IPv4 address: four decimal numbers with dots between them, without leading zeros.
pub(crate) fn pton4(text: &[u8]) -> Result<[u8; 4]> {
    parse(text)
        .map(|address: Ipv4Addr| address.octets())
        .ok_or(Errno::INVAL)
}

/// Parses an IPv6 address, without its zone (`%eth0`).
pub(crate) fn pton6(text: &[u8]) -> Result<[u8; 16]> {
    pton6_alone(split_zone(text).0)
}

/// Parses an IPv6 address that has no zone.
pub(crate) fn pton6_alone(text: &[u8]) -> Result<[u8; 16]> {
    parse(text)
        .map(|address: Ipv6Addr| address.octets())
        .ok_or(Errno::INVAL)
}

/// Splits a text into the address and the zone after a `%`.
pub(crate) fn split_zone(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == b'%') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown6(groups: [u16; 8]) -> String {
        let mut out = [0xAA; LONGEST + 1];
        let length = ntop6(Ipv6Addr::from(groups).octets(), &mut out).unwrap();
        assert_eq!(out[length], 0);
        String::from_utf8(out[..length].to_vec()).unwrap()
    }

    #[test]
    fn ipv6_is_shortened() {
        assert_eq!(shown6([0; 8]), "::");
        assert_eq!(shown6([0, 0, 0, 0, 0, 0, 0, 1]), "::1");
        assert_eq!(shown6([0, 0, 0, 0, 0, 0, 1, 2]), "::0.1.0.2");
        assert_eq!(
            shown6([0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1]),
            "::ffff:127.0.0.1"
        );
        assert_eq!(shown6([0, 0, 0, 0, 0, 1, 0x7F00, 1]), "::1:7f00:1");
        assert_eq!(shown6([1, 0, 0, 0, 0, 0, 0, 0]), "1::");
        assert_eq!(shown6([1, 0, 0, 2, 0, 0, 3, 4]), "1::2:0:0:3:4");
        assert_eq!(shown6([1, 0, 0, 2, 0, 0, 0, 4]), "1:0:0:2::4");
        assert_eq!(shown6([1, 0, 2, 0, 3, 0, 4, 0]), "1:0:2:0:3:0:4:0");
        assert_eq!(shown6([0, 0, 1, 0, 0, 0, 0, 0]), "0:0:1::");
        assert_eq!(
            shown6([0xFFFF; 8]),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        );
    }

    #[test]
    fn text_and_nul_must_fit() {
        let mut out = [0xAA; 10];
        assert_eq!(ntop4([127, 0, 0, 1], &mut out[..9]), Err(Errno::NOSPC));
        assert_eq!(out, [0xAA; 10]);
        assert_eq!(ntop4([127, 0, 0, 1], &mut out), Ok(9));
        assert_eq!(&out, b"127.0.0.1\0");
        assert_eq!(ntop6([0; 16], &mut out[..2]), Err(Errno::NOSPC));
        assert_eq!(ntop6([0; 16], &mut out[..3]), Ok(2));
        assert_eq!(ntop4([0; 4], &mut []), Err(Errno::NOSPC));
    }

    #[test]
    fn ipv4_is_read_strictly() {
        assert_eq!(pton4(b"255.0.10.1"), Ok([255, 0, 10, 1]));
        for wrong in [
            &b""[..],
            b"1.2.3",
            b"1.2.3.4.",
            b"1.2.3.4.5",
            b"01.2.3.4",
            b"1.2.3.256",
            b" 1.2.3.4",
            b"1..2.3",
            b"1.2.3.4%lo",
            b"\xFF",
        ] {
            assert_eq!(pton4(wrong), Err(Errno::INVAL), "{wrong:?}");
        }
    }

    #[test]
    fn ipv6_is_read_with_its_zone_left_out() {
        let one = Ok(Ipv6Addr::LOCALHOST.octets());
        assert_eq!(pton6(b"::1"), one);
        assert_eq!(pton6(b"::1%eth0"), one);
        assert_eq!(pton6(b"::1%"), one);
        assert_eq!(pton6(b"0:0:0:0:0:0:0:1"), one);
        assert_eq!(pton6(b"::0.0.0.1"), one);
        for wrong in [
            &b""[..],
            b":",
            b":::",
            b"1::2::3",
            b"1:2:3:4:5:6:7:8:9",
            b"::1:2:3:4:5:6:7:8",
            b"00001::",
            b"g::",
            b"%lo",
            b"::1.2.3.256",
            b"1.2.3.4",
        ] {
            assert_eq!(pton6(wrong), Err(Errno::INVAL), "{wrong:?}");
        }
    }
}
