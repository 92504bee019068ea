//! The end of writes: requests that are over, whatever came of them, and their callbacks.

use crate::abi::{uv__queue, uv_stream_t, uv_write_t};
use crate::errno::Errno;
use crate::event_loop::queue::{container_of, unlinked};
use crate::handles::bufs::total;

impl uv_stream_t {
    /// Moves a request that has ended to where callbacks are called from.
    pub(super) fn finish_write(&self, req: &uv_write_t) {
        req.queue.remove();
        if req.error.get() == 0 {
            req.release_bufs();
        }
        self.write_completed_queue.push_back(&req.queue);
        self.io_watcher.feed(self.loop_());
    }

    /// Ends every queued request with `error`; their callbacks are yet to be called.
    pub(super) fn cancel_writes(&self, error: Errno) {
        while let Some(req) = self.first_write() {
            req.queue.remove();
            req.error.set(error.raw());
            self.write_completed_queue.push_back(&req.queue);
        }
    }

    /// Calls the callbacks of the requests that have ended.
    #[inline]
    pub(super) fn write_callbacks(&self) {
        let ended = &self.write_completed_queue;
        let first = ended.next.get();
        if ended.prev.get() != first {
            return self.several_write_callbacks();
        }
        if !ended.is_empty() {
            ended.init();
            self.write_callback(first);
        }
    }

    #[inline(never)]
    fn several_write_callbacks(&self) {
        let round = unlinked();
        self.write_completed_queue.take_into(&round);
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            self.write_callback(link);
        }
    }

    /// Calls the callback of a request that has left the queue.
    #[inline]
    fn write_callback(&self, link: *mut uv__queue) {
        // SAFETY: a request stays alive until its callback, which comes last.
        let req = unsafe { &*container_of!(link, uv_write_t, queue) };
        self.loop_().req_unregister();
        if !req.bufs.get().is_null() {
            self.forget_unsent(req);
        }
        if let Some(callback) = req.cb.get() {
            // SAFETY: the request is alive and not touched afterwards; the stream
            // is alive until its close callback, which is in a later phase.
            unsafe { callback(core::ptr::from_ref(req).cast_mut(), req.error.get()) };
        }
    }

    /// A request has ended before all of it was written.
    #[cold]
    fn forget_unsent(&self, req: &uv_write_t) {
        let unsent = total(req.left());
        self.write_queue_size
            .set(self.write_queue_size.get() - unsent);
        req.release_bufs();
    }
}
