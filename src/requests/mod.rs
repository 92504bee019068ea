//! Requests: what all of them share, and those that no handle owns.

mod cancel;
pub(crate) mod dns;
pub(crate) mod fs;
pub(crate) mod random;
mod work;

pub(crate) use cancel::cancel;

use crate::abi::*;
use core::ffi::{CStr, c_char};
use core::ptr::null;

/// Returns a request type's name and size.
fn kind(kind: uv_req_type) -> Option<(&'static CStr, usize)> {
    Some(match kind {
        UV_REQ => (c"req", size_of::<uv_req_t>()),
        UV_CONNECT => (c"connect", size_of::<uv_connect_t>()),
        UV_WRITE => (c"write", size_of::<uv_write_t>()),
        UV_SHUTDOWN => (c"shutdown", size_of::<uv_shutdown_t>()),
        UV_UDP_SEND => (c"udp_send", size_of::<uv_udp_send_t>()),
        UV_FS => (c"fs", size_of::<uv_fs_t>()),
        UV_WORK => (c"work", size_of::<uv_work_t>()),
        UV_GETADDRINFO => (c"getaddrinfo", size_of::<uv_getaddrinfo_t>()),
        UV_GETNAMEINFO => (c"getnameinfo", size_of::<uv_getnameinfo_t>()),
        UV_RANDOM => (c"random", size_of::<uv_random_t>()),
        _ => return None,
    })
}

/// Returns the name of a request type; null if it is unknown.
pub(crate) fn type_name(of: uv_req_type) -> *const c_char {
    kind(of).map_or(null(), |(name, _)| name.as_ptr())
}

/// Returns the size of a request type; `SIZE_MAX` if it is unknown.
pub(crate) fn size(of: uv_req_type) -> usize {
    kind(of).map_or(usize::MAX, |(_, size)| size)
}
