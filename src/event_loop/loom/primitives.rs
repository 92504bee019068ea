//! loom's in the place of `event_loop/primitives.rs`.

pub(super) use loom::hint::spin_loop;
pub(super) use loom::sync::Condvar;
pub(super) use loom::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, fence};
pub(super) use loom::thread::yield_now;

use core::ops::{Deref, DerefMut};
use loom::sync::{Mutex, MutexGuard};

/// `sys/monitor.rs` without its tries before it waits.
pub(super) struct Monitor<T>(Mutex<T>);

pub(super) struct Held<'a, T>(MutexGuard<'a, T>);

impl<T> Monitor<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    pub(super) fn lock(&self) -> Held<'_, T> {
        Held(self.0.lock().unwrap())
    }
}

impl<T> Held<'_, T> {
    pub(super) fn wait(self, condition: &Condvar) -> Self {
        Self(condition.wait(self.0).unwrap())
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
