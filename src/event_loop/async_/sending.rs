//! How a send reaches a sleeping loop, and what its callback then sees.
//!
//! # No wake-up is missed
//!
//! Dekker's rule, with a full fence between the two steps of each side:
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
//! set and wakes the loop. Only the loop writes `asleep`: a sender that is stopped anywhere,
//! or whose wake-up fails, leaves it set, so that the next sender wakes the loop.
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
//! If the sender has read PENDING, its read came before the clearing, so its fence comes
//! before the loop's, and the callback sees what the program wrote before the send. If it
//! reads the cleared bit, it sets it again, and another callback follows.
//!
//! # Closing
//!
//! The rest of `state` counts the senders that have set PENDING and still use the handle
//! and the loop. Closing sets PENDING for good, which turns later senders away, and waits
//! until the count is 0. Then no thread holds a reference to the handle.

use super::mpsc::{Linked, Stack};
use super::primitives::{AtomicBool, AtomicI32, fence, spin_loop, yield_now};
use core::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// A send that no callback has answered yet, or a handle that closes.
const PENDING: i32 = 1;
/// One sender between setting PENDING and its return.
const SENDER: i32 = 2;

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

    /// The loop is about to wait. Says whether nothing was sent, so that it may.
    pub(super) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, Relaxed);
        fence(SeqCst);
        self.stack.is_empty()
    }

    /// The loop runs, and looks at the stack before it waits again.
    pub(super) fn awake(&self) {
        // Senders read the word: write it only when it changes.
        if self.asleep.load(Relaxed) {
            self.asleep.store(false, Relaxed);
        }
    }

    /// Whether the loop must be woken for what the caller has published just before.
    pub(super) fn may_sleep(&self) -> bool {
        fence(SeqCst);
        self.asleep.load(Relaxed)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// Takes the handles that were sent to; see [`Stack::take`].
    pub(super) fn take(&self) -> *mut T {
        self.stack.take()
    }

    /// Drops what was sent, in a forked child.
    pub(super) fn forget(&self) {
        self.stack.forget();
    }
}

/// Sets PENDING and counts the calling thread as a sender. False when the handle is pending
/// already, so that there is nothing to do.
#[inline]
pub(super) fn begin<T: Target>(target: &T) -> bool {
    loop {
        let state = look(target);
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

/// Reads the state behind a full fence.
#[inline]
fn look<T: Target>(target: &T) -> i32 {
    if cfg!(uv_tsan) {
        // ThreadSanitizer does not know fences.
        return target.state().fetch_or(0, SeqCst);
    }
    fence(SeqCst);
    target.state().load(Relaxed)
}

/// Pushes a handle for which `begin` was true, and calls `wake` if the loop may be asleep.
pub(super) fn finish<T: Target>(target: &T, sends: &Sends<T>, wake: impl FnOnce()) {
    sends.stack.push(target);
    if sends.may_sleep() {
        wake();
    }
    target.state().fetch_sub(SENDER, Release);
}

/// The callback is about to run: a send from now on brings another one.
pub(super) fn answer<T: Target>(target: &T) {
    target.state().fetch_and(!PENDING, AcqRel);
    fence(SeqCst);
}

/// Turns senders away and waits for those that are inside. Says whether the handle was
/// pending, and may be on the stack.
pub(super) fn close<T: Target>(target: &T) -> bool {
    let before = target.state().fetch_or(PENDING, AcqRel);
    let mut tries = 0u32;
    while target.state().load(Acquire) & !PENDING != 0 {
        tries += 1;
        if tries % 1000 == 0 || cfg!(loom) {
            // The sender may need this processor.
            yield_now();
        } else {
            spin_loop();
        }
    }
    before & PENDING != 0
}

/// Makes a handle one that has not been sent to: a new one, or any in a forked child.
pub(super) fn reset<T: Target>(target: &T) {
    target.state().store(0, Relaxed);
}
