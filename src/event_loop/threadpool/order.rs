//! Which job of the thread pool is next: quick ones and slow ones, in order.
//!
//! Slow jobs may wait for the network, so only half of the threads take them at a time.
//! They keep their place among the quick ones all the same: a link that is no job stands
//! in that queue for the first of them. After each, it is put in again at the end for the
//! next. The order is libuv's.

use super::links::unlinked;
use crate::abi::uv__queue;
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How long a job may keep its thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// Computation, or input and output on local files.
    Quick,
    /// It may wait for the network.
    Slow,
}

/// The jobs that wait, and how many slow ones are being done.
///
/// Its methods take `&self`: the links lead back to the heads in here, and `&mut` would
/// promise that nothing else does.
pub(super) struct Jobs {
    quick: uv__queue,
    slow: uv__queue,
    /// In `quick` while there are slow jobs.
    slow_turn: uv__queue,
    slow_running: Cell<usize>,
    /// Counts `put`s, for a thread that spins without the lock.
    puts: AtomicUsize,
    /// These are a forked child's, which may cancel jobs that only its parent has queued.
    in_child: bool,
}

impl Jobs {
    pub(super) const fn new(in_child: bool) -> Self {
        Jobs {
            quick: unlinked(),
            slow: unlinked(),
            slow_turn: unlinked(),
            slow_running: Cell::new(0),
            puts: AtomicUsize::new(0),
            in_child,
        }
    }

    /// Ties the queues' ends together, once, where they stay.
    pub(super) fn init(&self) {
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

    /// Whether [`take`](Jobs::take) would find a job.
    pub(super) fn has_next(&self, threads: usize) -> bool {
        !self.first_quick().is_null() || self.slow_may_run(threads)
    }

    /// A number that changes with every `put`, to be read without the lock.
    pub(super) fn puts(&self) -> usize {
        self.puts.load(Relaxed)
    }

    /// Queues a job.
    pub(super) fn put(&self, job: &uv__queue, pace: Pace) {
        self.puts.store(self.puts().wrapping_add(1), Relaxed);
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

    /// Takes the next job that may run on one of so many threads.
    pub(super) fn take(&self, threads: usize) -> Option<(*mut uv__queue, Pace)> {
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
        // SAFETY: null, or a queued job, which is alive.
        unsafe { link.as_ref() }?.remove();
        Some((link, pace))
    }

    /// A job that was taken is over.
    pub(super) fn done(&self, pace: Pace) {
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
                // SAFETY: a member is alive while it is linked.
                link = unsafe { (*link).next.get() };
            }
            false
        })
    }

    /// Takes a waiting job out of its queue. The links of one that only the parent has
    /// queued lead to a queue that a forked child does not have.
    pub(super) fn withdraw(&self, job: &uv__queue) {
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

    /// Queues jobs of these paces and takes them on so many threads, all of them busy
    /// until the end; gives the places in the line of those that were taken.
    fn taken(paces: &[Pace], threads: usize, withdrawn: Option<usize>) -> Vec<usize> {
        let line: Vec<_> = paces.iter().map(|_| unlinked()).collect();
        let jobs = Jobs::new(false);
        jobs.init();
        for (job, pace) in line.iter().zip(paces) {
            jobs.put(job, *pace);
        }
        if let Some(index) = withdrawn {
            jobs.withdraw(&line[index]);
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
    fn a_parents_job_is_withdrawn_from_no_queue_of_its_child() {
        let (parents, first, own) = (unlinked(), unlinked(), unlinked());
        let mut place = Jobs::new(false);
        place.init();
        place.put(&parents, Quick);
        place = Jobs::new(true);
        place.withdraw(&parents);
        place.init();
        place.put(&first, Quick);
        place.put(&own, Slow);
        place.withdraw(&parents);
        place.withdraw(&own);
        let taken = core::iter::from_fn(|| place.take(4));
        let taken: Vec<_> = taken.map(|(job, _)| job).collect();
        assert_eq!(taken, [core::ptr::from_ref(&first).cast_mut()]);
    }

    #[test]
    fn a_withdrawn_job_is_not_taken_and_holds_no_other_up() {
        assert_eq!(taken(&[Quick, Slow, Quick], 8, Some(0)), [1, 2]);
        assert_eq!(taken(&[Slow, Quick], 8, Some(0)), [1]);
        assert_eq!(taken(&[Quick, Slow, Quick, Slow], 8, Some(1)), [0, 3, 2]);
    }
}
