//! The queue of the thread pool: the jobs that no thread has begun, and the threads that are
//! parked until there are some. One lock guards both.
//!
//! Waking is throttled: a thread is woken if there is a job for it, but only one at a time, and
//! none while another spins (`spin.rs`). The woken thread takes a job, and wakes the next one if
//! there are more, before it begins. So a burst of short jobs is run by the threads that are
//! awake by then, and long jobs get a thread each as soon as one can be woken.
//!
//! No job is left behind: jobs are added and threads park under the lock. Whoever adds a job
//! either wakes a parked thread or sees that one is on its way, and each thread that wakes or
//! stops spinning looks for jobs under the lock before it parks again.

use super::links::unlinked;
use super::primitives::{Condvar, Held, Monitor};
use super::spin::{self, Spin};
use crate::abi::uv__queue;
use crate::sys::clock;
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The state of the threads.
pub(super) struct State {
    /// Threads that were created.
    pub(super) nthreads: usize,
    /// Threads that are running.
    pub(super) started: usize,
    /// The threads end when no job is left.
    pub(super) closing: bool,
    /// Threads that are parked, including one that was notified and has not woken yet.
    parked: usize,
    /// Whether there is such a notified thread.
    waking: bool,
    /// Whether a thread is spinning.
    spinning: bool,
    /// Decides whether the next thread spins before it parks.
    spin: Spin,
}

impl State {
    pub(super) const fn new() -> Self {
        State {
            nthreads: 0,
            started: 0,
            closing: false,
            parked: 0,
            waking: false,
            spinning: false,
            spin: Spin::new(),
        }
    }
}

pub(super) struct Queue {
    state: Monitor<State>,
    /// Guarded by the lock as well. Not inside it, because links point to the heads in here.
    jobs: Jobs,
    available: Condvar,
}

impl Queue {
    pub(super) const fn new(state: Monitor<State>, available: Condvar, in_child: bool) -> Self {
        let jobs = Jobs::new(in_child);
        Queue {
            state,
            jobs,
            available,
        }
    }

    pub(super) fn lock(&self) -> Held<'_, State> {
        self.state.lock()
    }

    /// Initialises the queues, before the first job.
    pub(super) fn init(&self, _held: &State) {
        self.jobs.init();
    }

    /// Adds a job.
    pub(super) fn submit(&self, held: Held<'_, State>, job: &uv__queue, pace: Pace) {
        self.jobs.add(job, pace);
        self.unlock(held);
    }

    /// Removes a job that no thread has begun.
    pub(super) fn remove(&self, held: Held<'_, State>, job: &uv__queue) {
        self.jobs.remove(job);
        self.unlock(held);
    }

    /// Unlocks, and wakes a thread if there is a job for it and no other thread is on its way.
    pub(super) fn unlock(&self, mut state: Held<'_, State>) {
        let on_its_way = state.waking || state.spinning;
        let wakes = state.parked > 0 && !on_its_way && self.jobs.has_next(state.nthreads);
        if wakes {
            state.waking = true;
            state
                .spin
                .woken(clock::monotonic(), spin::has_one_processor);
        }
        drop(state);
        if wakes {
            self.available.notify_one();
        }
    }

    /// Takes the next job, and waits until there is one. The caller unlocks with `unlock`.
    /// `finished` is the pace of the job that the thread has finished. Returns `None` if the
    /// thread must end.
    pub(super) fn take(
        &self,
        finished: Option<Pace>,
    ) -> Option<(Held<'_, State>, *mut uv__queue, Pace)> {
        let mut state = self.lock();
        if let Some(pace) = finished {
            self.jobs.finished(pace);
        }
        let mut has_spun = false;
        loop {
            if let Some((job, pace)) = self.jobs.take(state.nthreads) {
                return Some((state, job, pace));
            }
            if state.closing {
                return None;
            }
            let spins = !has_spun && !state.spinning && state.spin.is_worthwhile();
            state = if spins {
                self.spin(state)
            } else {
                self.park(state)
            };
            has_spun = spins;
        }
    }

    /// Spins, without the lock.
    fn spin<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.spinning = true;
        let first = self.jobs.added();
        drop(state);
        let found = spin::until_changed(first, || self.jobs.added());
        let mut state = self.lock();
        state.spinning = false;
        state.spin.ended(found);
        state
    }

    /// Parks the thread until there may be a job, or the pool closes.
    fn park<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.parked += 1;
        state.spin.parked(clock::monotonic());
        let mut state = state.wait(&self.available);
        state.parked -= 1;
        // A spurious wake-up counts as the notified thread: it looks for jobs as well.
        state.waking = false;
        state
    }

    /// Makes the threads end when no job is left.
    pub(super) fn close(&self, mut state: Held<'_, State>) {
        state.closing = true;
        drop(state);
        self.available.notify_all();
    }
}

