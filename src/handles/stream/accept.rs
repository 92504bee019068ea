//! Listening and accepting.

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_UDP, uv_connection_cb, uv_loop_t, uv_pipe_t, uv_stream_t, uv_tcp_t,
    uv_udp_t,
};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{BOUND, READABLE, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::sys::{fd, socket};
use core::ffi::c_int;

/// Opens the spare descriptor. It is closed when the process has no others, so that waiting
/// connections can be accepted and closed instead of being reported for ever.
pub(super) fn keep_spare_descriptor(loop_: &uv_loop_t) {
    if loop_.emfile_fd.get() == -1 {
        let spare = fd::open_read(c"/dev/null").or_else(|_| fd::open_read(c"/"));
        loop_.emfile_fd.set(spare.unwrap_or(-1));
    }
}

/// After so many shortages in a row the callback gets the error, and after so many aborted
/// connections the listener rests. Both are far more than transient errors cause.
const SHORTAGES: usize = 5;
const GONE: usize = 16;

/// Accepts and closes every waiting connection; returns whether the spare descriptor made that
/// possible.
fn shed(loop_: &uv_loop_t, listener: c_int) -> bool {
    keep_spare_descriptor(loop_);
    let spare = loop_.emfile_fd.replace(-1);
    if spare == -1 {
        return false;
    }
    let _ = fd::close(spare);
    let mut shed = false;
    while let Ok(connection) = socket::accept(listener) {
        let _ = fd::close(connection);
        shed = true;
    }
    loop_.emfile_fd.set(fd::open_read(c"/").unwrap_or(-1));
    shed
}

/// The kind of a failed `accept`.
enum Refused {
    /// The connection is gone: accept(2) returns its error, and the next one may succeed.
    Connection,
    /// The process or the system lacks a resource, perhaps only for now.
    Shortage,
    /// The listener is not usable, or a filter or policy forbids the call.
    Listener,
}

fn refused(error: Errno) -> Refused {
    match error {
        Errno::AGAIN
        | Errno::CONNABORTED
        | Errno::NETDOWN
        | Errno::PROTO
        | Errno::NOPROTOOPT
        | Errno::HOSTDOWN
        | Errno::NONET
        | Errno::HOSTUNREACH
        | Errno::NOTSUP
        | Errno::NETUNREACH => Refused::Connection,
        Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM => Refused::Shortage,
        _ => Refused::Listener,
    }
}

impl uv_stream_t {
    pub(crate) fn listen(&self, backlog: c_int, callback: uv_connection_cb) -> Result {
        if self.is_closing() {
            return Err(Errno::INVAL);
        }
        let at = core::ptr::from_ref(self);
        match self.type_.get() {
            // SAFETY: a handle of this type is a uv_tcp_t.
            UV_TCP => unsafe { &*at.cast::<uv_tcp_t>() }.listen(backlog)?,
            // SAFETY: a handle of this type is a uv_pipe_t.
            UV_NAMED_PIPE => unsafe { &*at.cast::<uv_pipe_t>() }.listen(backlog)?,
            _ => return Err(Errno::INVAL),
        }
        self.start_accepting(callback)?;
        self.base.start();
        Ok(())
    }

    /// Accepts connections from now on, one in each turn.
    fn start_accepting(&self, callback: uv_connection_cb) -> Result {
        self.connection_cb.set(callback);
        self.set(BOUND);
        self.io_watcher.serve(self.loop_());
        if self.accepted_fd.get() != -1 {
            // It listens already, and a connection is not accepted yet.
            return Ok(());
        }
        self.io_watcher.want(self.loop_(), Interest::READABLE)
    }

    /// Takes a connection and calls back. No other is taken until `uv_accept`.
    #[inline(never)]
    pub(crate) fn on_connection(&self, _events: Interest) {
        match socket::accept(self.fd()) {
            Ok(connection) => {
                self.forget_failures();
                self.accepted_fd.set(connection);
            }
            Err(error) => return self.accept_failed(error),
        }
        self.call_back(0);
        if self.accepted_fd.get() != -1 {
            self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        }
    }

    /// Handles a failed `accept`. The connection stays in the backlog, so the kernel would report
    /// it again at once: unless it is gone, the listener rests before the next attempt. The
    /// callback gets the error if the listener is not usable or the failure lasts. libuv retries
    /// at once and for ever, silently if there is a shortage.
    #[cold]
    fn accept_failed(&self, error: Errno) {
        let full = matches!(error, Errno::MFILE | Errno::NFILE);
        if full && shed(self.loop_(), self.fd()) {
            return;
        }
        let tell = match refused(error) {
            Refused::Connection if !self.has_failed_often(GONE) => return,
            // Another process has accepted the connection from the same socket.
            Refused::Connection if error == Errno::AGAIN && !self.has_connection() => return,
            Refused::Connection => error != Errno::AGAIN,
            Refused::Shortage => self.has_failed_often(SHORTAGES),
            Refused::Listener => true,
        };
        self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        self.rest_long();
        if tell {
            self.call_back(error.raw());
        }
    }

    fn has_connection(&self) -> bool {
        fd::poll_now(self.fd(), libc::POLLIN) != Ok(0)
    }

    /// Watches the listener again after a rest, if it still listens.
    pub(super) fn resume_listening(&self) {
        let listens = self.is_active() && self.accepted_fd.get() == -1;
        let want = || self.io_watcher.want(self.loop_(), Interest::READABLE);
        if listens && want().is_err() {
            self.rest_long();
        }
    }

    /// Calls the connection callback.
    pub(super) fn call_back(&self, status: c_int) {
        if let Some(callback) = self.connection_cb.get() {
            // SAFETY: the handle is alive until its close callback, in a later phase.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), status) };
        }
    }

    /// `uv_accept`: opens `client` with the connection, or with the descriptor that came over a
    /// pipe.
    pub(crate) fn accept(&self, client: &uv_stream_t) -> Result {
        let waiting = self.accepted_fd.get();
        if waiting == -1 {
            return Err(Errno::AGAIN);
        }
        let opened = match client.type_.get() {
            UV_TCP | UV_NAMED_PIPE => client.open(waiting, READABLE | WRITABLE),
            UV_UDP => {
                let client = core::ptr::from_ref(client).cast::<uv_udp_t>();
                // SAFETY: a handle of this type is a uv_udp_t.
                unsafe { &*client }.open_shared(waiting)
            }
            _ => return Err(Errno::INVAL),
        };
        match opened {
            Ok(()) => {
                client.set(BOUND);
                // A TCP listener accepts TCP; other descriptors may be of any kind.
                if client.type_.get() == UV_TCP && !self.io_watcher.is_tcp() {
                    client.io_watcher.set_tcp(socket::is_tcp(waiting));
                }
            }
            Err(_) => {
                let _ = fd::close(waiting);
            }
        }
        self.accepted_fd.set(self.next_passed());
        // A listener takes its next connection now; a pipe goes on when it reads.
        let listens = self.io_watcher.source() == Source::Server;
        if listens && self.accepted_fd.get() == -1 {
            self.io_watcher.want(self.loop_(), Interest::READABLE)?;
        }
        opened
    }
}
