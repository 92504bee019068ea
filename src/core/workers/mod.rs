//! The thread pool: one for the process, shared by all loops, made on first use.
//!
//! A job is a `uv__work` inside the caller's request, so handing one over allocates
//! nothing. One lock guards the queues of the pool and the loops' queues of finished
//! jobs: a worker puts back what it has done and takes the next job in one visit.
//!
//! Waking is throttled. At most one woken worker is on its way at a time, unless jobs are
//! long (`wakes.rs`); when it arrives and leaves work behind it wakes the next. A burst of
//! short jobs is thus done by the threads that are awake already. One thread may look out
//! for work for a moment before it sleeps, if that pays (`vigil.rs`).
//! The loop is told when its queue of finished jobs stops being empty, not for each, or,
//! with many jobs in flight, when several are in it (`patience.rs`).
//!
//! A job's fields tell its state: `work` is set while it waits for a thread;
//! `loop_` is null once it has been cancelled.

mod crew;
mod jobs;
pub(crate) mod patience;
mod share;
mod vigil;
mod wakes;
mod worker;

use crate::abi::{uv__done_cb, uv__work, uv__work_cb, uv_async_t, uv_loop_t};
use crate::core::dispatch;
use crate::core::queue::{container_of, unlinked};
use crate::errno::{Errno, Result};
use crate::sys::monitor::{Held, Monitor};
use crate::sys::{clock, thread, worker as sys};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::AtomicBool;
pub(crate) use crew::cleanup;
use jobs::Jobs;
pub(crate) use jobs::Pace;
pub(crate) use share::{exchange, put_back, room};
use std::sync::Condvar;
use vigil::Vigil;
use wakes::Wakes;

const DEFAULT_THREADS: usize = 4;

/// The threads, and what they are up to.
struct State {
    /// Threads that have come up.
    started: usize,
    /// Threads that sleep.
    idle: usize,
    /// How many of those are woken.
    wakes: Wakes,
    /// A thread that has nothing to do looks out for work before it sleeps.
    watching: bool,
    /// Whether that pays.
    vigil: Vigil,
    /// Threads that do a file request which they can end at once.
    brief: usize,
    /// How many threads can run beside a loop, once that has been asked.
    beside: Option<usize>,
    /// The threads are to end when there is nothing left to do.
    closing: bool,
    nthreads: usize,
    default_threads: [Option<sys::Thread>; DEFAULT_THREADS],
    /// `nthreads` handles, where they are more than `default_threads` holds.
    more_threads: *mut Option<sys::Thread>,
}

// SAFETY: the pointer leads to an array that is only used under the lock.
unsafe impl Send for State {}

struct Pool {
    state: Monitor<State>,
    /// Guarded by the lock, too; beside it, since its links lead into itself.
    jobs: Jobs,
    /// Jobs are tiny of late; beside the lock, for loops that are about to sleep.
    tiny: AtomicBool,
    work: Condvar,
    started: Condvar,
}

struct Shared(UnsafeCell<Pool>);

// SAFETY: the cell is written only by a forked child that has a single thread; the
// jobs in it are used under the lock.
unsafe impl Sync for Shared {}

static POOL: Shared = Shared(UnsafeCell::new(Pool::new(Jobs::new())));

impl Pool {
    const fn new(jobs: Jobs) -> Self {
        let state = State {
            started: 0,
            idle: 0,
            wakes: Wakes::new(),
            watching: false,
            vigil: Vigil::new(),
            brief: 0,
            beside: None,
            closing: false,
            nthreads: 0,
            default_threads: [None; DEFAULT_THREADS],
            more_threads: null_mut(),
        };
        Pool {
            state: Monitor::new(state),
            jobs,
            tiny: AtomicBool::new(false),
            work: Condvar::new(),
            started: Condvar::new(),
        }
    }

    fn get() -> &'static Pool {
        // SAFETY: see `Shared`: nobody holds this reference while it is overwritten.
        unsafe { &*POOL.0.get() }
    }

    fn lock(&self) -> Held<'_, State> {
        self.state.lock()
    }

    /// Unlocks, and wakes one worker if that is called for. `backlog` says that a new job
    /// is not the only one that waits.
    fn unlock(&self, mut state: Held<'_, State>, backlog: bool) {
        // A thread that will be here in a moment is as good as one that is woken.
        let coming = state.watching || state.brief >= state.beside().max(1);
        let wake =
            state.wakes.is_due(state.idle, coming, backlog) && self.jobs.has_next(state.nthreads);
        if wake {
            state.wakes.woken();
            state.vigil.wakes(clock::monotonic(), vigil::is_alone);
        }
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }
}

