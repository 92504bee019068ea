//! A mutex on a futex, which needs no allocation and no destructor.

use crate::sys::call;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// A mutex that a forked child can reset.
pub(crate) struct Lock(AtomicU32);

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

impl Lock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Locks the mutex.
    pub(crate) fn lock(&self) {
        if self
            .0
            .compare_exchange(FREE, HELD, Acquire, Relaxed)
            .is_ok()
        {
            return;
        }
        while self.0.swap(CONTENDED, Acquire) != FREE {
            let none = core::ptr::null::<libc::timespec>();
            let wait = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
            // Whatever the wait returns, the swap above tries again.
            // SAFETY: the futex word is alive, and a null time-out means none.
            let _ = call!(unsafe {
                libc::syscall(libc::SYS_futex, self.0.as_ptr(), wait, CONTENDED, none)
            });
        }
    }

    /// Unlocks the mutex.
    pub(crate) fn unlock(&self) {
        if self.0.swap(FREE, Release) == CONTENDED {
            let wake = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
            // SAFETY: the futex word is alive, and a null time-out means none.
            let _ = call!(unsafe { libc::syscall(libc::SYS_futex, self.0.as_ptr(), wake, 1) });
        }
    }

    /// Unlocks the mutex in a forked child, which does not have the thread that holds it.
    pub(crate) fn reset(&self) {
        self.0.store(FREE, Relaxed);
    }
}
