//! Internet addresses: what is read, what is refused and what is written are genuine
//! libuv's.

#![no_main]

use libfuzzer_sys::fuzz_target;
use libuv_rs_fuzz::*;
use std::ffi::{c_char, c_int, c_void};

const AF_INET: c_int = 2;
const AF_INET6: c_int = 10;

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    match how % 3 {
        0 => parse(&c_string(text)),
        1 => addresses(&c_string(text), c_int::from(*how) * 401 - 20_000),
        _ => print(text, usize::from(how / 3)),
    }
});

fn both<const N: usize>(mut call: impl FnMut(bool, *mut c_void) -> c_int) {
    let (mut got, mut expected) = ([0xAAu8; N], [0xAAu8; N]);
    let ours = call(true, got.as_mut_ptr().cast());
    let genuine = call(false, expected.as_mut_ptr().cast());
    assert_eq!((ours, got), (genuine, expected));
}

/// The address before the zone, as long as libuv copies it before it reads it: what is
/// longer it cuts (a documented difference).
fn is_cut(text: &[u8]) -> bool {
    const LONGEST: usize = 45;
    let address = text.split(|byte| *byte == b'%').next().unwrap_or_default();
    text.contains(&b'%') && address.len() > LONGEST
}

fn parse(text: &[u8]) {
    let c: *const c_char = text.as_ptr().cast();
    for family in [AF_INET, AF_INET6, 1] {
        if is_cut(text) {
            continue;
        }
        // SAFETY: the text ends in a NUL, and an address of 16 bytes fits.
        both::<16>(|ours, to| unsafe {
            match ours {
                true => uv_inet_pton(family, c, to),
                false => genuine_uv_inet_pton(family, c, to),
            }
        });
    }
}

fn addresses(text: &[u8], port: c_int) {
    let c: *const c_char = text.as_ptr().cast();
    // SAFETY: the text ends in a NUL, and any address fits into so many bytes.
    both::<64>(|ours, to| unsafe {
        match ours {
            true => uv_ip4_addr(c, port, to.cast()),
            false => genuine_uv_ip4_addr(c, port, to),
        }
    });
    if is_cut(text) {
        return;
    }
    // SAFETY: the same.
    both::<64>(|ours, to| unsafe {
        match ours {
            true => uv_ip6_addr(c, port, to.cast()),
            false => genuine_uv_ip6_addr(c, port, to),
        }
    });
}

fn print(bytes: &[u8], size: usize) {
    let mut address = [0u8; 16];
    let length = bytes.len().min(16);
    address[..length].copy_from_slice(&bytes[..length]);
    let from: *const c_void = address.as_ptr().cast();
    let size = size.min(64);
    for family in [AF_INET, AF_INET6, 1] {
        // SAFETY: the address has 16 bytes, and the text at most `size`.
        both::<64>(|ours, to| unsafe {
            match ours {
                true => uv_inet_ntop(family, from, to.cast(), size),
                false => genuine_uv_inet_ntop(family, from, to.cast(), size),
            }
        });
    }
    // A sockaddr_in6 has 28 bytes, and 16-bit alignment for its family.
    let mut name = [0u32; 7];
    let family = if size % 2 == 0 { AF_INET } else { AF_INET6 };
    name[0] = family as u32;
    for (word, bytes) in name[1..].iter_mut().zip(bytes.chunks_exact(4)) {
        *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    // SAFETY: the name is as large as its family says, and the text at most `size`.
    both::<64>(|ours, to| unsafe {
        match ours {
            true => uv_ip_name(name.as_ptr().cast(), to.cast(), size),
            false => genuine_uv_ip_name(name.as_ptr().cast(), to.cast(), size),
        }
    });
}