impl State {
    /// How many threads can run beside a loop.
    fn beside(&mut self) -> usize {
        *self.beside.get_or_insert_with(|| {
            let cpus = thread::allowed_cpus().unwrap_or(1);
            cpus.saturating_sub(1)
        })
    }
}

/// Puts a job that is over into its loop's queue, and gives the loop if it must be told.
/// The caller tells it when the lock is free again: the loop does not look at the queue
/// before, and cannot be closed, since the job's request is active.
fn give_back<'a>(
    _locked: &State,
    loop_: &'a uv_loop_t,
    job: &uv__work,
    more: bool,
) -> Option<&'a uv_loop_t> {
    loop_.wq.push_back(&job.wq);
    loop_.engine().patience.is_over(more).then_some(loop_)
}

fn tell(loop_: Option<&uv_loop_t>) {
    if let Some(loop_) = loop_ {
        loop_.wq_async.send();
    }
}

impl uv__work {
    /// Hands the job to the pool: `work` runs on one of its threads, then `done` on
    /// the loop's, with 0 or ECANCELED. On an error neither runs.
    pub(crate) fn submit(
        &self,
        loop_: &uv_loop_t,
        pace: Pace,
        work: uv__work_cb,
        done: uv__done_cb,
    ) -> Result {
        self.loop_.set(core::ptr::from_ref(loop_).cast_mut());
        self.work.set(work);
        self.done.set(done);
        let pool = Pool::get();
        let state = pool.start(pool.lock())?;
        loop_.engine().patience.handed_over();
        let backlog = pool.jobs.has_next(state.nthreads);
        pool.jobs.put(self, pace);
        pool.unlock(state, backlog);
        Ok(())
    }

    /// The job has been done by the loop's own thread: `done` runs as if by the pool.
    pub(crate) fn finished(&self, loop_: &uv_loop_t, done: uv__done_cb) {
        self.loop_.set(core::ptr::from_ref(loop_).cast_mut());
        self.work.set(None);
        self.done.set(done);
        loop_.engine().patience.handed_over();
        let waiting = give_back(&Pool::get().lock(), loop_, self, false);
        tell(waiting);
    }

    /// Takes the job back if no thread has begun with it: `done` will run with
    /// ECANCELED. EBUSY when it is too late.
    pub(crate) fn cancel(&self) -> Result {
        let pool = Pool::get();
        let state = pool.lock();
        let loop_ = self.loop_.get();
        if loop_.is_null() && !self.wq.is_empty() {
            // Cancelled before, and its callback has yet to run.
            return Ok(());
        }
        if self.work.get().is_none() {
            return Err(Errno::BUSY);
        }
        pool.jobs.withdraw(self);
        self.work.set(None);
        self.loop_.set(null_mut());
        // SAFETY: the job's request is active, so its loop cannot have been closed.
        let waiting = give_back(&state, unsafe { &*loop_ }, self, false);
        pool.unlock(state, false);
        tell(waiting);
        Ok(())
    }
}

/// The callback of the loop's `wq_async`: calls back for the jobs that are over.
pub(crate) unsafe extern "C" fn jobs_done(handle: *mut uv_async_t) {
    // SAFETY: the handle is a field of a loop that runs.
    let loop_ = unsafe { &*container_of!(handle, uv_loop_t, wq_async) };
    loop_.engine().renew_allowance();
    let finished = unlinked();
    {
        let _state = Pool::get().lock();
        loop_.wq.take_into(&finished);
        loop_.engine().patience.taken();
    }
    let mut count = 0;
    loop {
        let link = finished.pop_front();
        if link.is_null() {
            break;
        }
        // SAFETY: the link is that of a job whose request is active.
        let job = unsafe { &*container_of!(link, uv__work, wq) };
        let cancelled = job.loop_.get().is_null();
        let status = if cancelled { Errno::CANCELED.raw() } else { 0 };
        if let Some(done) = job.done.get() {
            // SAFETY: `done` was handed over together with this job. It may free it.
            unsafe { done(core::ptr::from_ref(job).cast_mut(), status) };
        }
        count += 1;
    }
    loop_.engine().patience.called_back(count);
    // The wake-up itself has been counted as one event.
    loop_.engine().count_more_events(count.max(1) as u64 - 1);
    dispatch::share_files(loop_);
}
