//! How a send wakes a sleeping loop, and what its callback then reads.
//!
//! # No wake-up is lost
//!
//! Dekker's algorithm, with a full fence between the two steps of each side:
//!
//! ```text
//! sender                            loop
//! pushes the handle                 sets `asleep`
//! fence                             fence
//! reads `asleep`: set? wake it      reads the stack: not empty? do not wait
//! ```
//!
//! One of the two fences comes first. If it is the sender's, the loop reads the stack after
//! the push and does not wait. If it is the loop's, the sender reads `asleep` after it was
//! set and wakes the loop. Only the loop writes `asleep`: a sender that is preempted anywhere,
//! or whose wake-up fails, leaves it set, so the next sender wakes the loop.
//!
//! # No send is lost
//!
//! `state` has one bit, PENDING, from the send until the loop is about to call back. The
//! sender that sets it pushes the handle. A sender that finds it set returns at once:
//!
//! ```text
//! sender                            loop
//! (the program writes)              clears PENDING
//! fence                             fence
//! reads `state`: PENDING? return    calls back (the program reads)
//! ```
//!
//! If the sender reads PENDING, it reads before the loop clears it, so its fence comes before
//! the loop's, and the callback reads what the program wrote before the send. If the sender
//! reads the cleared bit, it sets it again, and another callback follows.
//!
//! # Closing
//!
//! The other bits of `state` count the senders that have set PENDING and still use the handle
//! and the loop. Closing sets PENDING for good, which turns later senders away, and waits
//! until the count is 0. Then no thread holds a reference to the handle.

use super::primitives::{AtomicBool, AtomicI32, AtomicPtr, fence, spin_loop, yield_now};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// A send is not called back yet, or the handle is closing.
const PENDING: i32 = 1;
/// One sender between setting PENDING and its return.
const SENDER: i32 = 2;

/// A member of a stack, which holds the link to the next one. The link belongs to the pushing
/// thread until the push, and then to the thread that empties the stack.
pub(in super::super) trait Linked {
    fn next(&self) -> *mut Self;
    fn set_next(&self, next: *mut Self);
}

/// A stack that any thread pushes on and one thread empties: the handles that were sent to, and
/// the completed jobs of the thread pool (`threadpool/mod.rs`).
///
/// The links are in the members, so pushing allocates nothing. Pushing takes no lock, so a
/// signal handler may push while it interrupts another push, and a forked child finds the stack
/// intact. The emptying thread takes all members at once, so there is no ABA problem: a member
/// cannot leave and come back between the two steps of a push.
pub(in super::super) struct Stack<T> {
    top: AtomicPtr<T>,
}

impl<T: Linked> Stack<T> {
    pub(in super::super) fn new() -> Self {
        Self {
            top: AtomicPtr::new(null_mut()),
        }
    }

    /// Pushes a member that is not in the stack; returns whether the stack was empty.
    pub(in super::super) fn push(&self, member: &T) -> bool {
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

    pub(in super::super) fn is_empty(&self) -> bool {
        self.top.load(Relaxed).is_null()
    }

    /// Takes all members. Returns the one that was pushed first, whose `next` is the one that was
    /// pushed second, and so on; null if the stack is empty.
    pub(in super::super) fn take(&self) -> *mut T {
        if self.is_empty() {
            return null_mut();
        }
        let mut rest = self.top.swap(null_mut(), Acquire);
        let mut first = null_mut();
        while !rest.is_null() {
            // SAFETY: an owner frees a member only after the member has left the stack.
            let member = unsafe { &*rest };
            let next = member.next();
            member.set_next(first);
            first = rest;
            rest = next;
        }
        first
    }

    /// Drops all members, in a forked child: the threads that pushed them run in the parent only.
    pub(in super::super) fn clear(&self) {
        self.top.store(null_mut(), Relaxed);
    }
}

/// A handle that can be sent to.
pub(super) trait Target: Linked {
    fn state(&self) -> &AtomicI32;
}

/// The loop's side: what was sent, and whether the loop must be woken.
pub(super) struct Sends<T> {
    stack: Stack<T>,
    asleep: AtomicBool,
}

impl<T: Target> Sends<T> {
    pub(super) fn new() -> Self {
        Self {
            stack: Stack::new(),
            asleep: AtomicBool::new(false),
        }
    }

    /// Marks the loop as asleep; returns whether nothing was sent, so that it may wait.
    pub(super) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Relaxed);
        fence(SeqCst);
        self.stack.is_empty()
    }

    /// Marks the loop as awake: it reads the stack before it waits again.
    pub(super) fn awake(&self) {
        // Senders read the word, so a write would cost them a cache miss.
        if self.asleep.load(Relaxed) {
            self.asleep.store(false, Relaxed);
        }
    }

    /// Whether the loop must be woken for what the caller has just published.
    pub(super) fn may_sleep(&self) -> bool {
        fence(SeqCst);
        self.asleep.load(Relaxed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// Takes the handles that were sent to, as [`Stack::take`] does.
    pub(super) fn take(&self) -> *mut T {
        self.stack.take()
    }

    /// Drops what was sent, in a forked child.
    pub(super) fn clear(&self) {
        self.stack.clear();
    }
}

/// Sets PENDING and counts the calling thread as a sender. Returns false if the handle is
/// pending already, so that nothing is left to do.
#[inline]
pub(super) fn begin<T: Target>(target: &T) -> bool {
    loop {
        let state = state_behind_fence(target);
        if state & PENDING != 0 {
            return false;
        }
        let next = state + (PENDING | SENDER);
        let exchanged = target
            .state()
            .compare_exchange_weak(state, next, AcqRel, Relaxed);
        if exchanged.is_ok() {
            return true;
        }
    }
}

/// Reads the state after a full fence.
#[inline]
fn state_behind_fence<T: Target>(target: &T) -> i32 {
    if cfg!(uv_tsan) {
        // ThreadSanitizer does not know fences.
        return target.state().fetch_or(0, SeqCst);
    }
    fence(SeqCst);
    target.state().load(Relaxed)
}

/// Pushes a handle for which `begin` returned true, and calls `wake` if the loop may be asleep.
pub(super) fn finish<T: Target>(target: &T, sends: &Sends<T>, wake: impl FnOnce()) {
    sends.stack.push(target);
    if sends.may_sleep() {
        wake();
    }
    target.state().fetch_sub(SENDER, Release);
}

/// Clears PENDING, before the callback: a send from now on brings another one.
pub(super) fn clear_pending<T: Target>(target: &T) {
    target.state().fetch_and(!PENDING, AcqRel);
    fence(SeqCst);
}

/// Turns new senders away and waits for the others to finish. Returns whether the handle was
/// pending, so that it may be on the stack.
pub(super) fn close<T: Target>(target: &T) -> bool {
    let before = target.state().fetch_or(PENDING, AcqRel);
    let mut tries = 0u32;
    while target.state().load(Acquire) & !PENDING != 0 {
        tries += 1;
        if tries % 1000 == 0 || cfg!(loom) {
            // The sender may be waiting for this processor.
            yield_now();
        } else {
            spin_loop();
        }
    }
    before & PENDING != 0
}

/// Marks a handle as not sent to: a new one, or any in a forked child.
pub(super) fn reset<T: Target>(target: &T) {
    target.state().store(0, Relaxed);
}
