//! Listening and accepting connections, and accepting descriptors that were passed over a pipe.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{BOUND, READABLE, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::sys::{fd, socket};
use core::ffi::c_int;

/// Opens the spare descriptor, unless it is open. At EMFILE it is closed, so that waiting
/// connections can be accepted and closed.
pub(super) fn open_spare_fd(loop_: &uv_loop_t) {
    if loop_.emfile_fd.get() == -1 {
        let spare = fd::open_read(c"/dev/null").or_else(|_| fd::open_read(c"/"));
        loop_.emfile_fd.set(spare.unwrap_or(-1));
    }
}

/// After how many shortages in a row the connection callback gets the error. Most shortages are
/// over earlier.
const SHORTAGES: usize = 5;
/// After how many connections in a row that are gone the listener backs off.
const GONE: usize = 16;

/// Accepts and closes every waiting connection by means of the spare descriptor. Returns whether
/// there was a connection.
fn shed(loop_: &uv_loop_t, listener: c_int) -> bool {
    open_spare_fd(loop_);
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
    open_spare_fd(loop_);
    shed
}

/// The reasons for which accept(2) fails.
enum Refused {
    /// The connection is gone, and accept(2) returns its error. The next one may succeed.
    Connection,
    /// The process or the system has no descriptors or memory left for now.
    Shortage,
    /// The listener itself has failed, or a filter or policy forbids the call.
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

    /// Starts accepting connections, one in each turn, from a descriptor that listens.
    fn start_accepting(&self, callback: uv_connection_cb) -> Result {
        self.connection_cb.set(callback);
        self.set(BOUND);
        self.io_watcher.set_listening(self.loop_());
        if self.accepted_fd.get() != -1 {
            // It listened before, and a connection waits for uv_accept.
            return Ok(());
        }
        self.io_watcher.want(self.loop_(), Interest::READABLE)
    }

    /// Accepts a connection from the kernel. Accepts no other until the program calls uv_accept.
    #[inline(never)]
    pub(crate) fn on_connection(&self, _events: Interest) {
        match socket::accept(self.fd()) {
            Ok(connection) => {
                self.reset_failures();
                self.accepted_fd.set(connection);
            }
            Err(error) => return self.accept_failed(error),
        }
        self.call_connection_cb(0);
        if self.accepted_fd.get() != -1 {
            self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        }
    }

    /// Handles a failed accept(2). The kernel goes on reporting the waiting connection, so the
    /// listener backs off unless that connection is gone. The connection callback gets the error
    /// if the listener has failed or the failure lasts. libuv repeats the call in every turn and
    /// never reports a shortage.
    #[cold]
    fn accept_failed(&self, error: Errno) {
        let full = matches!(error, Errno::MFILE | Errno::NFILE);
        if full && shed(self.loop_(), self.fd()) {
            return;
        }
        let report = match refused(error) {
            Refused::Connection if !self.count_failure(GONE) => return,
            // Another process that shares the socket has accepted it.
            Refused::Connection if error == Errno::AGAIN && !self.has_connection() => return,
            Refused::Connection => error != Errno::AGAIN,
            Refused::Shortage => self.count_failure(SHORTAGES),
            Refused::Listener => true,
        };
        self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        self.back_off();
        if report {
            self.call_connection_cb(error.raw());
        }
    }

    fn has_connection(&self) -> bool {
        fd::poll_now(self.fd(), libc::POLLIN) != Ok(0)
    }

    /// Watches the listener again after a back-off, unless it has been stopped or a connection
    /// waits for uv_accept.
    pub(super) fn resume_listening(&self) {
        let listens = self.is_active() && self.accepted_fd.get() == -1;
        let want = || self.io_watcher.want(self.loop_(), Interest::READABLE);
        if listens && want().is_err() {
            self.back_off();
        }
    }

    pub(super) fn call_connection_cb(&self, status: c_int) {
        if let Some(callback) = self.connection_cb.get() {
            // SAFETY: the handle is alive: its close callback runs in a later phase.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), status) };
        }
    }

    /// `uv_accept`: gives `client` the waiting connection or, on a pipe, the descriptor that the
    /// peer has passed.
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
        if opened.is_err() {
            let _ = fd::close(waiting);
        } else {
            client.set(BOUND);
            // A TCP listener accepts TCP connections. A passed descriptor may be anything.
            if client.type_.get() == UV_TCP && !self.io_watcher.is_tcp() {
                client.io_watcher.set_tcp(socket::is_tcp(waiting));
            }
        }
        self.accepted_fd.set(self.next_passed());
        // A listener accepts its next connection. A pipe that passes handles reads after
        // uv_read_start.
        let listens = self.io_watcher.source() == Source::Server;
        if listens && self.accepted_fd.get() == -1 {
            self.io_watcher.want(self.loop_(), Interest::READABLE)?;
        }
        opened
    }
}
