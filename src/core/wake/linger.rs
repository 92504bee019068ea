//! Staying awake for a moment where a loop would fall asleep, because an answer from
//! another thread is on its way: sleeping and being woken costs both threads system calls
//! and microseconds, and an answer may take less than one.
//!
//! Whether an answer can be expected is learnt, never assumed: only after a row of sleeps
//! that each were ended by a send, and soon, does the loop linger. The first time that it
//! lingers in vain it stops and has to learn again, from twice as many sleeps up to a
//! limit. So a loop whose answers come late, or whose peers get no processor because it has
//! it, sleeps again at a cost of about one part in a hundred; one that falls idle lingers
//! once more, and one that nobody sends to never does.
//!
//! Descriptors do not wait for it: where any are watched they are polled meanwhile. A loop
//! that measures its idle time does not linger, nor does one with a single processor, on
//! which nobody could answer.

use super::Wake;
use crate::abi::uv_loop_t;
use crate::core::reactor::Polled;
use crate::errno::Result;
use crate::sys::{clock, thread};
use core::cell::Cell;
use core::ffi::c_int;

/// How long a loop lingers, in nanoseconds.
const BUDGET: u64 = 30_000;
/// How often it polls meanwhile.
const POLL_EVERY: u64 = 2_000;
/// A sleep of at most this may be worth lingering for: two wake-ups are part of it, and
/// where the machine is busy or virtual each may take a hundred microseconds.
const SHORT: u64 = 250_000;
/// The length of a row of short sleeps from which they are timed; before, reading the clock
/// would be a cost to loops that gain nothing from it.
const TIMED_FROM: u32 = 4;
/// How many short sleeps in a row are enough the first time, and how many at most: that
/// many take so long that a try in vain is no cost beside them.
const FIRST_ROW: u32 = 16;
const LONGEST_ROW: u32 = 1024;
/// How many answers in a row make up for tries in vain.
const TRUSTED: u32 = 64;

/// What a loop knows about when it is sent to.
pub(crate) struct Linger {
    /// Sleeps in a row that a send ended soon.
    row: Cell<u32>,
    /// How many there must be.
    enough: Cell<u32>,
    /// Answers in a row that came while the loop lingered.
    answers: Cell<u32>,
    /// When the current sleep began, if it is timed.
    began: Cell<u64>,
}

impl Linger {
    pub(super) const fn new() -> Self {
        Self {
            row: Cell::new(0),
            enough: Cell::new(FIRST_ROW),
            answers: Cell::new(0),
            began: Cell::new(0),
        }
    }

    fn pays(&self) -> bool {
        self.row.get() >= self.enough.get()
    }

    /// A sleep begins.
    fn sleeps(&self) {
        if self.row.get() >= TIMED_FROM {
            self.time_sleep();
        }
    }

    #[inline(never)]
    fn time_sleep(&self) {
        self.began.set(clock::monotonic());
    }

    /// The sleep is over, ended by a send or by something else: nothing to be learnt from
    /// the latter when there is no row.
    #[inline(never)]
    fn woke(&self, by_send: bool) {
        let began = self.began.take();
        self.learn(by_send && (began == 0 || clock::monotonic() - began <= SHORT));
        if self.pays() && thread::allowed_cpus().is_none_or(|cpus| cpus < 2) {
            self.in_vain();
        }
    }

    /// A sleep has been a short one, or not.
    fn learn(&self, short: bool) {
        let row = if short { self.row.get() + 1 } else { 0 };
        self.row.set(row);
    }

    fn answered(&self) {
        let answers = self.answers.get() + 1;
        if answers < TRUSTED {
            self.answers.set(answers);
        } else {
            self.enough.set(FIRST_ROW);
        }
    }

    fn in_vain(&self) {
        self.answers.set(0);
        self.row.set(0);
        self.enough.set((self.enough.get() * 2).min(LONGEST_ROW));
    }
}

impl Wake {
    /// Runs a poll that waits for so long at most.
    pub(crate) fn sleep(
        &self,
        timeout: c_int,
        poll: impl FnOnce() -> Result<Polled>,
    ) -> Result<Polled> {
        if timeout != 0 {
            self.linger.sleeps();
        }
        let polled = poll();
        if timeout != 0 {
            let alone = matches!(polled, Ok(Polled { count: 1, .. }));
            let by_send = alone && self.is_due();
            if by_send || self.linger.row.get() > 0 {
                self.linger.woke(by_send);
            }
        }
        polled
    }

    /// Waits for a send until `until`; says whether there was one.
    fn watch(&self, until: u64) -> bool {
        loop {
            for _ in 0..8 {
                if self.has_news() {
                    return true;
                }
                core::hint::spin_loop();
            }
            if clock::monotonic() >= until {
                return false;
            }
        }
    }
}

impl uv_loop_t {
    /// Stays awake for a moment, if that pays. What happened meanwhile, if anything did.
    pub(crate) fn linger(&self) -> Option<Result<Polled>> {
        let engine = self.engine();
        let wake = &engine.wake;
        if !(wake.linger.pays() || wake.is_flooded()) || engine.metrics.idle_wanted.get() {
            return None;
        }
        self.stay_awake()
    }

    #[inline(never)]
    fn stay_awake(&self) -> Option<Result<Polled>> {
        let engine = self.engine();
        let (wake, linger) = (&engine.wake, &engine.wake.linger);
        let pays = linger.pays();
        let mut now = clock::monotonic();
        let end = now + BUDGET;
        while now < end {
            if engine.may_bring_events() {
                let polled = engine.reactor().wait(0);
                if !matches!(polled, Ok(Polled { count: 0, .. })) {
                    return Some(polled);
                }
            }
            if wake.watch(now + POLL_EVERY) {
                linger.answered();
                return Some(Ok(Polled::default()));
            }
            now = clock::monotonic();
        }
        if pays {
            linger.in_vain();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many short sleeps in a row it takes until lingering pays.
    fn row_until_it_pays(linger: &Linger) -> u32 {
        let mut row = 0;
        while !linger.pays() {
            linger.learn(true);
            row += 1;
        }
        row
    }

    #[test]
    fn one_long_sleep_begins_a_new_row() {
        let linger = Linger::new();
        for _ in 0..3 {
            (1..FIRST_ROW).for_each(|_| linger.learn(true));
            assert!(!linger.pays());
            linger.learn(false);
        }
        assert_eq!(row_until_it_pays(&linger), FIRST_ROW);
    }

    #[test]
    fn tries_in_vain_become_rarer_up_to_a_limit() {
        let linger = Linger::new();
        let mut rows = [0; 12];
        for row in &mut rows {
            *row = row_until_it_pays(&linger);
            linger.in_vain();
            assert!(!linger.pays());
        }
        assert_eq!(rows[..3], [FIRST_ROW, 2 * FIRST_ROW, 4 * FIRST_ROW]);
        assert_eq!(rows[11], LONGEST_ROW);
    }

    #[test]
    fn only_many_answers_in_a_row_restore_trust() {
        let linger = Linger::new();
        (0..3).for_each(|_| linger.in_vain());
        (1..TRUSTED).for_each(|_| linger.answered());
        linger.in_vain();
        assert_eq!(row_until_it_pays(&linger), 16 * FIRST_ROW);
        (0..TRUSTED).for_each(|_| linger.answered());
        linger.in_vain();
        assert_eq!(row_until_it_pays(&linger), 2 * FIRST_ROW);
    }
}
