//! When a loop is told that jobs are over: of each at once, or of several at a time.
//!
//! To be told costs a sleeping loop a wake-up, and where processors are few it takes one
//! from the threads. With many jobs in flight nothing is gained by it: what the loop hands
//! over then waits behind those that are there already. Such a loop is *patient*: it is
//! told when a good part of its jobs is over, or when none is left for the threads to take.
//! Not where jobs are tiny: they end about as fast as the loop hands over others, and the
//! kernel's timer for the limit below costs as much as ten of them.
//!
//! A thread cannot know how long the job takes that it begins while others of the loop's
//! are over and untold. So a patient loop never sleeps for longer than a millisecond, does
//! not pass by untold jobs twice, and not at all where it has no time to sleep. If the sleep
//! ends at its limit, jobs are long: it asks for fewer at a time, and where not even a few
//! end so soon, it is patient no more for a while, which doubles each time that this happens
//! again.

use super::{Pool, tell};
use crate::abi::uv_loop_t;
use core::cell::Cell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many jobs in flight are many.
const MANY: usize = 32;
/// The loop is told at the latest when so many are over.
const MOST: usize = 64;
/// How long a patient loop sleeps at most, in milliseconds.
const LIMIT: c_int = 1;
/// For how many sleeps it is not patient after the first time in vain, and at most.
const FIRST_PAUSE: u32 = 64;
const LONGEST_PAUSE: u32 = 1 << 14;
/// How many times in a row that were not in vain make up for those that were.
const TRUSTED: u32 = 64;

pub(crate) struct Patience {
    /// Jobs that were handed over and have not been called back.
    in_flight: Cell<usize>,
    /// Untold jobs were passed by.
    passed: Cell<bool>,
    /// What takes the place of `MOST` where so many take too long.
    most: Cell<usize>,
    /// For how many sleeps it is still not patient.
    pause: Cell<u32>,
    next_pause: Cell<u32>,
    /// Times in a row that were not in vain.
    in_time: Cell<u32>,
    news: News,
}

/// What threads look at for each job. It changes under the pool's lock; the loop's thread
/// may read what is atomic, and `enough`, which only it changes, without.
struct News {
    /// How many jobs must be over for the loop to be told.
    enough: Cell<usize>,
    /// How many are, since the loop took them last.
    over: AtomicUsize,
    /// The loop has been told.
    told: Cell<bool>,
}

impl Patience {
    pub(crate) const fn new() -> Self {
        Self {
            in_flight: Cell::new(0),
            passed: Cell::new(false),
            most: Cell::new(MOST),
            pause: Cell::new(0),
            next_pause: Cell::new(FIRST_PAUSE),
            in_time: Cell::new(0),
            news: News {
                enough: Cell::new(1),
                over: AtomicUsize::new(0),
                told: Cell::new(false),
            },
        }
    }

    /// A job is handed over.
    pub(super) fn handed_over(&self) {
        self.in_flight.set(self.in_flight.get() + 1);
    }

    /// So many have been called back.
    pub(super) fn called_back(&self, count: usize) {
        self.in_flight
            .set(self.in_flight.get().saturating_sub(count));
    }

    /// A job is over; says whether the loop is to be told. There may be `more` that
    /// the same thread goes on with before it could tell.
    pub(super) fn is_over(&self, more: bool) -> bool {
        let news = &self.news;
        let over = news.over.load(Relaxed) + 1;
        news.over.store(over, Relaxed);
        let tells = !news.told.get() && (!more || over >= news.enough.get());
        news.told.set(news.told.get() || tells);
        tells
    }

    /// The loop takes all that is over.
    pub(super) fn taken(&self) {
        let news = &self.news;
        news.over.store(0, Relaxed);
        news.told.set(false);
        self.passed.set(false);
        if news.enough.get() > 1 {
            self.was_in_time();
        }
    }

    fn is_patient(&self) -> bool {
        self.news.enough.get() > 1
    }

    /// Whether jobs that are over must not be passed by: not where the loop does not sleep,
    /// and gains nothing by it, nor twice.
    #[inline]
    fn is_to_end(&self, may_sleep: bool) -> bool {
        self.is_patient()
            && self.news.over.load(Relaxed) > 0
            && (self.passed.replace(true) || !may_sleep)
    }

    /// Changes what is enough; says whether the loop is to be told by now.
    fn change(&self, enough: usize) -> bool {
        let news = &self.news;
        news.enough.set(enough);
        let tells = !news.told.get() && news.over.load(Relaxed) >= enough;
        news.told.set(news.told.get() || tells);
        tells
    }

    /// What is enough for a loop that is about to sleep.
    fn enough(&self, tiny: bool) -> usize {
        let in_flight = self.in_flight.get();
        if in_flight < MANY || tiny {
            return 1;
        }
        let pause = self.pause.get();
        if pause > 0 {
            self.pause.set(pause - 1);
            return 1;
        }
        (in_flight / 3).min(self.most.get())
    }

    fn was_in_time(&self) {
        let in_time = self.in_time.get() + 1;
        if in_time < TRUSTED {
            self.in_time.set(in_time);
        } else {
            self.in_time.set(0);
            self.most.set((self.most.get() * 2).min(MOST));
            self.next_pause.set(FIRST_PAUSE);
        }
    }

