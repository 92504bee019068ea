//! WTF-8 and UTF-16: lengths, errors and texts are genuine libuv's, both ways.

#![no_main]

use libfuzzer_sys::fuzz_target;
use libuv_rs_fuzz::*;
use std::ffi::{c_char, c_int};

fuzz_target!(|bytes: &[u8]| {
    let Some((how, text)) = bytes.split_first() else {
        return;
    };
    if how % 2 == 0 {
        to_utf16(&c_string(text));
    } else {
        let units: Vec<u16> = text
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        to_wtf8(&units, usize::from(how / 2));
    }
});

fn to_utf16(text: &[u8]) {
    let text: *const c_char = text.as_ptr().cast();
    // SAFETY: the text ends in a NUL.
    let (ours, genuine) = unsafe {
        (
            uv_wtf8_length_as_utf16(text),
            genuine_uv_wtf8_length_as_utf16(text),
        )
    };
    assert_eq!(ours, genuine);
    let Ok(length) = usize::try_from(genuine) else {
        return;
    };
    let (mut got, mut expected) = (vec![0xAAAAu16; length], vec![0xBBBBu16; length]);
    // SAFETY: the slices have as many units as the library asked for.
    unsafe {
        uv_wtf8_to_utf16(text, got.as_mut_ptr(), length);
        genuine_uv_wtf8_to_utf16(text, expected.as_mut_ptr(), length);
    }
    assert_eq!(got, expected);
}

type ToWtf8 = unsafe extern "C" fn(*const u16, isize, *mut *mut c_char, *mut usize) -> c_int;

/// The result, the length that was reported, and what was written into so much room.
fn into_room(call: ToWtf8, units: &[u16], length: isize, room: usize) -> (c_int, usize, Vec<u8>) {
    // One byte more than is said, for the NUL.
    let mut bytes = vec![0u8; room + 1];
    let mut to: *mut c_char = bytes.as_mut_ptr().cast();
    let mut reported = room;
    // SAFETY: there is room for so many bytes and a NUL, and there are so many units.
    let result = unsafe { call(units.as_ptr(), length, &mut to, &mut reported) };
    (result, reported, bytes)
}

fn first_length(units: &[u16]) -> usize {
    let first = char::decode_utf16(units.iter().copied()).next();
    first.map_or(0, |first| first.map_or(3, char::len_utf8))
}

fn to_wtf8(units: &[u16], room: usize) {
    let ended = [units, &[0]].concat();
    for length in [units.len() as isize, -1] {
        // SAFETY: there are so many units, and a NUL behind them.
        let (ours, genuine) = unsafe {
            (
                uv_utf16_length_as_wtf8(ended.as_ptr(), length),
                genuine_uv_utf16_length_as_wtf8(ended.as_ptr(), length),
            )
        };
        assert_eq!(ours, genuine);
        for room in [room, genuine] {
            // libuv counts the room twice where not even the first character fits.
            if room < first_length(units) {
                continue;
            }
            assert_eq!(
                into_room(uv_utf16_to_wtf8, &ended, length, room),
                into_room(genuine_uv_utf16_to_wtf8, &ended, length, room),
                "{units:x?} ({length}) into {room}"
            );
        }
    }
}
