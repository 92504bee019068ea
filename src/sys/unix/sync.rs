//! Locks, semaphores, conditions, barriers, keys and once: the system's own, on the
//! caller's memory.
//!
//! Callers pass a pointer to an object of the function's kind that is initialised (`*_init` needs
//! only its memory), is not destroyed meanwhile and is used as POSIX allows.
//!
//! If libuv's function returns no error, wrong use (unlocking another thread's lock, destroying a
//! held lock) aborts the process.
#![allow(clippy::missing_safety_doc)]

use crate::errno::{Errno, Result};
use crate::sys::{call, call_retry, check, clock};
use core::ffi::{c_int, c_uint, c_void};

/// Aborts the process on an error, which only wrong use can cause.
fn must(error: c_int) {
    if error != 0 {
        // SAFETY: abort takes nothing and does not return.
        unsafe { libc::abort() }
    }
}

/// Success, or `EBUSY` if the lock is held; any other error is wrong use, which ends the process.
fn busy(error: c_int) -> Result {
    match error {
        libc::EBUSY | libc::EAGAIN => Err(Errno::BUSY),
        error => {
            must(error);
            Ok(())
        }
    }
}

/// Wraps pthread functions of one object: how the result is converted, our name, the pthread
/// name.
macro_rules! wrap {
    ($($how:ident $name:ident($type:ty) $(-> $result:ty)? = $call:ident;)*) => {$(
        pub(crate) unsafe fn $name(object: *mut $type) $(-> $result)? {
            // SAFETY: the caller passes an initialised object of this type.
            $how(unsafe { libc::$call(object) })
        }
    )*};
}

wrap! {
    must mutex_destroy(libc::pthread_mutex_t) = pthread_mutex_destroy;
    must mutex_lock(libc::pthread_mutex_t) = pthread_mutex_lock;
    busy mutex_trylock(libc::pthread_mutex_t) -> Result = pthread_mutex_trylock;
    must mutex_unlock(libc::pthread_mutex_t) = pthread_mutex_unlock;

    must rwlock_destroy(libc::pthread_rwlock_t) = pthread_rwlock_destroy;
    must rwlock_rdlock(libc::pthread_rwlock_t) = pthread_rwlock_rdlock;
    busy rwlock_tryrdlock(libc::pthread_rwlock_t) -> Result = pthread_rwlock_tryrdlock;
    must rwlock_wrlock(libc::pthread_rwlock_t) = pthread_rwlock_wrlock;
    busy rwlock_trywrlock(libc::pthread_rwlock_t) -> Result = pthread_rwlock_trywrlock;
    must rwlock_unlock(libc::pthread_rwlock_t) = pthread_rwlock_unlock;

    must sem_destroy(libc::sem_t) = sem_destroy;
    must sem_post(libc::sem_t) = sem_post;

    must cond_destroy(libc::pthread_cond_t) = pthread_cond_destroy;
    must cond_signal(libc::pthread_cond_t) = pthread_cond_signal;
    must cond_broadcast(libc::pthread_cond_t) = pthread_cond_broadcast;

    must barrier_destroy(libc::pthread_barrier_t) = pthread_barrier_destroy;
}

pub(crate) unsafe fn mutex_init(mutex: *mut libc::pthread_mutex_t, recursive: bool) -> Result {
    if !recursive {
        // SAFETY: `mutex` is memory for a mutex; null attributes are the defaults.
        return check(unsafe { libc::pthread_mutex_init(mutex, core::ptr::null()) });
    }
    let mut attr = core::mem::MaybeUninit::uninit();
    let (attr, kind) = (attr.as_mut_ptr(), libc::PTHREAD_MUTEX_RECURSIVE);
    // SAFETY: attr is initialised first and released last; the mutex's memory is the
    // caller's.
    unsafe {
        check(libc::pthread_mutexattr_init(attr))?;
        let made = check(libc::pthread_mutexattr_settype(attr, kind))
            .and_then(|()| check(libc::pthread_mutex_init(mutex, attr)));
        libc::pthread_mutexattr_destroy(attr);
        made
    }
}

pub(crate) unsafe fn rwlock_init(rwlock: *mut libc::pthread_rwlock_t) -> Result {
    // SAFETY: `rwlock` is memory for a lock; null attributes are the defaults.
    check(unsafe { libc::pthread_rwlock_init(rwlock, core::ptr::null()) })
}

pub(crate) unsafe fn sem_init(sem: *mut libc::sem_t, value: c_uint) -> Result {
    // SAFETY: `sem` is memory for a semaphore.
    call!(unsafe { libc::sem_init(sem, 0, value) }).map(drop)
}

