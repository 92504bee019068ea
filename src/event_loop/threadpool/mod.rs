//! The thread pool: one for the process, shared by all loops, made on first use.
//!
//! A job is a `uv__work` inside the caller's request, so submitting one allocates nothing.
//! `queue.rs` holds the jobs that no thread has begun, and says when a thread is woken for
//! them; `worker.rs` does them; `completions.rs` brings them back to their loops.
//!
//! A job's fields tell its state: `work` is set until a thread begins with it, `loop_` is
//! null once it has been cancelled, and `done` is set until it is called.

mod completions;
mod order;
mod queue;
mod spin;
mod threads;
mod worker;

use super::queue as links;
use super::{mpsc, primitives};
use crate::abi::{uv__done_cb, uv__work, uv__work_cb, uv_loop_t};
use crate::errno::{Errno, Result};
use completions::complete;
pub(crate) use completions::{Completions, jobs_done};
use core::cell::UnsafeCell;
use core::ptr::{from_ref, null_mut};
pub(crate) use order::Pace;
use primitives::{Condvar, Monitor};
use queue::{Queue, State};
use threads::Threads;
pub(crate) use threads::{cleanup, forked};

struct Pool {
    queue: Queue,
    /// Used under the queue's lock only.
    threads: Threads,
}

struct Shared(UnsafeCell<Pool>);

// SAFETY: the cell is written only by a forked child that has a single thread; what is in it
// has its lock.
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
        // SAFETY: a forked child overwrites the pool before its only thread comes here.
        unsafe { &*POOL.0.get() }
    }
}

impl uv__work {
    /// Makes this a job that the pool does not have: `cancel` answers EBUSY.
    pub(crate) fn init(&self) {
        self.loop_.set(null_mut());
        self.work.set(None);
        self.done.set(None);
    }

    /// Hands the job to the pool: `work` runs on one of its threads, then `done` on the
    /// loop's, with 0 or ECANCELED. On an error neither runs.
    pub(crate) fn submit(
        &self,
        loop_: &uv_loop_t,
        pace: Pace,
        work: uv__work_cb,
        done: uv__done_cb,
    ) -> Result {
        // Without threads the job is one that can no longer be cancelled.
        self.loop_.set(from_ref(loop_).cast_mut());
        self.work.set(None);
        self.done.set(done);
        let pool = Pool::get();
        let held = pool.start(pool.queue.lock())?;
        self.work.set(work);
        loop_.engine().completions.expect();
        pool.queue.submit(held, &self.wq, pace);
        Ok(())
    }

    /// Takes the job back if no thread has begun with it: `done` will run with ECANCELED.
    /// EBUSY when it is too late.
    pub(crate) fn cancel(&self) -> Result {
        let queue = &Pool::get().queue;
        let held = queue.lock();
        let loop_ = self.loop_.get();
        if loop_.is_null() && self.done.get().is_some() {
            // Cancelled before, and its callback has yet to run.
            return Ok(());
        }
        if self.work.get().is_none() {
            return Err(Errno::BUSY);
        }
        queue.withdraw(held, &self.wq);
        self.work.set(None);
        self.loop_.set(null_mut());
        // SAFETY: the job's request is active, so its loop cannot have been closed.
        complete(unsafe { &*loop_ }, self);
        Ok(())
    }
}
