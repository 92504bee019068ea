//! Floods: many sends to a handle that is pending, or is sent to again as soon as it has
//! been called. Such a handle becomes *hot*: a send is a store and a load where it is a
//! locked instruction otherwise, or several that fight over cache lines with the loop.
//!
//! # Ordering
//!
//! Senders ring the handle's doorbell (`doorbell.rs`), which the loop polls while it is
//! awake. Before it sleeps it stops polling and has all its handles *cool*:
//!
//! ```text
//! sender                              loop
//! writes                              says that bells are not watched  (C)
//! rings its bell              (R)     membarrier                       (M)
//! reads that it is watched    (L)     looks for bells that are rung    (K)
//! ```
//!
//! *No send is lost.* M makes every thread execute a full barrier, at some point X of its
//! own between the beginning and the end of M. A sender's L comes before its X: after it,
//! it would have seen C, which was done when M began. So its R comes before X too, and K
//! sees it. A sender whose L does see C sends in the ordinary way. (If the bell is watched
//! again by the time of L, it is the next C that this is about; and becoming hot silences
//! the bell before the callback.)
//!
//! *What was written is visible.* R is a release store, and the loop silences the bell by a
//! read-modify-write before the callback. Where several senders have rung it reads the last
//! one's store only, but sees also what the others wrote: stores reach all processors at
//! once on those that this is for, and in an order in which a release comes last.
//!
//! After R, with which the callback may begin, and close and free the handle, a sender does
//! not touch it.
//!
//! `flood_model.rs` goes through all that two senders and a loop can do to each other.
//!
//! # When
//!
//! M takes 12 µs on a virtual machine. So the loop makes a handle hot when, since it last
//! slept, it has called it more than once and the sends come to about what an M costs. One
//! that is answered by a loop that then sleeps stays as it is.
//!
//! While the loop is busy, or has no processor, senders do it themselves: the thousandth
//! that finds the handle pending makes it hot with the bell that is nobody's, which always
//! counts as watched. The handle is pending, so that the loop will answer it, and makes an M
//! between clearing the word, which is C then, and the callback.
//!
//! A kernel that refuses M, once a program has forbidden itself the call, is waited for
//! instead (`sys/barrier.rs`), and nothing becomes hot any more.
//!
//! ThreadSanitizer knows nothing of M: its builds have no hot handles.

use super::doorbell::{self, NOBODYS, bell};
use super::{BUSY_MASK, COALESCED, HOT, PENDING, Wake};
use crate::abi::{uv__queue, uv_async_t};
use crate::sys::barrier;
use core::cell::Cell;
use core::sync::atomic::Ordering::{Relaxed, SeqCst};

/// Whether there are hot handles: on processors that have been thought through.
const CAN_BE_HOT: bool =
    cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) && !cfg!(uv_tsan);
/// How many sends must have found the handle pending.
const MANY: u32 = 1000;
/// A call counts for so many of them: its handle was sent to with a fight over cache lines.
const CALL: u32 = 8;

/// What a loop knows about the sends to one of its handles.
#[derive(Clone, Copy, Default)]
pub(super) struct Heat {
    /// The stint of the loop that this is about.
    stint: u32,
    /// Sends in it, as counted here.
    sends: u16,
    /// The number of the handle's doorbell, 0 while it has none.
    bell: u8,
    /// It has been taken off the stack and not been called since. If it has not, it is due
    /// because of its bell, and a sender that has set PENDING may still push it.
    popped: bool,
}

impl Heat {
    /// The handle is called, and so many senders found it pending. Says whether it is
    /// flooded.
    fn called(&mut self, stint: u32, found: u32) -> bool {
        let again = self.stint == stint;
        let before = if again { u32::from(self.sends) } else { 0 };
        let sends = before + found + CALL;
        self.stint = stint;
        self.sends = u16::try_from(sends).unwrap_or(u16::MAX);
        again && sends >= MANY
    }
}

/// A loop is made: floods may come.
pub(super) fn prepare() {
    if CAN_BE_HOT {
        barrier::prepare_early();
    }
}

/// What a sender adds to the word of a handle that is pending and not hot.
pub(super) fn share(state: i32) -> i32 {
    let count = state as u32 / COALESCED as u32;
    if count < MANY || !CAN_BE_HOT {
        return COALESCED;
    }
    // If the barrier could not be had early, one that floods waits for it, not the loop.
    barrier::prepare();
    if barrier::is_ready() {
        HOT - count as i32 * COALESCED
    } else {
        COALESCED
    }
}

/// The number of the bell that a hot handle's word names.
#[inline]
pub(super) fn bell_of(state: i32) -> usize {
    (state as u32 / COALESCED as u32) as usize
}

impl uv_async_t {
    /// What its loop knows about the sends to it, in the place of a link that it does not
    /// need. Where nothing changes it is not written to: senders read the word beside it.
    fn heat(&self) -> &Cell<Heat> {
        const { assert!(size_of::<Heat>() <= size_of::<*mut uv__queue>()) };
        const { assert!(align_of::<Heat>() <= align_of::<*mut uv__queue>()) };
        // SAFETY: the word lives with the handle, has room for a Heat and is one from
        // `begin` on; all zeroes are one too.
        unsafe { &*(&raw const self.queue.prev).cast() }
    }

    /// It is new: nothing is known yet.
    pub(super) fn begin(&self) {
        self.heat().set(Heat::default());
    }

    /// It has been taken off the stack.
    pub(super) fn pop(&self) {
        let popped = true;
        self.heat().set(Heat {
            popped,
            ..self.heat().get()
        });
    }

