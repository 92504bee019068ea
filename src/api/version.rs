//! The version.

use crate::abi::UV_VERSION_HEX;
use core::ffi::{c_char, c_uint};

/// The version of libuv that the library stands in for: `uv_version_string`'s text.
const TEXT: &core::ffi::CStr = c"1.53.0";

/// Returns the version of libuv that the library stands in for, as the number
/// `UV_VERSION_HEX`: the major version from bit 16 on, the minor version in bits 8 to
/// 15, the patch level in bits 0 to 7.
///
/// The constant of that name is the header's; this function tells the version of the
/// library that runs. May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_version() -> c_uint {
    UV_VERSION_HEX
}

/// Returns the version of libuv that the library stands in for, as text, such as
/// `1.53.0`.
///
/// The text is constant and must not be freed. May be called from any thread.
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
