//! Random bytes.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_loop_t, uv_random_cb, uv_random_t};
use crate::errno::IntoC;
use crate::requests::random;
use core::ffi::{c_int, c_uint, c_void};

/// Fills a buffer with random bytes from the kernel that are fit for cryptography.
///
/// `buf` gets `buflen` bytes, or the call fails; it never fills a part. `flags` must
/// be 0. The bytes come from getrandom(2) or, if that fails, from `/dev/urandom`. Soon
/// after the system has started both may wait until the kernel has enough entropy.
///
/// Without a `cb` the calling thread waits for the bytes; `loop_` and `req` are not
/// used and may be null.
///
/// With a `cb` a thread of the pool fills the buffer. `cb` runs once, on the loop's
/// thread, in the poll phase, never from inside this call, with the request, a status,
/// `buf` and `buflen`. The status is 0, `UV_ECANCELED` after
/// [`uv_cancel`](super::request::uv_cancel), or the error of getrandom(2). `req` and
/// `buf` must stay valid until `cb` has begun; `cb` may free them.
///
/// Returns 0; `UV_E2BIG` if `buflen` is above 2,147,483,647; `UV_EINVAL` if `flags` is
/// not 0, or if `loop_` or `req` is null and `cb` is not. Without a `cb`, returns the
/// error of getrandom(2), such as `UV_ENOSYS`, if `/dev/urandom` fails, too. With one,
/// returns `UV_EAGAIN` or `UV_ENOMEM` if the pool has no thread and none can be made.
/// After an error `cb` does not run.
///
/// Without a `cb` it may be called from any thread. Since libuv 1.33.
///
/// # Safety
/// `buf` is writable for `buflen` bytes until the request is over. With a callback,
/// `req` is memory for a request that nothing else uses, alive until it has run, and
/// `loop_` an initialised loop that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_random(
    loop_: *mut uv_loop_t,
    req: *mut uv_random_t,
    buf: *mut c_void,
    buflen: usize,
    flags: c_uint,
    cb: uv_random_cb,
) -> c_int {
    // SAFETY: `buf` has space for `buflen` bytes until the callback; without `cb`, `loop_` and
    // `req` may be null.
    unsafe { random::start(loop_, req, buf, buflen, flags, cb) }.into_c()
}
