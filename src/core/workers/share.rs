//! The loop's part in what it has asked the pool for.
//!
//! Where threads run beside the loop and it has handed over many requests that it could
//! as well do by itself, all of them do: the loop takes its turn at the queue like one
//! of the threads, in the order in which the jobs came, and a thread that gets no
//! processor holds nothing up.

use super::{Pace, Pool, State, give_back, tell};
use crate::abi::{uv__work, uv_loop_t};

type Work = unsafe extern "C" fn(*mut uv__work);

/// What a job that is handed over now would find.
pub(crate) struct Room {
    /// A caller who does it by itself gains by leaving other jobs to the pool.
    pub(crate) beside: bool,
    /// Nothing is being done.
    pub(crate) quiet: bool,
}

/// Whether a job that is handed over now would begin at once. Then the order in which
/// jobs begin stays the same when the caller does it instead.
pub(crate) fn room() -> Option<Room> {
    let pool = Pool::get();
    let mut state = pool.lock();
    let unused = state.nthreads == 0;
    (unused || pool.jobs.has_room(state.nthreads)).then(|| Room {
        beside: state.shares(),
        quiet: unused || pool.jobs.is_quiet(),
    })
}

impl State {
    /// Whether loops take part. A single thread does one thing after the other.
    fn shares(&mut self) -> bool {
        self.nthreads != 1 && self.beside() > 0
    }
}

/// Gives back what the loop's thread has done, and takes the next job for it: if that is
/// this loop's, does this `work`, and would begin by now.
pub(crate) fn exchange<'a>(
    loop_: &uv_loop_t,
    over: Option<&uv__work>,
    work: Work,
) -> Option<&'a uv__work> {
    let pool = Pool::get();
    let mut state = pool.lock();
    let first = over.and_then(|job| {
        pool.jobs.done(Pace::Quick);
        give_back(&state, loop_, job, false)
    });
    let wanted = |job: &uv__work| {
        let same = |its: Work| core::ptr::fn_addr_eq(its, work);
        core::ptr::eq(job.loop_.get(), loop_) && job.work.get().is_some_and(same)
    };
    let next = if state.shares() {
        pool.jobs.take_if(state.nthreads, wanted)
    } else {
        None
    };
    if let Some(job) = next {
        job.work.set(None);
    }
    drop(state);
    tell(first);
    next
}

/// Leaves a job that `exchange` gave, and that has not begun, to the threads.
pub(crate) fn put_back(job: &uv__work, work: Work) {
    let pool = Pool::get();
    let state = pool.lock();
    job.work.set(Some(work));
    pool.jobs.put_back(job);
    pool.unlock(state, false);
}
