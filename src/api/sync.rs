//! Mutexes, read-write locks and semaphores. (Threading and synchronization utilities)
//!
//! The objects are the C library's own, in memory of the caller, and belong to no loop. All
//! functions may be called from any thread; [`uv_sem_post`] also from a signal handler. The
//! memory stays where it is from the init function to the destroy function.
//!
//! Wrong use is not always noticed. Where the C library notices it, such as destroying a
//! mutex that is locked, a function that returns nothing ends the process with abort(3).

use crate::abi::{uv_mutex_t, uv_rwlock_t, uv_sem_t};
use crate::errno::IntoC;
use crate::sys::sync;
use core::ffi::{c_int, c_uint};

/// Makes a mutex: a lock that one thread holds at a time.
///
/// The mutex is not recursive: a thread that locks it twice waits for ever. Its memory must
/// stay where it is until `uv_mutex_destroy`.
///
/// May be called from any thread. Returns 0, or the negated error of pthread_mutex_init(3),
/// which glibc never gives.
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
/// Its memory must stay where it is until `uv_mutex_destroy`. Apart from this init function
/// it is used as any other mutex.
///
/// May be called from any thread. Returns 0, or the negated error of pthread_mutex_init(3),
/// which glibc never gives.
///
/// Since libuv 1.15.
///
/// # Safety
/// `mutex` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_init_recursive(mutex: *mut uv_mutex_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::mutex_init(mutex, true) }.into_c()
}

/// Destroys a mutex that no thread holds or waits for. Its memory may be freed then.
///
/// If a thread holds the mutex, the process ends with abort(3).
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_destroy(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_destroy(mutex) };
}

/// Locks a mutex and waits as long as another thread holds it.
///
/// If the calling thread holds it already, the call waits for ever, unless the mutex is
/// recursive: then it must be unlocked once more.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
/// Unless it is recursive, the calling thread does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_lock(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_lock(mutex) };
}

/// Locks a mutex if it is free, without waiting.
///
/// Returns 0 if the calling thread holds the mutex now, or `UV_EBUSY` if a thread held it
/// already. That may be the calling thread itself, unless the mutex is recursive.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_trylock(mutex: *mut uv_mutex_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_trylock(mutex) }.into_c()
}

/// Unlocks a mutex that the calling thread holds, and lets one thread go on that waits for
/// it.
///
/// Unlocking a mutex that the calling thread does not hold is an error of the program,
/// which is not always noticed.
///
/// # Safety
/// `mutex` has been initialised and not been destroyed.
/// The calling thread holds it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_mutex_unlock(mutex: *mut uv_mutex_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::mutex_unlock(mutex) };
}

/// Makes a read-write lock, which either any number of threads hold to read or one to
/// write.
///
/// Its memory must stay where it is until `uv_rwlock_destroy`. The lock is not recursive: a
/// thread that holds it must not lock it to write.
///
/// May be called from any thread. Returns 0, or the negated error of
/// pthread_rwlock_init(3), which glibc never gives.
///
/// # Safety
/// `rwlock` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_init(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::rwlock_init(rwlock) }.into_c()
}

/// Destroys a read-write lock that no thread holds or waits for. Its memory may be freed
/// then.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_destroy(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_destroy(rwlock) };
}

/// Locks a read-write lock to read and waits as long as another thread holds it to write.
///
/// If the calling thread itself holds it to write, the process ends with abort(3).
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread does not hold it to write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_rdlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_rdlock(rwlock) };
}

/// Locks a read-write lock to read if no thread holds it to write, without waiting.
///
/// Returns 0 if the calling thread holds the lock to read now, or `UV_EBUSY` if a thread
/// holds it to write.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_tryrdlock(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_tryrdlock(rwlock) }.into_c()
}

/// Gives up one hold to read of a read-write lock. The calling thread has locked it with
/// `uv_rwlock_rdlock` or `uv_rwlock_tryrdlock`.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread holds it to read.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_rdunlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_unlock(rwlock) };
}

/// Locks a read-write lock to write and waits as long as other threads hold it, to read or
/// to write.
///
/// If the calling thread itself holds it to write, the process ends with abort(3). If it
/// holds it to read, the call waits for ever.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread does not hold it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_wrlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_wrlock(rwlock) };
}

/// Locks a read-write lock to write if no thread holds it, without waiting.
///
/// Returns 0 if the calling thread holds the lock to write now, or `UV_EBUSY` if a thread
/// holds it to read or to write.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_trywrlock(rwlock: *mut uv_rwlock_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_trywrlock(rwlock) }.into_c()
}

/// Unlocks a read-write lock that the calling thread has locked with `uv_rwlock_wrlock` or
/// `uv_rwlock_trywrlock`.
///
/// # Safety
/// `rwlock` has been initialised and not been destroyed.
/// The calling thread holds it to write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_rwlock_wrunlock(rwlock: *mut uv_rwlock_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::rwlock_unlock(rwlock) };
}

/// Makes a semaphore: a count of permits that starts at `value`, for the threads of this
/// process.
///
/// Its memory must stay where it is until `uv_sem_destroy`.
///
/// May be called from any thread. Returns 0, or `UV_EINVAL` if `value` is above 2147483647.
///
/// # Safety
/// `sem` is writable and not in use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_init(sem: *mut uv_sem_t, value: c_uint) -> c_int {
    // SAFETY: the caller passes memory for the object.
    unsafe { sync::sem_init(sem, value) }.into_c()
}

/// Destroys a semaphore that no thread waits for. Its memory may be freed then.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_destroy(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_destroy(sem) };
}

/// Adds one to the count of a semaphore, which lets one waiting thread go on.
///
/// May be called from any thread and from a signal handler. If the count would exceed
/// 2147483647, the process ends with abort(3).
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_post(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_post(sem) };
}

/// Takes one from the count of a semaphore and waits as long as it is 0. Signals do not end
/// the wait.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_wait(sem: *mut uv_sem_t) {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_wait(sem) };
}

/// Takes one from the count of a semaphore if it is above 0, without waiting.
///
/// Returns 0 if it has taken one, or `UV_EAGAIN` if the count is 0.
///
/// # Safety
/// `sem` has been initialised and not been destroyed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_sem_trywait(sem: *mut uv_sem_t) -> c_int {
    // SAFETY: the caller passes such an object.
    unsafe { sync::sem_trywait(sem) }.into_c()
}
