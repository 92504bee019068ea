//! Requests: what all of them share, and those that no handle owns.

pub(crate) mod dns;
pub(crate) mod fs;
pub(crate) mod random;
mod work;

use crate::abi::*;
use crate::errno::{Errno, Result};
use core::ffi::c_char;
use core::ptr::null;

/// Returns the name of a request type; null if it is unknown.
pub(crate) fn type_name(of: uv_req_type) -> *const c_char {
    let found = REQ_NAMES.iter().find(|(kind, _)| *kind == of);
    found.map_or(null(), |(_, name)| name.as_ptr())
}

/// Returns the size of a request type; `SIZE_MAX` if it is unknown.
pub(crate) fn size(of: uv_req_type) -> usize {
    match of {
        UV_REQ => size_of::<uv_req_t>(),
        UV_CONNECT => size_of::<uv_connect_t>(),
        UV_WRITE => size_of::<uv_write_t>(),
        UV_SHUTDOWN => size_of::<uv_shutdown_t>(),
        UV_UDP_SEND => size_of::<uv_udp_send_t>(),
        UV_FS => size_of::<uv_fs_t>(),
        UV_WORK => size_of::<uv_work_t>(),
        UV_GETADDRINFO => size_of::<uv_getaddrinfo_t>(),
        UV_GETNAMEINFO => size_of::<uv_getnameinfo_t>(),
        UV_RANDOM => size_of::<uv_random_t>(),
        _ => usize::MAX,
    }
}

/// Cancels a request that has not begun: its callback runs with `UV_ECANCELED`. Returns `UV_EBUSY`
/// if it has begun, and `UV_EINVAL` for kinds that cannot be cancelled.
pub(crate) fn cancel(req: &uv_req_t) -> Result {
    let at = core::ptr::from_ref(req);
    // SAFETY: a request's type says which struct it is the beginning of.
    unsafe {
        match req.type_.get() {
            UV_WRITE => cancel_write(&*at.cast()),
            UV_FS => (*at.cast::<uv_fs_t>()).cancel(),
            UV_WORK => (*at.cast::<uv_work_t>()).work_req.cancel(),
            UV_RANDOM => (*at.cast::<uv_random_t>()).work_req.cancel(),
            UV_GETADDRINFO => (*at.cast::<uv_getaddrinfo_t>()).work_req.cancel(),
            UV_GETNAMEINFO => (*at.cast::<uv_getnameinfo_t>()).work_req.cancel(),
            _ => Err(Errno::INVAL),
        }
    }
}

/// Cancels a write. One that has ended keeps its own status, and 0 is returned.
fn cancel_write(req: &uv_write_t) -> Result {
    // SAFETY: the stream stays alive while its requests do.
    if unsafe { &*req.handle.get() }.is_closing() {
        return Err(Errno::BUSY);
    }
    req.cancel();
    Ok(())
}
