//! Shutting down the sending direction, after the queued writes.

use crate::abi::{UV_SHUTDOWN, uv_shutdown_cb, uv_shutdown_t, uv_stream_t};
use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::flags::{CLOSING, SHUT, WRITABLE};
use crate::sys::socket;
use core::ptr::null_mut;

impl uv_stream_t {
    /// Shuts down after the queued writes, and refuses further writes from now on.
    pub(crate) fn shutdown(&self, req: &uv_shutdown_t, callback: uv_shutdown_cb) -> Result {
        let refused =
            !self.has(WRITABLE) || self.has(SHUT) || self.is_shutting() || self.is_closing();
        if refused {
            return Err(Errno::NOTCONN);
        }
        req.init(self.loop_(), UV_SHUTDOWN);
        req.handle.set(core::ptr::from_ref(self).cast_mut());
        req.cb.set(callback);
        self.shutdown_req.set(core::ptr::from_ref(req).cast_mut());
        self.clear(WRITABLE);
        if self.write_queue.is_empty() {
            self.io_watcher.feed(self.loop_());
        }
        Ok(())
    }

    /// Makes the shutdown that was requested, and calls its callback.
    #[inline(never)]
    pub(super) fn shut(&self) {
        let req = self.shutdown_req.get();
        if !self.has(CLOSING) && self.has(SHUT) {
            return;
        }
        self.shutdown_req.set(null_mut());
        self.loop_().req_unregister();
        let status = if self.has(CLOSING) {
            Err(Errno::CANCELED)
        } else {
            socket::shutdown_write(self.fd())
        };
        if status.is_ok() {
            self.set(SHUT);
        }
        // SAFETY: the request is alive until its callback, and is not touched afterwards.
        unsafe {
            if let Some(callback) = (*req).cb.get() {
                callback(req, status.into_c());
            }
        }
    }
}
