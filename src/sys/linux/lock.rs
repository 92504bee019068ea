//! A lock over the futex, without memory of its own and without an end.

use crate::sys::call;
use core::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

/// A mutex that a forked child can make free again.
pub(crate) struct Lock(AtomicU32);

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

impl Lock {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Takes the lock.
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
            // However the wait ends, the swap above looks again.
            let _ = call!(syscall(
                libc::SYS_futex,
                self.0.as_ptr(),
                wait,
                CONTENDED,
                none
            ));
        }
    }

    /// Gives the lock back.
    pub(crate) fn unlock(&self) {
        if self.0.swap(FREE, Release) == CONTENDED {
            let wake = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
            let _ = call!(syscall(libc::SYS_futex, self.0.as_ptr(), wake, 1));
        }
    }

    /// In a forked child: the thread that held it is not there.
    pub(crate) fn reset(&self) {
        self.0.store(FREE, Relaxed);
    }
}
