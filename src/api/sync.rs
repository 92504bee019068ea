//! Locks, semaphores, conditions, barriers, once, thread-local values. (Threading and
//! synchronization utilities)
//!
//! The objects are the system's own. Functions that return nothing end the process when
//! an object is used wrongly: unlocking what is not locked, destroying what is in use.

use crate::abi::{uv_barrier_t, uv_cond_t, uv_key_t, uv_mutex_t, uv_once_t, uv_rwlock_t, uv_sem_t};
use crate::errno::IntoC;
use crate::sys::sync;
use core::ffi::{c_int, c_uint, c_void};

/// Makes a mutex: a lock that one thread holds at a time.
///
/// Returns 0, or what the system says.
///
/// # Safety
/// `mutex` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_init(mutex: *mut uv_mutex_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::mutex_init(mutex, false) }.into_c()
}

/// Makes a mutex that the thread which holds it may lock again. It is free when it has been
/// unlocked as many times as locked.
///
/// Returns 0, or what the system says.
///
/// # Safety
/// `mutex` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_init_recursive(mutex: *mut uv_mutex_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::mutex_init(mutex, true) }.into_c()
}

/// Destroys a mutex that no thread holds.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_destroy(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_destroy(mutex) };
}

/// Locks a mutex, once the thread that holds it has unlocked it.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
/// Unless it is recursive, the calling thread does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_lock(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_lock(mutex) };
}

/// Locks a mutex if no thread holds it.
///
/// Returns 0, or `UV_EBUSY` if a thread does.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_trylock(mutex: *mut uv_mutex_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_trylock(mutex) }.into_c()
}

/// Unlocks a mutex.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
/// The calling thread holds it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_unlock(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_unlock(mutex) };
}

/// Makes a lock that either several threads hold to read or one to write.
///
/// Returns 0, or what the system says.
///
/// # Safety
/// `rwlock` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_init(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::rwlock_init(rwlock) }.into_c()
}

/// Destroys a read-write lock that no thread holds.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_destroy(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_destroy(rwlock) };
}

/// Locks to read, once no thread holds the lock to write.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread does not hold it to write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_rdlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_rdlock(rwlock) };
}

/// Locks to read if no thread holds the lock to write.
///
/// Returns 0, or `UV_EBUSY` if a thread does.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_tryrdlock(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_tryrdlock(rwlock) }.into_c()
}

/// Unlocks what was locked to read.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread holds it to read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_rdunlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_unlock(rwlock) };
}

/// Locks to write, once no thread holds the lock.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_wrlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_wrlock(rwlock) };
}

/// Locks to write if no thread holds the lock.
///
/// Returns 0, or `UV_EBUSY` if a thread does.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_trywrlock(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_trywrlock(rwlock) }.into_c()
}

/// Unlocks what was locked to write.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread holds it to write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_wrunlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_unlock(rwlock) };
}

/// Makes a semaphore: a count that starts at `value`.
///
/// Returns 0, or `UV_EINVAL` when `value` is more than an `int` holds.
///
/// # Safety
/// `sem` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_init(sem: *mut uv_sem_t, value: c_uint) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::sem_init(sem, value) }.into_c()
}

/// Destroys a semaphore that no thread waits for.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_destroy(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_destroy(sem) };
}

/// Adds one to a semaphore, which lets one waiting thread go on.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_post(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_post(sem) };
}

/// Takes one from a semaphore, once there is one.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_wait(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_wait(sem) };
}

/// Takes one from a semaphore if there is one.
///
/// Returns 0, or `UV_EAGAIN` when there is none.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_trywait(sem: *mut uv_sem_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_trywait(sem) }.into_c()
}

/// Makes a condition that threads wait for.
///
/// Returns 0, or what the system says.
///
/// # Safety
/// `cond` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_init(cond: *mut uv_cond_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::cond_init(cond) }.into_c()
}

/// Destroys a condition that no thread waits for.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_destroy(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_destroy(cond) };
}

/// Lets one of the threads go on that wait for a condition, if there are any.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_signal(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_signal(cond) };
}

/// Lets all threads go on that wait for a condition.
///
/// # Safety
/// `cond` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_broadcast(cond: *mut uv_cond_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::cond_broadcast(cond) };
}

/// Unlocks `mutex`, waits for a condition and locks `mutex` again.
///
/// It may also return without a reason: look whether what you wait for is the case.
///
/// # Safety
/// `cond` has been initialised and not been destroyed, nor has `mutex`, which the calling thread
/// holds and all others use that wait for the condition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cond_wait(cond: *mut uv_cond_t, mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such objects.
    unsafe { sync::cond_wait(cond, mutex) };
}

/// Waits for a condition as `uv_cond_wait` does, for at most `timeout` nanoseconds from now.
/// Setting the system's clock does not matter.
///
/// Returns 0, or `UV_ETIMEDOUT` when the time has passed. `mutex` is locked in both cases.
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

/// Makes a barrier for `count` threads.
///
/// Returns 0, or `UV_EINVAL` when `count` is 0 or too large.
///
/// # Safety
/// `barrier` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_init(barrier: *mut uv_barrier_t, count: c_uint) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::barrier_init(barrier, count) }.into_c()
}

/// Waits until as many threads wait as the barrier is for; then all go on, and the barrier
/// begins anew.
///
/// Returns 1 in one of the threads, whichever, which may destroy the barrier, and 0 in all
/// others.
///
/// # Safety
/// `barrier` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_wait(barrier: *mut uv_barrier_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::barrier_wait(barrier) }.into()
}

/// Destroys a barrier, once the threads that it has let go have all left it.
///
/// # Safety
/// `barrier` has been initialised and not been destroyed.
/// No thread waits at it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_barrier_destroy(barrier: *mut uv_barrier_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::barrier_destroy(barrier) };
}

/// Calls `callback` if no call with the same `guard` has done so. Calls meanwhile, from
/// other threads, return when it has ended.
///
/// # Safety
/// `guard` started as `UV_ONCE_INIT` and is only used here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_once(guard: *mut uv_once_t, callback: Option<extern "C" fn()>) {
    if let Some(callback) = callback {
        // SAFETY: the caller passes such a guard.
        unsafe { sync::once(guard, callback) };
    }
}

/// Makes a key under which each thread keeps a value of its own, null at first.
///
/// Returns 0, or what the system says, such as `UV_EAGAIN` when there are too many keys.
///
/// # Safety
/// `key` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_create(key: *mut uv_key_t) -> c_int {
    // SAFETY: the caller passes a place for the key.
    unsafe { sync::key_create(key) }.into_c()
}

/// Deletes a key. The values that threads have kept under it are their own to free.
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_delete(key: *mut uv_key_t) {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_delete(*key) };
}

/// Gives the value that the calling thread has kept under a key.
///
/// Returns the value, null if there is none.
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_get(key: *mut uv_key_t) -> *mut c_void {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_get(*key) }
}

/// Sets the value that the calling thread keeps under a key.
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_set(key: *mut uv_key_t, value: *mut c_void) {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_set(*key, value) };
}
