//! What a thread of the pool does, from its start to its end.

use super::{Pool, State, give_back, tell, vigil, wakes};
use crate::abi::{uv__work, uv_loop_t};
use crate::core::dispatch;
use crate::sys::monitor::Held;
use crate::sys::{clock, worker as sys};
use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;

/// Does the pool's work until there is none and the threads are to end.
pub(super) extern "C" fn run_worker(_: *mut c_void) -> *mut c_void {
    sys::set_name(c"libuv-worker");
    let pool = Pool::get();
    let mut state = pool.lock();
    state.started += 1;
    pool.started.notify_all();
    let mut waiting = None;
    let mut watched = false;
    let mut count = 0u32;
    loop {
        if let Some((job, pace)) = pool.jobs.take(state.nthreads) {
            // SAFETY: a queued job is alive until the loop has called `done`.
            let job = unsafe { &*job };
            watched = false;
            state = pool.perform(state, job, waiting, wakes::is_sample(count));
            count = count.wrapping_add(1);
            pool.jobs.done(pace);
            // SAFETY: the job's request is active, so its loop cannot have been closed.
            let loop_ = unsafe { &*job.loop_.get() };
            let more = pool.jobs.has_next(state.nthreads);
            waiting = give_back(&state, loop_, job, more);
        } else if waiting.is_some() {
            drop(state);
            tell(waiting.take());
            state = pool.lock();
        } else if state.closing {
            return null_mut();
        } else if !watched && !state.watching && state.vigil.pays() {
            watched = true;
            state = pool.watch(state);
        } else {
            watched = false;
            state = pool.sleep(state);
        }
    }
}

impl Pool {
    /// Does a job, without the lock, and tells the loop that is `waiting`. The rest of
    /// the work is left to others: to one that is woken for it, or, where the job takes
    /// but a moment, to this thread.
    fn perform<'a>(
        &'a self,
        mut state: Held<'a, State>,
        job: &uv__work,
        waiting: Option<&uv_loop_t>,
        measured: bool,
    ) -> Held<'a, State> {
        let work = job.work.take();
        if dispatch::may_be_brief(work) {
            state.brief += 1;
            drop(state);
            tell(waiting);
            let done = dispatch::do_briefly(job);
            state = self.lock();
            state.brief -= 1;
            if done {
                return state;
            }
            self.unlock(state, false);
        } else {
            self.unlock(state, false);
            tell(waiting);
        }
        let began = measured.then(clock::monotonic);
        if let Some(work) = work {
            // SAFETY: `work` was handed over together with this job.
            unsafe { work(core::ptr::from_ref(job).cast_mut()) };
        }
        let took = began.map(|began| clock::monotonic() - began);
        let mut state = self.lock();
        if let Some(took) = took {
            state.wakes.measured(took);
            self.tiny.store(wakes::is_tiny(took), Relaxed);
        }
        state
    }

    /// Looks out for work for a moment, without the lock. Who hands some over meanwhile
    /// wakes nobody: this thread is as good as on its way.
    fn watch<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.watching = true;
        let count = self.jobs.puts();
        drop(state);
        let came = vigil::watch(count, || self.jobs.puts());
        let mut state = self.lock();
        state.watching = false;
        state.vigil.ended(came);
        state
    }

    /// Sleeps until there is work, or the end.
    fn sleep<'a>(&'a self, mut state: Held<'a, State>) -> Held<'a, State> {
        state.idle += 1;
        state.vigil.sleeps(clock::monotonic());
        let mut state = state.wait(&self.work);
        state.idle -= 1;
        state.wakes.arrived();
        state
    }
}