/// How long a job may occupy its thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// Computation, or input and output on local files.
    Quick,
    /// It may wait for the network.
    Slow,
}

/// The jobs that no thread has begun, in libuv's order.
///
/// Slow jobs may wait for the network, so only half of the threads run them at a time. They keep
/// their turn among the quick ones: the link `slow_turn`, which is no job, stands in the queue
/// of quick jobs for the first slow one. After each slow job it moves to the end for the next.
///
/// Methods take `&self` because links point to the heads in here, which `&mut` would rule out.
struct Jobs {
    quick: uv__queue,
    slow: uv__queue,
    /// In `quick` while `slow` is not empty.
    slow_turn: uv__queue,
    slow_running: Cell<usize>,
    /// The number of jobs that were added, which a thread reads that spins without the lock.
    added: AtomicUsize,
    /// Whether this is a forked child, which may cancel jobs that its parent has queued.
    in_child: bool,
}

impl Jobs {
    const fn new(in_child: bool) -> Self {
        Jobs {
            quick: unlinked(),
            slow: unlinked(),
            slow_turn: unlinked(),
            slow_running: Cell::new(0),
            added: AtomicUsize::new(0),
            in_child,
        }
    }

    /// Initialises the queues at their final address; later calls do nothing.
    fn init(&self) {
        if self.quick.next.get().is_null() {
            self.quick.init();
            self.slow.init();
            self.slow_turn.init();
        }
    }

    fn is_slow_turn(&self) -> bool {
        core::ptr::eq(self.quick.first(), &self.slow_turn)
    }

    /// The first quick job, or null.
    fn first_quick(&self) -> *mut uv__queue {
        if !self.is_slow_turn() {
            return self.quick.first();
        }
        let next = self.slow_turn.next.get();
        if core::ptr::eq(next, &self.quick) {
            null_mut()
        } else {
            next
        }
    }

    fn slow_may_run(&self, threads: usize) -> bool {
        !self.slow.is_empty() && self.slow_running.get() < threads.div_ceil(2)
    }

    /// Whether [`take`](Jobs::take) finds a job.
    fn has_next(&self, threads: usize) -> bool {
        !self.first_quick().is_null() || self.slow_may_run(threads)
    }

    fn added(&self) -> usize {
        self.added.load(Relaxed)
    }

    /// Adds a job.
    fn add(&self, job: &uv__queue, pace: Pace) {
        self.added.store(self.added().wrapping_add(1), Relaxed);
        match pace {
            Pace::Quick => self.quick.push_back(job),
            Pace::Slow => {
                if self.slow.is_empty() {
                    self.quick.push_back(&self.slow_turn);
                }
                self.slow.push_back(job);
            }
        }
    }

