//! Streams: what TCP, pipes and terminals share. This file opens, dispatches and closes; each other
//! part of a stream's life has its own.

mod accept;
mod connect;
mod fd_passing;
mod read;
mod shutdown;
mod write;
mod write_queue;

use crate::abi::{UV_NAMED_PIPE, UV_TCP, uv_handle_type, uv_loop_t, uv_pipe_t, uv_stream_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSING, READABLE, TCP_KEEPALIVE, TCP_NODELAY, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::handles::{bufs, tcp};
use crate::sys::fd;
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;

const WRITE_SIDE: Interest = Interest::WRITABLE
    .union(Interest::ERROR)
    .union(Interest::HANGUP);

const HUNG_UP: Interest = Interest::HANGUP.union(Interest::DISCONNECT);

impl uv_stream_t {
    /// Initialises a stream without a descriptor.
    pub(crate) fn init(&self, loop_: &uv_loop_t, kind: uv_handle_type) {
        self.base.init(loop_, kind);
        self.init_backoff();
        self.read_cb.set(None);
        self.alloc_cb.set(None);
        self.connection_cb.set(None);
        self.connect_req.set(null_mut());
        self.shutdown_req.set(null_mut());
        self.accepted_fd.set(-1);
        self.queued_fds.set(null_mut());
        self.delayed_error.set(0);
        self.write_queue.init();
        self.write_completed_queue.init();
        self.write_queue_size.set(0);
        self.io_watcher.init(Source::Stream, -1);
        self.io_watcher.set_tcp(kind == UV_TCP);
        accept::open_spare_fd(loop_);
    }

    /// The stream's descriptor; −1 if it has none.
    pub(crate) fn fd(&self) -> c_int {
        self.io_watcher.fd.get()
    }

    /// Sets the stream's descriptor and `flags`.
    pub(crate) fn open(&self, fd: c_int, flags: c_uint) -> Result {
        if self.fd() != -1 && self.fd() != fd {
            return Err(Errno::BUSY);
        }
        self.set(flags);
        if self.type_.get() == UV_TCP {
            if self.has(TCP_NODELAY) {
                tcp::set_nodelay(fd, true)?;
            }
            if self.has(TCP_KEEPALIVE) {
                tcp::set_keepalive(fd, true, tcp::Probes::DEFAULT)?;
            }
        }
        self.io_watcher.fd.set(fd);
        Ok(())
    }

    /// Handles events of the descriptor. `events` is empty if the pending phase calls because a
    /// request has ended.
    #[inline(never)]
    pub(crate) fn on_ready(&self, events: Interest) {
        if !self.connect_req.get().is_null() {
            return self.on_connecting(events);
        }
        if events.is_empty() {
            return self.on_writable();
        }
        if events.intersects(Interest::READABLE.union(Interest::ERROR)) {
            self.read();
        }
        if events.intersects(HUNG_UP) && !events.intersects(Interest::READABLE) {
            self.on_hangup();
        }
        if events.intersects(WRITE_SIDE) {
            self.on_writable();
        }
    }

    /// `on_ready` while the stream connects.
    #[inline(never)]
    fn on_connecting(&self, events: Interest) {
        if events.is_empty() && self.delayed_error.get() == 0 {
            self.write_callbacks();
        } else {
            self.finish_connect();
        }
    }

    /// Writes what is queued and calls the callbacks of requests that have ended.
    #[inline]
    fn on_writable(&self) {
        if self.fd() == -1 {
            return;
        }
        if !self.write_queue.is_empty() {
            self.write();
        }
        self.write_callbacks();
        if self.write_queue.is_empty() {
            self.drain();
        }
    }

    /// Stops waiting for the descriptor to be writable, and makes the shutdown that waited for the
    /// last write. The queue of writes is empty.
    #[inline]
    fn drain(&self) {
        if self.io_watcher.wants(Interest::WRITABLE) && !self.has(CLOSING) {
            self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
        }
        if self.is_shutting() {
            self.shut();
        }
    }

    /// Whether a shutdown waits for the last write.
    pub(crate) fn is_shutting(&self) -> bool {
        !self.shutdown_req.get().is_null()
    }

    /// Whether this is a pipe that can pass handles.
    pub(super) fn carries_handles(&self) -> bool {
        let me = core::ptr::from_ref(self).cast::<uv_pipe_t>();
        // SAFETY: a handle of this type is a uv_pipe_t.
        self.type_.get() == UV_NAMED_PIPE && unsafe { (*me).ipc.get() } != 0
    }

    /// Repeats the call that has failed, after the back-off.
    pub(super) fn retry(&self) {
        if self.io_watcher.source() == Source::Server {
            self.resume_listening();
        } else {
            self.write();
        }
    }

    /// `uv_close`: stops all I/O. The callbacks of queued requests run in the closing phase.
    pub(crate) fn close(&self) {
        let fd = self.fd();
        // Standard descriptors stay open, so that other files do not get their numbers.
        let keeps_fd = fd <= libc::STDERR_FILENO;
        self.io_watcher.close(self.loop_());
        self.end_backoff();
        self.read_stop();
        self.base.stop();
        self.clear(READABLE | WRITABLE);
        if !keeps_fd {
            let _ = fd::close(fd);
        }
        self.io_watcher.fd.set(-1);
        let accepted = self.accepted_fd.replace(-1);
        if accepted != -1 {
            let _ = fd::close(accepted);
        }
        self.close_passed();
    }

    /// The closing phase: ends every active request with `UV_ECANCELED`.
    pub(crate) fn destroy(&self) {
        self.cancel_connect();
        self.cancel_writes(Errno::CANCELED);
        self.write_callbacks();
        self.drain();
    }

    /// The loop can no longer poll: ends the first of these with `error`: a connect, the writes with
    /// the shutdown after them, listening, reading. Returns whether there was one.
    pub(crate) fn fail(&self, error: Errno) -> bool {
        if !self.connect_req.get().is_null() {
            self.delayed_error.set(error.raw());
            self.finish_connect();
        } else if !self.write_queue.is_empty() {
            self.cancel_writes(error);
            // The pending phase calls the callbacks and makes the shutdown.
            self.io_watcher.feed(self.loop_());
        } else if self.io_watcher.source() == Source::Server && self.is_active() {
            self.io_watcher.unwant(self.loop_(), Interest::READABLE);
            self.base.stop();
            self.call_connection_cb(error.raw());
        } else if self.read_cb.get().is_some() {
            self.clear(READABLE | WRITABLE);
            self.end_reading(error, &bufs::NONE);
        } else {
            return false;
        }
        true
    }

    /// Makes the descriptor blocking or non-blocking.
    pub(crate) fn set_blocking(&self, blocking: bool) -> Result {
        fd::set_nonblocking(self.fd(), !blocking)
    }
}
