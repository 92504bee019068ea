//! Streams: what TCP, pipes and terminals share.

mod accept;
mod connect;
mod failed;
mod fd_passing;
mod read;
mod shutdown;
mod write;
mod write_queue;

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_TTY, uv_handle_type, uv_loop_t, uv_pipe_t, uv_stream_t,
};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSING, READ_EOF, READABLE, TCP_KEEPALIVE, TCP_NODELAY, WRITABLE};
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
        self.init_rest();
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
        accept::keep_spare_descriptor(loop_);
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
                tcp::set_keepalive(
                    fd,
                    true,
                    tcp::Probes {
                        idle: 60,
                        interval: 1,
                        count: 10,
                    },
                )?;
            }
        }
        self.io_watcher.fd.set(fd);
        Ok(())
    }

    /// Events of the descriptor; none in the pending phase, when a request has ended.
    #[inline(never)]
    pub(crate) fn on_ready(&self, events: Interest) {
        if !self.connect_req.get().is_null() {
            return self.on_connecting(events);
        }
        if events.is_empty() {
            return self.after_write();
        }
        if events.intersects(Interest::READABLE.union(Interest::ERROR)) {
            self.read();
        }
        if events.intersects(HUNG_UP) && !events.intersects(Interest::READABLE) {
            self.on_hangup();
        }
        if events.intersects(WRITE_SIDE) {
            self.after_write();
        }
    }

    /// Events of a stream that connects.
    #[inline(never)]
    fn on_connecting(&self, events: Interest) {
        if events.is_empty() && self.delayed_error.get() == 0 {
            self.write_callbacks();
        } else {
            self.finish_connect();
        }
    }

    /// Writes more, and calls back the requests that have ended.
    #[inline]
    fn after_write(&self) {
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
    pub(super) fn drain(&self) {
        if self.io_watcher.wants(Interest::WRITABLE) {
            self.stop_writing();
        }
        if !self.shutdown_req.get().is_null() {
            self.shut();
        }
    }

    #[inline(never)]
    fn stop_writing(&self) {
        if !self.has(CLOSING) {
            self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
        }
    }

    /// Whether this is a pipe that can pass handles.
    pub(super) fn carries_handles(&self) -> bool {
        let me = core::ptr::from_ref(self).cast::<uv_pipe_t>();
        // SAFETY: a handle of this type is a uv_pipe_t.
        self.type_.get() == UV_NAMED_PIPE && unsafe { (*me).ipc.get() } != 0
    }

    /// Retries after a rest.
    pub(super) fn rested(&self) {
        if self.io_watcher.source() == Source::Server {
            self.resume_listening();
        } else {
            self.write();
        }
    }

    /// The peer has hung up and the kernel reports no bytes: the end of a pipe, or of a socket
    /// that was never connected, which libuv delivers without a read. The kernel is asked again
    /// first: if it reports the descriptor readable, a read decides. A terminal is always read,
    /// because it may hold bytes without reporting them.
    #[inline(never)]
    fn on_hangup(&self) {
        if self.fd() == -1 || self.read_cb.get().is_none() || self.has(READ_EOF) {
            return;
        }
        let nothing_left = || match fd::poll_now(self.fd(), libc::POLLIN) {
            Ok(now) => now & libc::POLLIN == 0 && now & libc::POLLHUP != 0,
            Err(_) => false,
        };
        if self.type_.get() != UV_TTY && nothing_left() {
            self.end_of_file(&bufs::NONE);
        } else {
            self.read();
        }
    }

    /// `uv_close`: stops all I/O. Queued requests are called back in the closing phase.
    pub(crate) fn close(&self) {
        let fd = self.fd();
        // Standard descriptors stay open, so that other files do not get their numbers.
        let keeps_fd = fd <= libc::STDERR_FILENO;
        self.io_watcher.close(self.loop_());
        self.end_rest();
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
        self.drop_passed();
    }

    /// The closing phase: ends every active request with `UV_ECANCELED`.
    pub(crate) fn destroy(&self) {
        self.cancel_connect();
        self.cancel_writes(Errno::CANCELED);
        self.write_callbacks();
        self.drain();
    }

    /// Makes the descriptor blocking or non-blocking.
    pub(crate) fn set_blocking(&self, blocking: bool) -> Result {
        fd::set_nonblocking(self.fd(), !blocking)
    }
}
