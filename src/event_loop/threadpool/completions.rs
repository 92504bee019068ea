//! Jobs that are over, on their way back to the loop.
//!
//! One rule: the thread that pushes the first job on a loop's empty stack sends to the loop's
//! `wq_async`, whose callback takes all that is there. So each batch is announced once, and
//! a job never waits for another.
//!
//! The loop cannot be closed between the push and the send: it takes a batch only after the
//! batch was announced, until then the job's request is active, and `uv_loop_close` waits for
//! threads that are inside `wq_async`'s send.

use super::links::container_of;
use super::mpsc::{Linked, Stack};
use super::spin::LoopSpin;
use crate::abi::{uv__work, uv_async_t, uv_loop_t};
use crate::errno::Errno;
use core::cell::Cell;

/// A loop's jobs that are not called back.
pub(crate) struct Completions {
    /// Those that are over.
    over: Stack<uv__work>,
    /// How many there are, whether they are over or not.
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
            over: Stack::new(),
            jobs: Cell::new(0),
            spin: LoopSpin::new(),
        }
    }

    /// The loop has a job in the pool.
    pub(super) fn expect(&self) {
        self.jobs.set(self.jobs.get() + 1);
    }

    /// The loop is about to sleep: if a job is under way, waits for a moment until
    /// something `is_due`.
    pub(crate) fn spin(&self, is_due: impl Fn() -> bool) {
        if self.jobs.get() > 0 {
            self.spin.spin(is_due, || !self.is_empty());
        }
    }

    /// Whether no job is over.
    pub(crate) fn is_empty(&self) -> bool {
        self.over.is_empty()
    }
}

/// The job is over, and in no queue: its loop is to call `done`. Nothing of the job and of
/// the loop is used afterwards.
pub(super) fn complete(loop_: &uv_loop_t, job: &uv__work) {
    if loop_.engine().completions.over.push(job) {
        loop_.wq_async.send();
    }
}

/// The callback of the loop's `wq_async`: calls back for the jobs that are over.
pub(crate) unsafe extern "C" fn jobs_done(handle: *mut uv_async_t) {
    // SAFETY: the handle is a field of a loop that runs, which keeps its engine.
    let engine = unsafe { &*container_of!(handle, uv_loop_t, wq_async) }.engine();
    let completions = &engine.completions;
    let mut next = completions.over.take();
    let mut count = 0;
    // SAFETY: the job's request is active until `done` is called, which may free it; the
    // link to the next job is read before.
    while let Some(job) = unsafe { next.as_ref() } {
        next = job.next();
        let cancelled = job.loop_.get().is_null();
        let status = if cancelled { Errno::CANCELED.raw() } else { 0 };
        completions.jobs.set(completions.jobs.get() - 1);
        if let Some(done) = job.done.take() {
            // SAFETY: `done` was submitted together with this job.
            unsafe { done(core::ptr::from_ref(job).cast_mut(), status) };
        }
        count += 1;
    }
    // `wq_async` itself has been counted as one event.
    engine.count_more_events(count.max(1) - 1);
}
