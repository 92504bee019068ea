//! `uv_work_t`: functions of the caller's on the thread pool.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::{uv_after_work_cb, uv_loop_t, uv_work_cb, uv_work_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Calls `work_cb` on a thread of the pool, and then `after_work_cb` on the loop's
/// thread.
///
/// `work_cb` must not be null. It runs with the request, and may begin before this call
/// returns. It may block, and may use of the library only what any thread may call. The
/// threads take work in the order in which it came; several run at once.
///
/// `after_work_cb` may be null. It runs on the loop's thread, in the poll phase, never
/// from inside this call, with the request and a status: 0, or `UV_ECANCELED` if
/// [`uv_cancel`](super::request::uv_cancel) took the request back before a thread had
/// begun with it. It runs once, and not before `work_cb` has returned.
///
/// `req` keeps the loop alive. It must stay valid until `after_work_cb` has begun,
/// which may free it; without that callback, until the loop has no request left.
/// `req->data` is kept.
///
/// All loops, and the requests for files, names and random bytes, share one pool. Its
/// threads are made on first use: 4, or as many as the environment variable
/// `UV_THREADPOOL_SIZE` says, 1 to 1,024. A program with more rights than its caller
/// (secure_getenv(3)) ignores the variable. Each thread has a stack of 8 MiB and the
/// name `libuv-worker`.
///
/// Returns 0; `UV_EINVAL` if `work_cb` is null; `UV_EAGAIN` or `UV_ENOMEM` if the pool
/// has no thread and none can be made. After an error no callback runs.
///
/// Since libuv 1.30 up to 1,024 threads (128 before); since 1.45 stacks of 8 MiB; since
/// 1.50 named threads.
///
/// # Safety
/// `loop_` is an initialised loop; `req` is memory for a request that nothing else uses
/// and that lives until `after_work_cb` has been called or, without one, until the loop
/// has no request left. `work_cb` may run on any thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_queue_work(
    loop_: *mut uv_loop_t,
    req: *mut uv_work_t,
    work_cb: uv_work_cb,
    after_work_cb: uv_after_work_cb,
) -> c_int {
    // SAFETY: both are alive, and every field of the request may hold anything before
    // it is set.
    unsafe { (*req).queue(&*loop_, work_cb, after_work_cb) }.into_c()
}
