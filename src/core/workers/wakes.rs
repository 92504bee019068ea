//! How many sleeping threads of the pool are on their way at a time.
//!
//! For short jobs one: it does the next ones as well, sooner than a second thread would be
//! awake. A long job keeps its thread, and those behind it would wait for one wake-up
//! after the other; so where jobs are long, each that finds others waiting wakes a thread
//! for itself. How long jobs are is measured now and then; a loop does not wait for several
//! of them to be over (`patience.rs`) where they are tiny.

/// What makes a job long, in nanoseconds: about what it takes to wake a thread.
const LONG: u64 = 10_000;
/// What makes it tiny: the loop takes about as long to hand over the next.
const TINY: u64 = 400;
/// A thread measures one in so many of its jobs.
const SAMPLE: u32 = 8;
/// So many in a row must have been long: a short one is too when its thread loses the
/// processor in the middle of it.
const SURE: u32 = 3;

pub(super) struct Wakes {
    /// Sleepers that have been woken and have not arrived yet.
    under_way: usize,
    /// How many of the jobs measured last were long.
    long: u32,
}

impl Wakes {
    pub(super) const fn new() -> Self {
        Self {
            under_way: 0,
            long: 0,
        }
    }

    /// Whether to wake one of `idle` sleepers. `coming` says that another thread is about
    /// to look for work anyway, `backlog` that the new job is not all there is to do.
    pub(super) fn is_due(&self, idle: usize, coming: bool, backlog: bool) -> bool {
        let alone = !coming && self.under_way == 0;
        self.under_way < idle && (alone || backlog && self.long >= SURE)
    }

    /// One is woken.
    pub(super) fn woken(&mut self) {
        self.under_way += 1;
    }

    /// A sleeper has arrived, be it one that woke by itself.
    pub(super) fn arrived(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A job was measured.
    pub(super) fn measured(&mut self, nanoseconds: u64) {
        self.long = if nanoseconds > LONG {
            self.long.saturating_add(1)
        } else {
            0
        };
    }
}

/// Whether a job is so short that the loop need not wait for several.
pub(super) fn is_tiny(nanoseconds: u64) -> bool {
    nanoseconds < TINY
}

/// Whether a thread measures its job with this number.
pub(super) fn is_sample(number: u32) -> bool {
    number % SAMPLE == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_for_short_jobs() {
        let mut wakes = Wakes::new();
        assert!(wakes.is_due(4, false, false) && !wakes.is_due(0, false, false));
        assert!(!wakes.is_due(4, true, true));
        wakes.woken();
        assert!(!wakes.is_due(4, false, true));
        wakes.arrived();
        assert!(wakes.is_due(3, false, true));
    }

    #[test]
    fn one_for_each_long_job() {
        let mut wakes = Wakes::new();
        wakes.woken();
        for _ in 0..SURE {
            assert!(!wakes.is_due(2, true, true));
            wakes.measured(LONG + 1);
        }
        assert!(!wakes.is_due(2, false, false) && wakes.is_due(2, true, true));
        wakes.woken();
        assert!(!wakes.is_due(2, true, true));
        wakes.arrived();
        wakes.arrived();
        wakes.arrived();
        assert!(!wakes.is_due(0, false, true) && wakes.is_due(1, false, false));
        wakes.measured(LONG);
        assert!(!wakes.is_due(4, true, true));
    }
}
