//! Random bytes.

use crate::abi::{uv_loop_t, uv_random_cb, uv_random_t};
use crate::errno::IntoC;
use crate::requests::random;
use core::ffi::{c_int, c_uint, c_void};

/// Fills `buflen` bytes with random ones from the kernel, fit for cryptography.
///
/// With a `cb` the request goes to the thread pool and 0 is returned; `cb` then runs on
/// the loop's thread with the request, a status (0, `UV_ECANCELED` after
/// [`uv_cancel`](super::request::uv_cancel), or another error), `buf` and `buflen`; the
/// request may be freed then. Without one the calling thread waits, which it may have
/// to soon after the system has started; `loop_` and `req` may then be null.
///
/// Never fills a part: it is all or an error. Returns 0; `UV_E2BIG` for more than
/// 2,147,483,647 bytes; `UV_EINVAL` for `flags` other than 0, or a `cb` without `loop_`
/// or `req`; or, without a `cb`, an error of `getrandom(2)`: where that fails, the bytes
/// come from `/dev/urandom`, and its error is returned when that cannot be read either.
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
    // SAFETY: as this function's own contract.
    unsafe { random::start(loop_, req, buf, buflen, flags, cb) }.into_c()
}