pub(crate) unsafe fn sem_wait(sem: *mut libc::sem_t) {
    // SAFETY: `sem` is an initialised semaphore.
    if call_retry!(unsafe { libc::sem_wait(sem) }).is_err() {
        must(-1);
    }
}

pub(crate) unsafe fn sem_trywait(sem: *mut libc::sem_t) -> Result {
    // SAFETY: `sem` is an initialised semaphore.
    match call_retry!(unsafe { libc::sem_trywait(sem) }) {
        Ok(_) => Ok(()),
        Err(Errno::AGAIN) => Err(Errno::AGAIN),
        Err(error) => {
            must(-1);
            Err(error)
        }
    }
}

/// Initialises a condition whose time-outs use the monotonic clock.
pub(crate) unsafe fn cond_init(cond: *mut libc::pthread_cond_t) -> Result {
    let mut attr = core::mem::MaybeUninit::uninit();
    let (attr, clock) = (attr.as_mut_ptr(), libc::CLOCK_MONOTONIC);
    // SAFETY: attr is initialised first and released last; the condition's memory is
    // the caller's.
    unsafe {
        check(libc::pthread_condattr_init(attr))?;
        let made = check(libc::pthread_condattr_setclock(attr, clock))
            .and_then(|()| check(libc::pthread_cond_init(cond, attr)));
        libc::pthread_condattr_destroy(attr);
        made
    }
}

pub(crate) unsafe fn cond_wait(cond: *mut libc::pthread_cond_t, mutex: *mut libc::pthread_mutex_t) {
    // SAFETY: the condition and the mutex are initialised, and the caller holds the mutex.
    must(unsafe { libc::pthread_cond_wait(cond, mutex) });
}

/// Waits for at most `timeout` nanoseconds; `ETIMEDOUT` after that.
pub(crate) unsafe fn cond_timedwait(
    cond: *mut libc::pthread_cond_t,
    mutex: *mut libc::pthread_mutex_t,
    timeout: u64,
) -> Result {
    // A time-out beyond the end of the clock never comes.
    let until = clock::timespec(clock::monotonic().saturating_add(timeout));
    // SAFETY: the condition and the mutex are initialised, and the caller holds the mutex.
    match unsafe { libc::pthread_cond_timedwait(cond, mutex, &until) } {
        libc::ETIMEDOUT => Err(Errno::TIMEDOUT),
        error => {
            must(error);
            Ok(())
        }
    }
}

pub(crate) unsafe fn barrier_init(barrier: *mut libc::pthread_barrier_t, count: c_uint) -> Result {
    // SAFETY: `barrier` is memory for a barrier; null attributes are the defaults.
    check(unsafe { libc::pthread_barrier_init(barrier, core::ptr::null(), count) })
}

/// Waits for the other threads; returns true in one of them.
pub(crate) unsafe fn barrier_wait(barrier: *mut libc::pthread_barrier_t) -> bool {
    // SAFETY: `barrier` is an initialised barrier.
    match unsafe { libc::pthread_barrier_wait(barrier) } {
        libc::PTHREAD_BARRIER_SERIAL_THREAD => true,
        error => {
            must(error);
            false
        }
    }
}

unsafe extern "C" {
    /// Missing in the libc crate.
    fn pthread_once(guard: *mut libc::pthread_once_t, run: extern "C" fn()) -> c_int;
}

pub(crate) unsafe fn once(guard: *mut libc::pthread_once_t, run: extern "C" fn()) {
    // SAFETY: `guard` started as `PTHREAD_ONCE_INIT`.
    must(unsafe { pthread_once(guard, run) });
}

pub(crate) unsafe fn key_create(key: *mut libc::pthread_key_t) -> Result {
    // SAFETY: `key` is writable; there is no destructor.
    check(unsafe { libc::pthread_key_create(key, None) })
}

pub(crate) unsafe fn key_delete(key: libc::pthread_key_t) {
    // SAFETY: `key` came from `key_create`.
    must(unsafe { libc::pthread_key_delete(key) });
}

pub(crate) unsafe fn key_get(key: libc::pthread_key_t) -> *mut c_void {
    // SAFETY: `key` came from `key_create`.
    unsafe { libc::pthread_getspecific(key) }
}

pub(crate) unsafe fn key_set(key: libc::pthread_key_t, value: *mut c_void) {
    // SAFETY: `key` came from `key_create`.
    must(unsafe { libc::pthread_setspecific(key, value) });
}
