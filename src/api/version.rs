//! The version.

use crate::abi::UV_VERSION_HEX;
use core::ffi::{c_char, c_uint};

/// The version of libuv that the library stands in for: `uv_version_string`'s text.
const TEXT: &core::ffi::CStr = c"1.53.0";

/// Gives the version of libuv that the library stands in for, as a number.
///
/// Returns major in bits 16 and up, minor in bits 8 to 15, patch in the lowest 8.
#[unsafe(no_mangle)]
pub extern "C" fn uv_version() -> c_uint {
    UV_VERSION_HEX
}

/// Gives the version of libuv that the library stands in for, as a text.
///
/// Returns a constant, such as `1.53.0`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_version_string() -> *const c_char {
    TEXT.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{UV_VERSION_MAJOR, UV_VERSION_MINOR, UV_VERSION_PATCH};

    #[test]
    fn number_and_text_agree() {
        let text = format!("{UV_VERSION_MAJOR}.{UV_VERSION_MINOR}.{UV_VERSION_PATCH}");
        assert_eq!(TEXT.to_str(), Ok(text.as_str()));
        assert_eq!(text, env!("CARGO_PKG_VERSION"));
        assert_eq!(uv_version(), 0x01_3500);
    }
}