    /// As long as a sleep may be, not enough jobs ended.
    fn was_in_vain(&self) {
        self.in_time.set(0);
        let over = self.news.over.load(Relaxed);
        if over >= 4 {
            return self.most.set(over / 2);
        }
        let pause = self.next_pause.get();
        self.pause.set(pause);
        self.next_pause.set((pause * 2).min(LONGEST_PAUSE));
    }

    /// In a forked child, which has none of the threads. It tells itself of what is over.
    pub(crate) fn forget(&self, tells: bool) {
        self.in_flight.set(0);
        self.news.enough.set(1);
        self.news.told.set(tells);
    }
}

fn change(loop_: &uv_loop_t, enough: usize) {
    let held = Pool::get().lock();
    let tells = loop_.engine().patience.change(enough);
    drop(held);
    tell(tells.then_some(loop_));
}

/// The loop looks for what there is to do, and may sleep if there is nothing.
#[inline]
pub(crate) fn look(loop_: &uv_loop_t, may_sleep: bool) {
    if loop_.engine().patience.is_to_end(may_sleep) {
        lose(loop_);
    }
}

/// The loop is about to sleep for so long. For how long it may, if it is patient.
pub(crate) fn limit(loop_: &uv_loop_t, timeout: c_int) -> Option<c_int> {
    let patience = &loop_.engine().patience;
    let enough = patience.enough(Pool::get().tiny.load(Relaxed));
    if enough != patience.news.enough.get() {
        change(loop_, enough);
    }
    let limited = !(0..=LIMIT).contains(&timeout);
    (limited && enough > 1).then_some(LIMIT)
}

/// A limited sleep was in vain.
pub(crate) fn in_vain(loop_: &uv_loop_t) {
    loop_.engine().patience.was_in_vain();
    lose(loop_);
}

/// From now on the loop is told at once.
pub(crate) fn lose(loop_: &uv_loop_t) {
    if loop_.engine().patience.is_patient() {
        change(loop_, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loop that is about to sleep with so many jobs in flight.
    fn loop_with(jobs: usize) -> Patience {
        let patience = Patience::new();
        (0..jobs).for_each(|_| patience.handed_over());
        patience.change(patience.enough(false));
        patience
    }

    /// How many jobs must be over for it to be told, and that it is told once.
    fn told_after(patience: &Patience) -> usize {
        let told: Vec<_> = (0..2 * MOST).map(|_| patience.is_over(true)).collect();
        assert_eq!(told.iter().filter(|told| **told).count(), 1);
        patience.taken();
        1 + told.iter().position(|told| *told).unwrap()
    }

    #[test]
    fn with_few_jobs_it_is_told_of_the_first() {
        assert_eq!(told_after(&Patience::new()), 1);
        assert_eq!(told_after(&loop_with(MANY - 1)), 1);
    }

    #[test]
    fn of_tiny_jobs_it_is_told_of_the_first() {
        let patience = loop_with(60);
        patience.change(patience.enough(true));
        assert_eq!(told_after(&patience), 1);
    }

    #[test]
    fn with_many_it_is_told_of_a_part() {
        assert_eq!(told_after(&loop_with(60)), 20);
        assert_eq!(told_after(&loop_with(10_000)), MOST);
    }

    #[test]
    fn it_is_told_at_once_when_a_thread_runs_out_of_work() {
        let patience = loop_with(60);
        assert!(!patience.is_over(true) && patience.is_over(false) && !patience.is_over(false));
        patience.taken();
        patience.called_back(3);
        assert_eq!(patience.in_flight.get(), 57);
        assert!(!patience.is_over(true));
    }

    #[test]
    fn jobs_that_are_over_are_passed_by_once_if_the_loop_may_sleep() {
        let patience = loop_with(60);
        assert!(!patience.is_to_end(false) && !patience.is_over(true));
        assert!(!patience.is_to_end(true) && patience.is_to_end(true));
        patience.taken();
        assert!(!patience.is_over(true) && patience.is_to_end(false));
    }

    #[test]
    fn one_that_loses_patience_is_told_of_what_is_over() {
        let patience = loop_with(60);
        assert!(!patience.is_over(true) && patience.change(1) && !patience.is_over(true));
        patience.taken();
        assert!(!patience.change(1) && patience.is_over(true));
    }

    #[test]
    fn where_jobs_take_long_it_hears_of_fewer_at_a_time() {
        let patience = loop_with(60);
        (0..4).for_each(|_| assert!(!patience.is_over(true)));
        patience.was_in_vain();
        assert!(patience.change(1));
        patience.taken();
        assert_eq!(patience.enough(false), 2);
        patience.change(2);
        (0..TRUSTED).for_each(|_| assert_eq!(told_after(&patience), 2));
        assert_eq!(patience.enough(false), 4);
    }

    #[test]
    fn where_they_take_longer_it_pauses_for_longer_and_longer() {
        let patience = loop_with(60);
        let pauses = core::array::from_fn::<_, 10, _>(|_| {
            patience.was_in_vain();
            1 + (0..).take_while(|_| patience.enough(false) == 1).count() as u32
        });
        assert_eq!(
            pauses[..3],
            [FIRST_PAUSE + 1, 2 * FIRST_PAUSE + 1, 4 * FIRST_PAUSE + 1]
        );
        assert_eq!(pauses[9], LONGEST_PAUSE + 1);
    }
}
