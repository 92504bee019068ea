//! `uv_queue_work`: functions of the program on the thread pool.

use crate::abi::{UV_WORK, uv__work, uv_after_work_cb, uv_loop_t, uv_work_cb, uv_work_t};
use crate::errno::{Errno, Result};
use crate::event_loop::queue::container_of;
use crate::event_loop::threadpool::Pace;
use core::ffi::c_int;

impl uv_work_t {
    /// Queues `work` for the thread pool. `after` runs on the loop's thread afterwards.
    pub(crate) fn queue(
        &self,
        loop_: &uv_loop_t,
        work: uv_work_cb,
        after: uv_after_work_cb,
    ) -> Result {
        if work.is_none() {
            return Err(Errno::INVAL);
        }
        self.base.init(loop_, UV_WORK);
        self.loop_.set(core::ptr::from_ref(loop_).cast_mut());
        self.work_cb.set(work);
        self.after_work_cb.set(after);
        self.work_req
            .submit(loop_, Pace::Quick, Some(run), Some(done))
            .inspect_err(|_| loop_.req_unregister())
    }
}

fn request(job: *mut uv__work) -> *mut uv_work_t {
    container_of!(job, uv_work_t, work_req)
}

unsafe extern "C" fn run(job: *mut uv__work) {
    let req = request(job);
    // SAFETY: the job is the one in a work request, which the caller keeps alive
    // until its callback has run; the callback gets the request it was given for.
    unsafe {
        if let Some(work) = (*req).work_cb.get() {
            work(req);
        }
    }
}

unsafe extern "C" fn done(job: *mut uv__work, status: c_int) {
    let req = request(job);
    // SAFETY: the request is active and lives until its callback, and so does its loop.
    unsafe {
        (*(*req).loop_.get()).req_unregister();
        if let Some(after) = (*req).after_work_cb.get() {
            after(req, status);
        }
    }
}
