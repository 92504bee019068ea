//! Taking a request back.

use crate::abi::*;
use crate::errno::{Errno, Result};

/// Takes back what has not begun: the request's callback will run with ECANCELED.
/// EBUSY when it is too late, EINVAL for kinds that cannot be taken back.
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

/// A request in the loop's io_uring can be taken back even when it has begun.
fn cancel_file(req: &uv_fs_t) -> Result {
    match req.cancel_in_uring() {
        Some(cancelled) => cancelled,
        None => req.work_req.cancel(),
    }
}

/// A write that has ended already keeps its own status, which is no error here.
fn cancel_write(req: &uv_write_t) -> Result {
    // SAFETY: the stream stays alive while its requests do.
    if unsafe { &*req.handle.get() }.is_closing() {
        return Err(Errno::BUSY);
    }
    req.cancel();
    Ok(())
}
