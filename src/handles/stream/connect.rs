//! Finishing a connect.

use crate::abi::uv_stream_t;
use crate::errno::Errno;
use crate::event_loop::io::interest::Interest;
use crate::sys::socket;
use core::ffi::c_int;
use core::ptr::null_mut;

impl uv_stream_t {
    /// Finishes a connect that the kernel has completed, or that failed at once.
    pub(super) fn finish_connect(&self) {
        let status = self.connect_status();
        if status == Errno::INPROGRESS.raw() {
            return self.io_watcher.recheck(self.loop_(), Interest::WRITABLE);
        }
        let req = self.connect_req.replace(null_mut());
        self.loop_().req_unregister();
        if status < 0 || self.write_queue.is_empty() {
            self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
        } else {
            // Writability may not be registered yet.
            self.want_writable();
        }
        if status == 0 && self.write_queue.is_empty() && self.is_shutting() {
            // No write is queued, after which the shutdown would be made.
            self.io_watcher.feed(self.loop_());
        }
        // SAFETY: a request stays alive until its callback, and is not touched after.
        unsafe {
            if let Some(callback) = (*req).cb.get() {
                callback(req, status);
            }
        }
        if self.fd() != -1 && status < 0 {
            self.cancel_writes(Errno::CANCELED);
            self.write_callbacks();
        }
    }

    fn connect_status(&self) -> c_int {
        match self.delayed_error.replace(0) {
            0 => match socket::pending_error(self.fd()) {
                Ok(0) => 0,
                Ok(error) => Errno::from_raw(error).raw(),
                Err(error) => error.raw(),
            },
            delayed => delayed,
        }
    }

    /// Cancels the connect of a stream that is closed.
    pub(super) fn cancel_connect(&self) {
        let req = self.connect_req.get();
        if req.is_null() {
            return;
        }
        self.loop_().req_unregister();
        // SAFETY: a request stays alive until its callback, and is not touched after.
        unsafe {
            if let Some(callback) = (*req).cb.get() {
                callback(req, Errno::CANCELED.raw());
            }
        }
        self.connect_req.set(null_mut());
    }
}
