//! Adaptive spin: a worker that has run out of jobs may look for the next one for a moment
//! before it sleeps. Waking a sleeper costs the loop a system call and the job microseconds.
//!
//! It is for programs that submit one job at a time and wait for it. Node, libuv 1.53's time
//! divided by ours: write, rename and unlink in a row 1.5 with it and 1.0 without; pbkdf2 in
//! a row 1.8 and 1.0.
//!
//! One worker at a time spins, and only after a row of short sleeps. Each spin that ends
//! without a job uses up credit, each that finds one adds some. When the credit is used up,
//! twice as many short sleeps are needed for the next. So a process that submits a job now
//! and then does not spin, nor does one whose processors are wanted elsewhere. Where the
//! process may use one processor only, no worker spins.

use crate::sys::{clock, thread};

/// How long a spin is, in nanoseconds. The loop may itself have to be woken in that time.
const LENGTH: u64 = 50_000;
/// How many short sleeps are enough the first time, and how many at most.
const FIRST: u32 = 8;
const MOST: u32 = 1 << 16;
/// What a spin without a job costs; one with a job earns 1.
const COST: u32 = 4;
const MOST_CREDIT: u32 = 32;

pub(super) struct Spin {
    /// Counts short sleeps; a long one halves it.
    short: u32,
    /// What `short` must reach.
    enough: u32,
    /// Spinning is worthwhile while there is some.
    credit: u32,
    /// When a thread last fell asleep.
    slept: u64,
}

impl Spin {
    pub(super) const fn new() -> Self {
        Self {
            short: 0,
            enough: FIRST,
            credit: 0,
            slept: 0,
        }
    }

    pub(super) fn is_worthwhile(&self) -> bool {
        self.credit > 0
    }

    /// A thread falls asleep.
    pub(super) fn sleeps(&mut self, now: u64) {
        self.slept = now;
    }

    /// A thread is woken.
    pub(super) fn woken(&mut self, now: u64, has_one_processor: impl FnOnce() -> bool) {
        if now.saturating_sub(self.slept) > LENGTH {
            self.short /= 2;
            return;
        }
        self.short += 1;
        if self.short >= self.enough && !self.is_worthwhile() {
            self.short = 0;
            self.enough = (self.enough * 2).min(MOST);
            self.credit = if has_one_processor() { 0 } else { COST };
        }
    }

    /// A spin is over, with or without a job.
    pub(super) fn ended(&mut self, found: bool) {
        if found {
            self.enough = FIRST;
            self.credit = (self.credit + 1).min(MOST_CREDIT);
        } else {
            self.credit = self.credit.saturating_sub(COST);
        }
    }
}

/// Spins until `count` is no longer `first`, and says whether that happened. While it goes
/// on changing, waits a little longer: a loop that submits many jobs would find the lock
/// taken at each.
pub(super) fn until_changed(first: usize, count: impl Fn() -> usize) -> bool {
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

/// Whether a worker can only run while the loop's thread does not.
pub(super) fn has_one_processor() -> bool {
    thread::process_cpus().is_none_or(|cpus| cpus < 2)
}

fn pause(steps: u32) {
    for _ in 0..steps {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleep(spin: &mut Spin, times: u32, length: u64, one: bool) {
        for _ in 0..times {
            spin.sleeps(1_000_000);
            spin.woken(1_000_000 + length, || one);
        }
    }

    #[test]
    fn short_sleeps_make_it_worthwhile() {
        let mut spin = Spin::new();
        sleep(&mut spin, FIRST - 1, LENGTH, false);
        sleep(&mut spin, 1, LENGTH + 1, false);
        sleep(&mut spin, FIRST / 2, LENGTH, false);
        assert!(!spin.is_worthwhile());
        sleep(&mut spin, 1, LENGTH, false);
        assert!(spin.is_worthwhile());
    }

    #[test]
    fn a_failure_doubles_what_is_needed_and_a_success_resets_it() {
        let mut spin = Spin::new();
        sleep(&mut spin, FIRST, 0, false);
        spin.ended(false);
        sleep(&mut spin, 2 * FIRST - 1, 0, false);
        assert!(!spin.is_worthwhile());
        sleep(&mut spin, 1, 0, false);
        spin.ended(true);
        spin.ended(false);
        assert!(spin.is_worthwhile());
        spin.ended(false);
        assert!(!spin.is_worthwhile());
        sleep(&mut spin, FIRST, 0, false);
        assert!(spin.is_worthwhile());
    }

    #[test]
    fn no_worker_spins_on_a_single_processor() {
        let mut spin = Spin::new();
        sleep(&mut spin, 10 * FIRST, 0, true);
        assert!(!spin.is_worthwhile());
    }
}
