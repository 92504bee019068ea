//! A stack that any thread pushes on and one thread empties: the handles that were sent to
//! (`async_`), and the jobs that a loop's callbacks wait for (`threadpool/completions.rs`).
//!
//! The links are in the members, so pushing allocates nothing. It takes no lock, so a signal
//! handler may push while it interrupts another push, and a forked child finds the stack
//! whole. The emptying thread takes everything at once: a member cannot leave and come back
//! between a push's two steps.

use super::primitives::AtomicPtr;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// A member's link. It belongs to the pushing thread until the push, and then to the
/// thread that empties the stack.
pub(super) trait Linked {
    fn next(&self) -> *mut Self;
    fn set_next(&self, next: *mut Self);
}

pub(super) struct Stack<T> {
    top: AtomicPtr<T>,
}

impl<T: Linked> Stack<T> {
    pub(super) fn new() -> Self {
        Self {
            top: AtomicPtr::new(null_mut()),
        }
    }

    /// Pushes a member that is not in the stack; says whether the stack was empty.
    pub(super) fn push(&self, member: &T) -> bool {
        let me = core::ptr::from_ref(member).cast_mut();
        let mut top = self.top.load(Relaxed);
        loop {
            member.set_next(top);
            match self.top.compare_exchange_weak(top, me, Release, Relaxed) {
                Ok(_) => return top.is_null(),
                Err(now) => top = now,
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.top.load(Relaxed).is_null()
    }

    /// Takes all members. Returns the one that was pushed first, from which `next` leads to
    /// the others in the order of their pushes, or null.
    pub(super) fn take(&self) -> *mut T {
        if self.is_empty() {
            return null_mut();
        }
        let mut rest = self.top.swap(null_mut(), Acquire);
        let mut first = null_mut();
        while !rest.is_null() {
            // SAFETY: a member lives until it has been taken and its owner was told so.
            let member = unsafe { &*rest };
            let next = member.next();
            member.set_next(first);
            first = rest;
            rest = next;
        }
        first
    }

    /// Drops all members, in a forked child: their pushers live on in the parent only.
    pub(super) fn forget(&self) {
        self.top.store(null_mut(), Relaxed);
    }
}
