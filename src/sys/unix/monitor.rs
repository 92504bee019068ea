//! A lock with what it guards, and the waiting under it: std's, with ThreadSanitizer told.
//!
//! std comes compiled without the sanitizer's instrumentation, so that it does not see
//! what `Mutex` and `Condvar` order outside of their inlined paths, and would call all
//! that they guard a race. A build with `--cfg uv_tsan` therefore reports each taking and
//! giving back. In any other build nothing but std's types is left of this file.

use core::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

/// How often a lock that is taken is tried before it is waited for.
const TRIES: u32 = 32;

/// Something that one thread at a time may use.
pub(crate) struct Monitor<T>(Mutex<T>);

/// The right to use it. The fields go in this order: what is told comes before the lock
/// is free.
pub(crate) struct Held<'a, T> {
    told: Told,
    guard: MutexGuard<'a, T>,
}

impl<T> Monitor<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// In a forked child: makes the lock free, which a thread may have held that is not there.
    ///
    /// # Safety
    /// The process has one thread, which does not hold the lock.
    pub(crate) unsafe fn reset(place: *mut Self) {
        // SAFETY: no other thread looks at the place, so that it may be moved out and in.
        unsafe {
            let value = place.read().0.into_inner();
            place.write(Self::new(value.unwrap_or_else(PoisonError::into_inner)));
        }
    }

    /// Nothing panics while it holds the lock, so a poisoned one is as good as another.
    ///
    /// It is held for tens of nanoseconds, and to sleep for it costs a thousand: this
    /// tries for longer than std does, whose waiters make others sleep as well.
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
        let told = Told::taken(core::ptr::from_ref(self).cast());
        Held { told, guard }
    }
}

impl<T> Held<'_, T> {
    /// Gives the lock back, waits to be notified, and takes it again.
    pub(crate) fn wait(self, condition: &Condvar) -> Self {
        let Held { told, guard } = self;
        let lock = told.0;
        drop(told);
        let guard = condition
            .wait(guard)
            .unwrap_or_else(PoisonError::into_inner);
        let told = Told::taken(lock);
        Held { told, guard }
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

/// ThreadSanitizer knows that this thread has the lock at that address.
struct Told(*const u8);

impl Told {
    fn taken(lock: *const u8) -> Self {
        #[cfg(uv_tsan)]
        // SAFETY: the address is only a name for what is ordered.
        unsafe {
            __tsan_acquire(lock.cast_mut().cast());
        }
        Self(lock)
    }
}

impl Drop for Told {
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
