//! The usual write: few buffers, nothing queued before them, and a socket that takes all.
//!
//! Such a one goes out before its request is filled in, and the request is put straight
//! to those that wait for their callbacks: there is no list of buffers to be copied, no
//! queue to go through, and nothing to be counted in and out of `write_queue_size`. What
//! the socket does not take at once is queued with what came of the attempt, and then
//! nothing tells it from a write that was queued first.

use super::flush::Sent;
use crate::abi::{UV_WRITE, uv_buf_t, uv_stream_t, uv_write_cb, uv_write_t};
use crate::errno::Result;
use crate::event_loop::flags::WRITABLE;
use crate::sys::fd;
use core::ptr::null_mut;

impl uv_stream_t {
    /// Whether nothing is in the way of a write of `bytes`. If something is, it may be a
    /// mistake: that is for others to find out.
    #[inline]
    pub(super) fn may_try_write(&self, bytes: usize) -> bool {
        self.has(WRITABLE)
            && self.fd() >= 0
            && self.write_queue_size.get() == 0
            && self.write_queue.is_empty()
            && self.connect_req.get().is_null()
            && bytes <= fd::MAX_BYTES
    }

    /// Writes `bufs`, which are `bytes` together, and queues what is left of them. They fit
    /// into the request: once a part is out, there must be no memory that is missing.
    #[inline(always)]
    pub(super) fn try_then_queue(
        &self,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        callback: uv_write_cb,
    ) -> Result {
        let sent = self.attempt(bufs, null_mut());
        if sent != Ok(bytes) {
            return self.queue_rest(sent, req, bufs, bytes, callback);
        }
        req.begin(self, null_mut(), callback);
        req.bufs.set(null_mut());
        req.extra.nwritten().set(bytes);
        self.write_completed_queue.push_back(&req.queue);
        self.io_watcher.feed(self.loop_());
        Ok(())
    }

    /// A first attempt did not get everything out.
    #[inline(never)]
    fn queue_rest(
        &self,
        sent: Result<usize>,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        callback: uv_write_cb,
    ) -> Result {
        self.enqueue(req, bufs, bytes, null_mut(), callback)?;
        let result = self.transmit_anew(sent, bufs, null_mut());
        let requests = 1;
        if self.settle(req, Sent { result, requests }).is_some() {
            self.write();
        }
        Ok(())
    }
}

impl uv_write_t {
    /// Makes this a write under way on the stream.
    #[inline]
    pub(super) fn begin(
        &self,
        stream: &uv_stream_t,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) {
        self.init(stream.loop_(), UV_WRITE);
        self.cb.set(callback);
        self.send_handle.set(pass);
        self.handle.set(core::ptr::from_ref(stream).cast_mut());
        self.error.set(0);
    }
}
