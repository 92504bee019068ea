//! A mutex with its data and condition variables: std's, with annotations for ThreadSanitizer.
//!
//! std is compiled without the sanitizer's instrumentation, so the sanitizer does not see the order
//! that `Mutex` and `Condvar` make outside of their inlined paths, and reports races on the data. A
//! build with `--cfg uv_tsan` therefore tells it about each lock and unlock. Other builds use std's
//! types only.

use core::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

/// The number of attempts to take the lock before the thread sleeps.
const TRIES: u32 = 32;

/// A mutex and its data.
pub(crate) struct Monitor<T>(Mutex<T>);

/// The guard of a locked monitor. Fields are dropped in this order: the sanitizer is told before
/// the lock is released.
pub(crate) struct Held<'a, T> {
    annotation: Annotation,
    guard: MutexGuard<'a, T>,
}

impl<T> Monitor<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Unlocks in a forked child, where a thread that held the lock does not exist.
    ///
    /// # Safety
    /// The process has one thread, which does not hold the lock.
    pub(crate) unsafe fn reset(lock: *mut Self) {
        // SAFETY: no other thread looks at the lock, so that it may be moved out and in.
        unsafe {
            let value = lock.read().0.into_inner();
            lock.write(Self::new(value.unwrap_or_else(PoisonError::into_inner)));
        }
    }

    /// Takes the lock. Poisoning is ignored: no code panics while it holds the lock.
    ///
    /// The lock is held for tens of nanoseconds, and sleeping costs a thousand. So this tries for
    /// longer than std, whose sleeping waiters make other threads sleep as well.
    pub(crate) fn lock(&self) -> Held<'_, T> {
        let guard = (0..TRIES)
            .find_map(|_| match self.0.try_lock() {
                Ok(guard) => Some(guard),
                Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    (0..8).for_each(|_| core::hint::spin_loop());
                    None
                }
            })
            .unwrap_or_else(|| self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let annotation = Annotation::taken(core::ptr::from_ref(self).cast());
        Held { annotation, guard }
    }
}

impl<T> Held<'_, T> {
    /// Releases the lock, waits for a notification, and takes the lock again.
    pub(crate) fn wait(self, condition: &Condvar) -> Self {
        let Held { annotation, guard } = self;
        let lock = annotation.0;
        drop(annotation);
        let guard = condition
            .wait(guard)
            .unwrap_or_else(PoisonError::into_inner);
        let annotation = Annotation::taken(lock);
        Held { annotation, guard }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

/// Tells ThreadSanitizer that this thread has the lock at this address, until it is dropped.
struct Annotation(*const u8);

impl Annotation {
    fn taken(lock: *const u8) -> Self {
        #[cfg(uv_tsan)]
        // SAFETY: the address is only a name for what is ordered.
        unsafe {
            __tsan_acquire(lock.cast_mut().cast());
        }
        Self(lock)
    }
}

impl Drop for Annotation {
    fn drop(&mut self) {
        #[cfg(uv_tsan)]
        // SAFETY: the address only names the lock for ThreadSanitizer.
        unsafe {
            __tsan_release(self.0.cast_mut().cast());
        }
    }
}

#[cfg(uv_tsan)]
unsafe extern "C" {
    fn __tsan_acquire(address: *mut core::ffi::c_void);
    fn __tsan_release(address: *mut core::ffi::c_void);
}