    /// Takes the next job that one of so many threads may run.
    fn take(&self, threads: usize) -> Option<(*mut uv__queue, Pace)> {
        let (link, pace) = if self.is_slow_turn() && self.slow_may_run(threads) {
            self.slow_running.set(self.slow_running.get() + 1);
            let first = self.slow.pop_front();
            self.slow_turn.remove();
            if !self.slow.is_empty() {
                self.quick.push_back(&self.slow_turn);
            }
            (first, Pace::Slow)
        } else {
            (self.first_quick(), Pace::Quick)
        };
        // SAFETY: null, or the link of a queued job, whose request is active and so alive.
        unsafe { link.as_ref() }?.remove();
        Some((link, pace))
    }

    /// A job that was taken has finished.
    fn finished(&self, pace: Pace) {
        if pace == Pace::Slow {
            self.slow_running.set(self.slow_running.get() - 1);
        }
    }

    /// Whether a job is in one of the queues.
    fn has(&self, job: &uv__queue) -> bool {
        [&self.quick, &self.slow].into_iter().any(|head| {
            let mut link = head.next.get();
            while !link.is_null() && !core::ptr::eq(link, head) {
                if core::ptr::eq(link, job) {
                    return true;
                }
                // SAFETY: a job is alive while it is queued.
                link = unsafe { (*link).next.get() };
            }
            false
        })
    }

    /// Removes a job. In a forked child, the links of a job that its parent has queued point to
    /// the parent's queue: the child leaves them alone.
    fn remove(&self, job: &uv__queue) {
        if self.in_child && !self.has(job) {
            return;
        }
        job.remove();
        if self.slow.is_empty() {
            self.slow_turn.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pace::{Quick, Slow};
    use super::*;

    /// Adds jobs of these paces and takes them for so many threads, none of which finishes;
    /// returns the indices of those that were taken.
    fn taken(paces: &[Pace], threads: usize, removed: Option<usize>) -> Vec<usize> {
        let line: Vec<_> = paces.iter().map(|_| unlinked()).collect();
        let jobs = Jobs::new(false);
        jobs.init();
        for (job, pace) in line.iter().zip(paces) {
            jobs.add(job, *pace);
        }
        if let Some(index) = removed {
            jobs.remove(&line[index]);
        }
        let place = |taken: *mut uv__queue| line.iter().position(|job| core::ptr::eq(job, taken));
        core::iter::from_fn(|| jobs.take(threads))
            .map(|(job, _)| place(job).unwrap())
            .collect()
    }

    #[test]
    fn jobs_are_taken_in_the_order_in_which_they_came() {
        assert_eq!(taken(&[Quick, Quick, Slow, Quick], 8, None), [0, 1, 2, 3]);
        assert_eq!(taken(&[Slow, Quick, Slow, Quick], 8, None), [0, 1, 3, 2]);
    }

    #[test]
    fn half_of_the_threads_take_slow_jobs() {
        assert_eq!(taken(&[Slow; 5], 4, None), [0, 1]);
        assert_eq!(taken(&[Slow; 5], 1, None), [0]);
        assert_eq!(taken(&[Slow, Slow, Quick, Quick], 1, None), [0, 2, 3]);
    }

    #[test]
    fn a_parents_job_is_removed_from_no_queue_of_its_child() {
        let (parents, first, own) = (unlinked(), unlinked(), unlinked());
        let mut place = Jobs::new(false);
        place.init();
        place.add(&parents, Quick);
        place = Jobs::new(true);
        place.remove(&parents);
        place.init();
        place.add(&first, Quick);
        place.add(&own, Slow);
        place.remove(&parents);
        place.remove(&own);
        let taken = core::iter::from_fn(|| place.take(4));
        let taken: Vec<_> = taken.map(|(job, _)| job).collect();
        assert_eq!(taken, [core::ptr::from_ref(&first).cast_mut()]);
    }

    #[test]
    fn a_removed_job_is_not_taken_and_holds_no_other_up() {
        assert_eq!(taken(&[Quick, Slow, Quick], 8, Some(0)), [1, 2]);
        assert_eq!(taken(&[Slow, Quick], 8, Some(0)), [1]);
        assert_eq!(taken(&[Quick, Slow, Quick, Slow], 8, Some(1)), [0, 3, 2]);
    }
}
