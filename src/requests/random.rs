//! `uv_random`.

use crate::abi::{UV_RANDOM, uv__work, uv_loop_t, uv_random_cb, uv_random_t};
use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::queue::container_of;
use crate::event_loop::threadpool::Pace;
use crate::sys::random;
use core::ffi::{c_int, c_uint, c_void};

/// The most bytes of one request.
const MAX_BYTES: usize = 0x7fff_ffff;

/// Fills `buf` with random bytes: before it returns, or with a callback on the thread pool.
///
/// # Safety
/// `buf` is writable for `len` bytes until the request is over. With a callback,
/// `loop_` is null or an initialised loop that outlives the request, and `req` is null
/// or memory for a request that lives until the callback has run.
pub(crate) unsafe fn start(
    loop_: *mut uv_loop_t,
    req: *mut uv_random_t,
    buf: *mut c_void,
    len: usize,
    flags: c_uint,
    cb: uv_random_cb,
) -> Result {
    if len > MAX_BYTES {
        return Err(Errno::TOOBIG);
    }
    if flags != 0 {
        return Err(Errno::INVAL);
    }
    if cb.is_none() {
        // SAFETY: `buf` is writable for `len` bytes.
        return unsafe { random::fill(buf.cast(), len) };
    }
    // SAFETY: `loop_` is null or an initialised loop, and `req` null or memory for a request.
    let (loop_, req) = unsafe { (loop_.as_ref(), req.as_ref()) };
    let (Some(loop_), Some(req)) = (loop_, req) else {
        return Err(Errno::INVAL);
    };
    req.base.init(loop_, UV_RANDOM);
    req.loop_.set(core::ptr::from_ref(loop_).cast_mut());
    req.status.set(0);
    req.cb.set(cb);
    req.buf.set(buf);
    req.buflen.set(len);
    req.work_req
        .submit(loop_, Pace::Quick, Some(fill), Some(filled))
        .inspect_err(|_| loop_.req_unregister())
}

unsafe extern "C" fn fill(job: *mut uv__work) {
    // SAFETY: the job is the one in such a request, whose owner keeps it and its
    // buffer alive until the callback has begun.
    unsafe {
        let req = &*container_of!(job, uv_random_t, work_req);
        let filled = random::fill(req.buf.get().cast(), req.buflen.get());
        req.status.set(filled.into_c());
    }
}

unsafe extern "C" fn filled(job: *mut uv__work, status: c_int) {
    let at = container_of!(job, uv_random_t, work_req);
    // SAFETY: the request and its loop live until the callback, which is called last. It may
    // free the request, which is not touched afterwards.
    unsafe {
        let req = &*at;
        (*req.loop_.get()).req_unregister();
        let status = match status {
            0 => req.status.get(),
            error => error,
        };
        if let Some(cb) = req.cb.get() {
            cb(at, status, req.buf.get(), req.buflen.get());
        }
    }
}