    /// After a fork: nobody is at the bell, and nothing is pending.
    pub(super) fn forget(&self) {
        let bell = self.heat().get().bell;
        if bell != 0 {
            doorbell::bell(bell.into()).forget();
        }
        self.heat().set(Heat {
            bell,
            ..Heat::default()
        });
    }

    /// The callback is about to run: what is sent from now on asks for another, and what
    /// was written before the sends until now is visible.
    pub(super) fn answer(&self, wake: &Wake) {
        let mut heat = self.heat().get();
        let popped = core::mem::take(&mut heat.popped);
        let state = self.pending.load(Relaxed);
        if state & HOT != 0 && bell_of(state) != NOBODYS {
            bell(bell_of(state)).silence();
            if popped {
                self.pending.fetch_and(!PENDING, SeqCst);
                self.heat().set(heat);
            }
            return;
        }
        let found = if popped { self.answer_popped() } else { 0 };
        let flooded = heat.called(wake.stint.get(), found);
        self.heat().set(heat);
        if flooded && CAN_BE_HOT && barrier::is_ready() {
            self.make_hot(wake);
        }
    }

    /// The same for one that is pending, and not polled. How many sends found it so.
    fn answer_popped(&self) -> u32 {
        let was = self.pending.fetch_and(BUSY_MASK, SeqCst);
        if was & HOT == 0 {
            return was as u32 / COALESCED as u32;
        }
        barrier::on_all_threads();
        MANY
    }

    /// Makes it hot, if there is a doorbell for it.
    fn make_hot(&self, wake: &Wake) {
        let mut heat = self.heat().get();
        if heat.bell == 0 {
            let Some(number) = doorbell::take() else {
                return;
            };
            bell(number).hang(self);
            heat.bell = number as u8;
            self.heat().set(heat);
        }
        let number = usize::from(heat.bell);
        bell(number).set_watched(true);
        bell(number).silence();
        // Unless senders have just made it so themselves.
        let hot = |state| {
            let kept = state & (PENDING | BUSY_MASK);
            (state & HOT == 0).then_some(kept | HOT | (number as i32 * COALESCED))
        };
        match self.pending.fetch_update(SeqCst, Relaxed, hot) {
            Ok(_) => wake.bells.insert(number),
            Err(_) => bell(number).set_watched(false),
        }
    }

    fn set_cold(&self) {
        self.pending.fetch_and(PENDING | BUSY_MASK, SeqCst);
    }

    /// Whether it has a doorbell.
    pub(super) fn has_bell(&self) -> bool {
        self.heat().get().bell != 0
    }

    /// It is being closed: its doorbell goes.
    pub(super) fn unbell(&self, wake: &Wake) {
        let number = usize::from(self.heat().get().bell);
        if number != 0 {
            self.set_cold();
            wake.bells.remove(number);
            bell(number).take_off();
            doorbell::give_back(number);
        }
    }
}

impl Wake {
    /// Whether a bell is rung whose handle is not known to be due.
    #[inline]
    pub(super) fn hears(&self) -> bool {
        let news = |number| bell(number).is_rung() && !self.roll.due().contains(self.owner(number));
        !self.bells.is_empty() && self.bells.numbers().any(news)
    }

    /// The number of the handle with this bell, which is polled.
    fn owner(&self, number: usize) -> u32 {
        // SAFETY: a handle whose bell is watched is alive: closing ends the watch.
        unsafe { &*bell(number).handle() }.sequence.get()
    }

    /// The handles whose bells are rung are due.
    #[inline]
    pub(super) fn listen(&self) {
        for number in self.bells.numbers() {
            if bell(number).silence() {
                self.roll.due().insert(self.owner(number));
            }
        }
    }

    /// Stops polling bells, since the loop is about to sleep. All handles are cool then,
    /// and those whose bells were rung are due.
    pub(super) fn cool(&self) {
        for number in self.bells.numbers() {
            // SAFETY: as above.
            unsafe { &*bell(number).handle() }.set_cold();
            bell(number).set_watched(false);
        }
        barrier::on_all_threads();
        self.listen();
        self.bells.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many calls, each of which found so many sends, a handle is flooded.
    fn calls_until_flooded(found: u32) -> u32 {
        let mut heat = Heat::default();
        let calls = (1..10_000).find(|_| heat.called(1, found));
        calls.expect("in the end")
    }

    #[test]
    fn a_handle_is_flooded_from_the_second_call_on() {
        assert_eq!(calls_until_flooded(u16::MAX.into()), 2);
        assert_eq!(calls_until_flooded(MANY / 4), 4);
        assert_eq!(calls_until_flooded(0), MANY / CALL);
    }

    #[test]
    fn a_sleep_of_the_loop_begins_a_new_count() {
        let mut heat = Heat::default();
        assert!((1..1000).all(|stint| !heat.called(stint, MANY)));
        assert!(heat.called(999, 0));
    }

    #[test]
    fn the_thousandth_sender_makes_it_hot_with_nobodys_bell() {
        barrier::prepare();
        let mut state = PENDING + 3 * crate::core::wake::BUSY;
        let busy = state & BUSY_MASK;
        for _ in 0..MANY {
            assert_eq!(share(state), COALESCED);
            state += COALESCED;
        }
        if barrier::is_ready() {
            state += share(state);
            assert_eq!(state, PENDING | HOT | busy);
            assert_eq!(bell_of(state), NOBODYS);
        }
    }
}
