//! Whether a thread of the pool that has run out of work looks out for more for a moment
//! before it sleeps. To be woken costs the loop a system call and the job microseconds,
//! which a loop that hands over one job at a time would pay for each.
//!
//! It is learnt, never assumed: only after a row of sleeps that each were short does a
//! thread keep watch, one at a time. The first watch in vain ends it, and the next begins
//! after a row twice as long. So a process that hands over jobs now and then never has
//! threads that spin, nor has one whose processors are wanted elsewhere for long. With a
//! single processor nobody keeps watch.

use crate::sys::clock;

/// How long a watch is, in nanoseconds.
const LENGTH: u64 = 20_000;
/// A sleep of at most this is one that a watch would have spared: some of it is being woken.
const SHORT: u64 = 50_000;
/// How many short sleeps in a row are enough the first time, and how many at most.
const FIRST_ROW: u32 = 8;
const LONGEST_ROW: u32 = 1 << 16;

pub(super) struct Vigil {
    /// Short sleeps in a row.
    row: u32,
    /// How many there must be.
    enough: u32,
    /// When a thread last fell asleep.
    slept: u64,
}

impl Vigil {
    pub(super) const fn new() -> Self {
        Self {
            row: 0,
            enough: FIRST_ROW,
            slept: 0,
        }
    }

    /// Whether to keep watch now.
    pub(super) fn pays(&self) -> bool {
        self.row >= self.enough
    }

    /// A thread falls asleep.
    pub(super) fn sleeps(&mut self, now: u64) {
        self.slept = now;
    }

    /// A thread has been woken. `alone` says whether there is but one processor.
    pub(super) fn woke(&mut self, now: u64, alone: impl FnOnce() -> bool) {
        let short = now.saturating_sub(self.slept) <= SHORT;
        self.row = if short { self.row + 1 } else { 0 };
        if self.row == self.enough && alone() {
            self.ended(false);
        }
    }

    /// A watch is over; work came, or it was in vain.
    pub(super) fn ended(&mut self, came: bool) {
        if came {
            self.enough = FIRST_ROW;
        } else {
            self.row = 0;
            self.enough = (self.enough * 2).min(LONGEST_ROW);
        }
    }
}

/// Keeps watch; says whether `came` has become true.
pub(super) fn watch(came: impl Fn() -> bool) -> bool {
    let end = clock::monotonic() + LENGTH;
    loop {
        for _ in 0..8 {
            if came() {
                return true;
            }
            core::hint::spin_loop();
        }
        if clock::monotonic() >= end {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleep(vigil: &mut Vigil, times: u32, length: u64, alone: bool) {
        for _ in 0..times {
            vigil.sleeps(1_000_000);
            vigil.woke(1_000_000 + length, || alone);
        }
    }

    #[test]
    fn a_row_of_short_sleeps_makes_it_pay() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, FIRST_ROW - 1, SHORT, false);
        sleep(&mut vigil, 1, SHORT + 1, false);
        sleep(&mut vigil, FIRST_ROW - 1, SHORT, false);
        assert!(!vigil.pays());
        sleep(&mut vigil, 1, SHORT, false);
        assert!(vigil.pays());
    }

    #[test]
    fn a_watch_in_vain_asks_for_a_longer_row_and_success_for_the_first_again() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, FIRST_ROW, 0, false);
        vigil.ended(false);
        sleep(&mut vigil, 2 * FIRST_ROW - 1, 0, false);
        assert!(!vigil.pays());
        sleep(&mut vigil, 1, 0, false);
        assert!(vigil.pays());
        vigil.ended(true);
        assert!(vigil.pays() && vigil.enough == FIRST_ROW);
    }

    #[test]
    fn nobody_watches_on_a_single_processor() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, 10 * FIRST_ROW, 0, true);
        assert!(!vigil.pays());
    }
}
