//! The jobs that no thread has begun, and the threads that sleep until there are some.
//!
//! One lock guards both. A thread is woken whenever a job is there that it could take, but
//! one at a time: until the woken thread has arrived, no other is woken. It takes a job, and
//! if it leaves some behind, it wakes the next thread before it begins. So a burst of short
//! jobs is done by the threads that are awake by then, and long jobs get a thread each as
//! soon as one can be woken. A thread that spins (`spin.rs`) counts as one that is arriving.
//!
//! No job is left while a thread sleeps: a job is put in, and a thread falls asleep, under
//! the lock. The thread that puts a job in sees each sleeper and wakes one, or sees that one is
//! arriving; and each that arrives looks for jobs under the lock before it sleeps again.

use super::order::{Jobs, Pace};
use super::primitives::{Condvar, Held, Monitor};
use super::spin::{self, Spin};
use crate::abi::uv__queue;
use crate::sys::clock;

/// What the threads are up to.
pub(super) struct State {
    /// Threads that were created.
    pub(super) nthreads: usize,
    /// Threads that have come up.
    pub(super) started: usize,
    /// The threads are to end when no job is left.
    pub(super) closing: bool,
    /// Threads that sleep, the one that is being woken included.
    idle: usize,
    /// One of them was notified and has not arrived yet.
    waking: bool,
    /// A thread looks for jobs for a moment before it sleeps.
    spinning: bool,
    /// Whether that is worthwhile.
    spin: Spin,
}

impl State {
    pub(super) const fn new() -> Self {
        State {
            nthreads: 0,
            started: 0,
            closing: false,
            idle: 0,
            waking: false,
            spinning: false,
            spin: Spin::new(),
        }
    }
}

pub(super) struct Queue {
    state: Monitor<State>,
    /// Guarded by the lock, too; beside it, since its links lead into itself.
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

    /// Ties the queues' ends together, before the first job.
    pub(super) fn init(&self, _held: &State) {
        self.jobs.init();
    }

    /// Puts a job in.
    pub(super) fn submit(&self, held: Held<'_, State>, job: &uv__queue, pace: Pace) {
        self.jobs.put(job, pace);
        self.unlock(held);
    }

    /// Takes a job out that no thread has begun.
    pub(super) fn withdraw(&self, held: Held<'_, State>, job: &uv__queue) {
        self.jobs.withdraw(job);
        self.unlock(held);
    }

    /// Unlocks, and wakes a thread if that is called for.
    pub(super) fn unlock(&self, mut state: Held<'_, State>) {
        let arriving = state.waking || state.spinning;
        let wakes = state.idle > 0 && !arriving && self.jobs.has_next(state.nthreads);
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

    /// Takes the next job, and waits until there is one. The caller unlocks, with `unlock`.
    /// `finished` says that it is through with a job of that pace. None means that the
    /// thread is to end.
    pub(super) fn take(
        &self,
        finished: Option<Pace>,
    ) -> Option<(Held<'_, State>, *mut uv__queue, Pace)> {
        let mut state = self.lock();
        if let Some(pace) = finished {
            self.jobs.done(pace);
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
                self.sleep(state)
            };
            has_spun = spins;
        }
    }

    /// Waits for a moment without the lock and without sleeping.
    fn spin<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.spinning = true;
        let first = self.jobs.puts();
        drop(state);
        let found = spin::until_changed(first, || self.jobs.puts());
        let mut state = self.lock();
        state.spinning = false;
        state.spin.ended(found);
        state
    }

    /// Sleeps until a job may be there, or the end.
    fn sleep<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.idle += 1;
        state.spin.sleeps(clock::monotonic());
        let mut state = state.wait(&self.available);
        state.idle -= 1;
        // A thread that was not notified looks for jobs just as well.
        state.waking = false;
        state
    }

    /// Has all threads end that find no job.
    pub(super) fn close(&self, mut state: Held<'_, State>) {
        state.closing = true;
        drop(state);
        self.available.notify_all();
    }
}
