//! `uv_work_t`: functions of the caller's on the thread pool.

use crate::abi::{uv_after_work_cb, uv_loop_t, uv_work_cb, uv_work_t};
use crate::errno::IntoC;
use core::ffi::c_int;

/// Has `work_cb` run with the request on a thread of the pool, and then `after_work_cb`
/// with the request and a status on the loop's.
///
/// The pool is one for all loops. Its threads are made on first use: four, or as many
/// as the environment variable `UV_THREADPOOL_SIZE` says, up to 1,024; a program that runs
/// with more rights than its caller does not use it (secure_getenv(3)). Each has a stack of
/// 8 MiB.
///
/// `after_work_cb`, which may be null, gets status 0, or `UV_ECANCELED` when
/// [`uv_cancel`](super::request::uv_cancel) took the request back before a thread had
/// begun with it. It may free the request.
///
/// Returns 0; `UV_EINVAL` when `work_cb` is null; an error such as `UV_EAGAIN` when no
/// thread could be made. Only after 0 does either callback run.
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
