//! Whether a thread of the pool that has run out of work looks out for more for a moment
//! before it sleeps. To be woken costs the loop a system call and the job microseconds,
//! which a loop that hands over one job at a time would pay for each.
//!
//! It is learnt, never assumed: only when nearly all of the last sleeps were short does a
//! thread keep watch, one at a time. Watches in vain soon end it, and if none was any use
//! the next begins only after twice as many short sleeps. So a process that hands over
//! jobs now and then never has threads that spin, nor has one whose processors are wanted
//! elsewhere for long. With a single processor nobody keeps watch.

use crate::sys::{clock, thread};

/// How long a watch is, in nanoseconds. The loop may itself be asleep and on its way.
const LENGTH: u64 = 50_000;
/// How many short sleeps are enough the first time, and how many at most.
const FIRST: u32 = 8;
const MOST: u32 = 1 << 16;
/// What a watch in vain costs, of what those that were of use have earned.
const IN_VAIN: u32 = 4;
const MOST_CREDIT: u32 = 32;

pub(super) struct Vigil {
    /// Counts short sleeps; long ones halve it.
    short: u32,
    /// What it must reach.
    enough: u32,
    /// Watch is kept while there is some.
    credit: u32,
    /// When a thread last fell asleep.
    slept: u64,
}

impl Vigil {
    pub(super) const fn new() -> Self {
        Self {
            short: 0,
            enough: FIRST,
            credit: 0,
            slept: 0,
        }
    }

    /// Whether to keep watch now.
    pub(super) fn pays(&self) -> bool {
        self.credit > 0
    }

    /// A thread falls asleep.
    pub(super) fn sleeps(&mut self, now: u64) {
        self.slept = now;
    }

    /// It is woken. `alone` says whether there is but one processor.
    pub(super) fn wakes(&mut self, now: u64, alone: impl FnOnce() -> bool) {
        if now.saturating_sub(self.slept) > LENGTH {
            self.short /= 2;
            return;
        }
        self.short += 1;
        if self.short >= self.enough && !self.pays() {
            self.short = 0;
            self.enough = (self.enough * 2).min(MOST);
            self.credit = if alone() { 0 } else { IN_VAIN };
        }
    }

    /// A watch is over; work came, or it was in vain.
    pub(super) fn ended(&mut self, came: bool) {
        if came {
            self.enough = FIRST;
            self.credit = (self.credit + 1).min(MOST_CREDIT);
        } else {
            self.credit = self.credit.saturating_sub(IN_VAIN);
        }
    }
}

/// Keeps watch until `count` is no longer `first`, and says whether that happened. While
/// it goes on changing, it is left alone for a moment: a loop that hands over many jobs
/// would find the lock taken at each.
pub(super) fn watch(first: usize, count: impl Fn() -> usize) -> bool {
    let end = clock::monotonic() + LENGTH;
    while count() == first {
        pause(8);
        if clock::monotonic() >= end {
            return count() != first;
        }
    }
    for _ in 0..4 {
        let last = count();
        pause(8);
        if count() == last {
            break;
        }
    }
    true
}

/// Whether whoever hands over work must first have this thread's processor.
pub(super) fn is_alone() -> bool {
    thread::allowed_cpus().is_none_or(|cpus| cpus < 2)
}

fn pause(steps: u32) {
    for _ in 0..steps {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleep(vigil: &mut Vigil, times: u32, length: u64, alone: bool) {
        for _ in 0..times {
            vigil.sleeps(1_000_000);
            vigil.wakes(1_000_000 + length, || alone);
        }
    }

    #[test]
    fn short_sleeps_make_it_pay() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, FIRST - 1, LENGTH, false);
        sleep(&mut vigil, 1, LENGTH + 1, false);
        sleep(&mut vigil, FIRST / 2, LENGTH, false);
        assert!(!vigil.pays());
        sleep(&mut vigil, 1, LENGTH, false);
        assert!(vigil.pays());
    }

    #[test]
    fn a_watch_in_vain_asks_for_more_of_them_and_success_for_as_many_as_at_first() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, FIRST, 0, false);
        vigil.ended(false);
        sleep(&mut vigil, 2 * FIRST - 1, 0, false);
        assert!(!vigil.pays());
        sleep(&mut vigil, 1, 0, false);
        vigil.ended(true);
        vigil.ended(false);
        assert!(vigil.pays());
        vigil.ended(false);
        assert!(!vigil.pays());
        sleep(&mut vigil, FIRST, 0, false);
        assert!(vigil.pays());
    }

    #[test]
    fn nobody_watches_on_a_single_processor() {
        let mut vigil = Vigil::new();
        sleep(&mut vigil, 10 * FIRST, 0, true);
        assert!(!vigil.pays());
    }
}
