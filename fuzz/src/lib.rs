//! Genuine libuv under the names that `cargo xtask fuzz` gives it, for comparisons in one
//! process. The bindings say what libuv's headers do.

use std::ffi::{c_char, c_int, c_void};

// The library is linked for its C functions.
use uv as _;

unsafe extern "C" {
    /// libuv's own function for host names, which no header of the installed library has.
    pub fn genuine_uv__idna_toascii(
        from: *const c_char,
        from_end: *const c_char,
        to: *mut c_char,
        to_end: *mut c_char,
    ) -> isize;
}

/// A function of both libraries: under its own name it is ours.
macro_rules! both {
    ($($ours:ident, $genuine:ident ($($type:ty),*) $(-> $result:ty)?;)*) => {
        unsafe extern "C" {$(
            pub fn $ours($(_: $type),*) $(-> $result)?;
            pub fn $genuine($(_: $type),*) $(-> $result)?;
        )*}
    };
}

both! {
    uv_wtf8_length_as_utf16, genuine_uv_wtf8_length_as_utf16(*const c_char) -> isize;
    uv_wtf8_to_utf16, genuine_uv_wtf8_to_utf16(*const c_char, *mut u16, usize);
    uv_utf16_length_as_wtf8, genuine_uv_utf16_length_as_wtf8(*const u16, isize) -> usize;
    uv_utf16_to_wtf8, genuine_uv_utf16_to_wtf8(*const u16, isize, *mut *mut c_char, *mut usize) -> c_int;
    uv_inet_pton, genuine_uv_inet_pton(c_int, *const c_char, *mut c_void) -> c_int;
    uv_inet_ntop, genuine_uv_inet_ntop(c_int, *const c_void, *mut c_char, usize) -> c_int;
    uv_ip4_addr, genuine_uv_ip4_addr(*const c_char, c_int, *mut c_void) -> c_int;
    uv_ip6_addr, genuine_uv_ip6_addr(*const c_char, c_int, *mut c_void) -> c_int;
    uv_ip_name, genuine_uv_ip_name(*const c_void, *mut c_char, usize) -> c_int;
}

/// A C string of the bytes before the first NUL.
pub fn c_string(bytes: &[u8]) -> Vec<u8> {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    [text, &[0]].concat()
}
