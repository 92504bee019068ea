//! Conditions and barriers. (Threading and synchronization utilities)
//!
//! As in `sync.rs`, the objects are the C library's own, in memory of the caller, belong to no
//! loop, and may be used on any thread.

use crate::abi::{uv_barrier_t, uv_cond_t, uv_mutex_t};
use crate::errno::IntoC;
use crate::sys::sync;
use core::ffi::{c_int, c_uint};

/// Makes a condition variable, on which threads wait until another thread signals it.
///
/// Its memory must stay where it is until `uv_cond_destroy`. Time-outs on it go by the
/// monotonic clock, so setting the system's clock does not change them.
///
/// May be called from any thread. Returns 0, or the negated error of pthread_cond_init(3),
/// which glibc never gives.
///
/// # Safety
/// `cond` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_init(cond: *mut uv_cond_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::cond_init(cond) }.into_c()
}

/// Destroys a condition variable that no thread waits on. Its memory may be freed then.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_destroy(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_destroy(cond) };
}

/// Wakes at least one of the threads that wait on a condition variable. Without any it does
/// nothing, and is not remembered.
///
/// The calling thread need not hold the mutex. It should have changed what the others wait
/// for while it held that.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_signal(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_signal(cond) };
}

/// Wakes all threads that wait on a condition variable. Without any it does nothing, and is
/// not remembered.
///
/// The calling thread need not hold the mutex. It should have changed what the others wait
/// for while it held that.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_broadcast(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_broadcast(cond) };
}

/// Unlocks `mutex` and waits on a condition variable in one step, and locks `mutex` again
/// before it returns.
///
/// The calling thread holds `mutex`, once. The call may also return without a signal: call
/// it in a loop that checks what the thread waits for. All threads that wait on `cond` at
/// one time pass the same mutex.
///
/// # Safety
/// `cond` has been initialised and not been destroyed, nor has `mutex`, which the calling thread
/// holds and all others use that wait for the condition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_wait(cond: *mut uv_cond_t, mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such objects.
    unsafe { sync::cond_wait(cond, mutex) };
}

/// Waits on a condition variable as `uv_cond_wait` does, but for at most `timeout`
/// nanoseconds from the call on.
///
/// A `timeout` of 0 does not wait. `UINT64_MAX` waits without limit. Setting the system's
/// clock does not change the time-out. The calling thread holds `mutex`, once, before and
/// after the call, whatever it returns.
///
/// Returns 0 after a signal, or without one: check what the thread waits for. Returns
/// `UV_ETIMEDOUT` if the time has passed.
///
/// # Safety
/// `cond` has been initialised and not been destroyed, nor has `mutex`, which the calling thread
/// holds and all others use that wait for the condition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_timedwait(
    cond: *mut uv_cond_t,
    mutex: *mut uv_mutex_t,
    timeout: u64,
) -> c_int {
    // SAFETY: the caller passes such objects.
    unsafe { sync::cond_timedwait(cond, mutex, timeout) }.into_c()
}

/// Makes a barrier, at which `count` threads wait for one another.
///
/// Its memory must stay where it is until `uv_barrier_destroy`.
///
/// May be called from any thread. Returns 0, or `UV_EINVAL` if `count` is 0 or above
/// 2147483646.
///
/// # Safety
/// `barrier` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_init(barrier: *mut uv_barrier_t, count: c_uint) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::barrier_init(barrier, count) }.into_c()
}

/// Waits until as many threads wait at the barrier as `uv_barrier_init` was told. Then all
/// go on, and the barrier can be used again.
///
/// Returns 1 in one of these threads, whichever, and 0 in the others. The one with 1 may
/// destroy the barrier if no thread will wait there again.
///
/// # Safety
/// `barrier` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_wait(barrier: *mut uv_barrier_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::barrier_wait(barrier) }.into()
}

/// Destroys a barrier at which no thread waits. Its memory may be freed then.
///
/// The call waits until all threads that the barrier has let go have returned from
/// `uv_barrier_wait`.
///
/// # Safety
/// `barrier` has been initialised and not been destroyed.
/// No thread waits at it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_destroy(barrier: *mut uv_barrier_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::barrier_destroy(barrier) };
}
