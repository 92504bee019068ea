//! What a thread of the pool does, from its start to its end.

use super::links::container_of;
use super::{Pool, complete};
use crate::abi::uv__work;
use crate::sys::worker as sys;
use core::ffi::c_void;
use core::ptr::null_mut;

/// Does the pool's jobs until none is left and the threads are to end.
pub(super) extern "C" fn run_worker(_: *mut c_void) -> *mut c_void {
    sys::set_name(c"libuv-worker");
    let pool = Pool::get();
    pool.has_started();
    let mut finished = None;
    while let Some((held, link, pace)) = pool.queue.take(finished.take()) {
        // SAFETY: the link of a submitted job, which is alive until `done` is called.
        let job = unsafe { &*container_of!(link, uv__work, wq) };
        // Under the lock: from now on the job cannot be cancelled.
        let work = job.work.take();
        pool.queue.unlock(held);
        if let Some(work) = work {
            // SAFETY: `work` was submitted together with this job.
            unsafe { work(core::ptr::from_ref(job).cast_mut()) };
        }
        // SAFETY: the job's request is active, so its loop has not been closed.
        complete(unsafe { &*job.loop_.get() }, job);
        finished = Some(pace);
    }
    null_mut()
}
