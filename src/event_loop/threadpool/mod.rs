//! The thread pool: one for the process, shared by all loops, created on first use.
//!
//! A job is a `uv__work` inside the caller's request, so submitting one allocates nothing.
//! `queue.rs` holds the jobs that no thread has begun and wakes threads for them; `threads.rs`
//! runs them; this file submits them, cancels them, and calls them back on their loops.
//!
//! A job's fields tell its state: `work` is set until a thread begins the job, `loop_` is null
//! once the job is cancelled, and `done` is set until it is called.
//!
//! # Completions
//!
//! The thread that pushes a job on the empty completion stack of a loop sends to the loop's
//! `wq_async`, whose callback takes the whole stack. So each batch wakes the loop once, and no
//! job waits for another.
//!
//! The loop cannot be closed between the push and the send: it takes a batch only after the
//! send, the job's request is active until then, and closing `wq_async` waits for threads that
//! are in its send.

mod queue;
mod spin;
mod threads;

use super::async_::sending::{Linked, Stack};
use super::primitives;
use super::queue as links;
use crate::abi::{uv__done_cb, uv__work, uv__work_cb, uv_async_t, uv_loop_t};
use crate::errno::{Errno, Result};
use core::cell::{Cell, UnsafeCell};
use core::ptr::{from_ref, null_mut};
use links::container_of;
use primitives::{Condvar, Monitor};
pub(crate) use queue::Pace;
use queue::{Queue, State};
use spin::LoopSpin;
use threads::Threads;
pub(crate) use threads::{cleanup, forked};

struct Pool {
    queue: Queue,
    /// Used with the queue's lock held.
    threads: Threads,
}

struct Shared(UnsafeCell<Pool>);

// SAFETY: only a forked child with a single thread writes the cell; its contents have a lock.
unsafe impl Sync for Shared {}

static POOL: Shared = Shared(UnsafeCell::new(Pool::new(false)));

impl Pool {
    const fn new(in_child: bool) -> Self {
        Pool {
            queue: Queue::new(Monitor::new(State::new()), Condvar::new(), in_child),
            threads: Threads::new(),
        }
    }

    fn get() -> &'static Pool {
        // SAFETY: only `forked` writes the pool, while a forked child's only thread is in `fork`.
        unsafe { &*POOL.0.get() }
    }
}

impl uv__work {
    /// Makes this a job that was not submitted: `cancel` returns EBUSY.
    pub(crate) fn init(&self) {
        self.loop_.set(null_mut());
        self.work.set(None);
        self.done.set(None);
    }

    /// Submits the job: a thread of the pool calls `work`, then the loop's thread calls `done`,
    /// with 0 or ECANCELED. On an error neither is called.
    pub(crate) fn submit(
        &self,
        loop_: &uv_loop_t,
        pace: Pace,
        work: uv__work_cb,
        done: uv__done_cb,
    ) -> Result {
        // Until there are threads, the job cannot be cancelled.
        self.loop_.set(from_ref(loop_).cast_mut());
        self.work.set(None);
        self.done.set(done);
        let pool = Pool::get();
        let held = pool.start(pool.queue.lock())?;
        self.work.set(work);
        let jobs = &loop_.engine().completions.jobs;
        jobs.set(jobs.get() + 1);
        pool.queue.submit(held, &self.wq, pace);
        Ok(())
    }

    /// Cancels the job if no thread has begun it: the loop calls `done` with ECANCELED. EBUSY
    /// otherwise.
    pub(crate) fn cancel(&self) -> Result {
        let queue = &Pool::get().queue;
        let held = queue.lock();
        let loop_ = self.loop_.get();
        if loop_.is_null() && self.done.get().is_some() {
            // Cancelled before, and not called back yet.
            return Ok(());
        }
        if self.work.get().is_none() {
            return Err(Errno::BUSY);
        }
        queue.remove(held, &self.wq);
        self.work.set(None);
        self.loop_.set(null_mut());
        // SAFETY: the job's request is active, so the loop is not closed.
        complete(unsafe { &*loop_ }, self);
        Ok(())
    }
}

/// The jobs that a loop has submitted and not called back.
pub(crate) struct Completions {
    completed: Stack<uv__work>,
    /// The number of jobs, completed or not.
    jobs: Cell<usize>,
    spin: LoopSpin,
}

impl Linked for uv__work {
    fn next(&self) -> *mut Self {
        self.wq.next.get().cast()
    }
    fn set_next(&self, next: *mut Self) {
        self.wq.next.set(next.cast());
    }
}

impl Completions {
    pub(crate) fn new() -> Self {
        Self {
            completed: Stack::new(),
            jobs: Cell::new(0),
            spin: LoopSpin::new(),
        }
    }

    /// Spins for a moment until something `is_due`, if a job is under way. The loop is about to
    /// sleep.
    pub(crate) fn spin(&self, is_due: impl Fn() -> bool) {
        if self.jobs.get() > 0 {
            self.spin.spin(is_due, || !self.is_empty());
        }
    }

    /// Whether no job is completed.
    pub(crate) fn is_empty(&self) -> bool {
        self.completed.is_empty()
    }
}

/// Makes the loop call `done` of a job that is in no queue. Neither the job nor the loop may be
/// used afterwards.
fn complete(loop_: &uv_loop_t, job: &uv__work) {
    if loop_.engine().completions.completed.push(job) {
        loop_.wq_async.send();
    }
}

/// The callback of the loop's `wq_async`: calls `done` of the completed jobs.
pub(crate) unsafe extern "C" fn jobs_done(handle: *mut uv_async_t) {
    // SAFETY: the handle is a field of a running loop, and `uv_run` keeps the engine.
    let engine = unsafe { &*container_of!(handle, uv_loop_t, wq_async) }.engine();
    let completions = &engine.completions;
    let mut next = completions.completed.take();
    let mut count = 0;
    // SAFETY: a completed job lives until `done`, which may free it; `next` is read before.
    while let Some(job) = unsafe { next.as_ref() } {
        next = job.next();
        let cancelled = job.loop_.get().is_null();
        let status = if cancelled { Errno::CANCELED.raw() } else { 0 };
        completions.jobs.set(completions.jobs.get() - 1);
        if let Some(done) = job.done.take() {
            // SAFETY: `done` was submitted together with this job.
            unsafe { done(from_ref(job).cast_mut(), status) };
        }
        count += 1;
    }
    // `wq_async` itself is counted as one event.
    engine.count_more_events(count.max(1) - 1);
}
