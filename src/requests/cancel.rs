//! `uv_cancel`.

use crate::abi::*;
use crate::errno::{Errno, Result};

/// Cancels a request that has not begun: its callback runs with `UV_ECANCELED`. Returns `UV_EBUSY`
/// if it has begun, and `UV_EINVAL` for kinds that cannot be cancelled.
pub(crate) fn cancel(req: &uv_req_t) -> Result {
    let at = core::ptr::from_ref(req);
    // SAFETY: a request's type says which struct it is the beginning of.
    unsafe {
        match req.type_.get() {
            UV_WRITE => cancel_write(&*at.cast()),
            UV_FS => cancel_file(&*at.cast()),
            UV_WORK => (*at.cast::<uv_work_t>()).work_req.cancel(),
            UV_RANDOM => (*at.cast::<uv_random_t>()).work_req.cancel(),
            UV_GETADDRINFO => (*at.cast::<uv_getaddrinfo_t>()).work_req.cancel(),
            UV_GETNAMEINFO => (*at.cast::<uv_getnameinfo_t>()).work_req.cancel(),
            _ => Err(Errno::INVAL),
        }
    }
}

/// Cancels a file request. In the loop's io_uring it can be cancelled even if it has begun.
fn cancel_file(req: &uv_fs_t) -> Result {
    match req.cancel_in_uring() {
        Some(cancelled) => cancelled,
        None => req.work_req.cancel(),
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
