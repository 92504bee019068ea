//! Connect requests of TCP handles and pipes, from the system call on.

use crate::abi::{UV_CONNECT, uv_connect_cb, uv_connect_t, uv_stream_t};
use crate::errno::Errno;
use crate::event_loop::io::interest::Interest;
use crate::sys::socket;
use core::ffi::c_int;
use core::ptr::{from_ref, null_mut};

impl uv_stream_t {
    /// Makes `req` the stream's active connect request.
    pub(in crate::handles) fn begin_connect_req(&self, req: &uv_connect_t, cb: uv_connect_cb) {
        req.init(self.loop_(), UV_CONNECT);
        req.cb.set(cb);
        req.handle.set(from_ref(self).cast_mut());
        req.queue.init();
        self.connect_req.set(from_ref(req).cast_mut());
    }

    /// Ends the connect request, unless the kernel is still connecting. Calls its callback.
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
            // After an immediate connect the descriptor is not registered for writing yet.
            self.want_writable();
        }
        if status == 0 && self.write_queue.is_empty() && self.is_shutting() {
            // The shutdown waits for no write: let the pending phase make it.
            self.io_watcher.feed(self.loop_());
        }
        // SAFETY: the request is alive until its callback, and is not touched afterwards.
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

    /// Ends the connect request of a stream that is closed, if there is one.
    pub(super) fn cancel_connect(&self) {
        let req = self.connect_req.get();
        if req.is_null() {
            return;
        }
        self.loop_().req_unregister();
        // SAFETY: the request is alive until its callback, and is not touched afterwards.
        unsafe {
            if let Some(callback) = (*req).cb.get() {
                callback(req, Errno::CANCELED.raw());
            }
        }
        self.connect_req.set(null_mut());
    }
}
