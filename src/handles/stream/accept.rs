//! Listening and accepting.

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_UDP, uv_connection_cb, uv_loop_t, uv_pipe_t, uv_stream_t, uv_tcp_t,
    uv_udp_t,
};
use crate::core::flags::{BOUND, READABLE, WRITABLE};
use crate::core::interest::Interest;
use crate::core::watcher::Source;
use crate::errno::{Errno, Result};
use crate::sys::{fd, socket};
use core::ffi::c_int;

/// Opens the descriptor that is given up when there are no more, so that waiting
/// connections can be turned away rather than be reported for ever.
pub(super) fn keep_spare_descriptor(loop_: &uv_loop_t) {
    if loop_.emfile_fd.get() == -1 {
        let spare = fd::open_read(c"/dev/null").or_else(|_| fd::open_read(c"/"));
        loop_.emfile_fd.set(spare.unwrap_or(-1));
    }
}

/// Turns away every waiting connection.
fn shed(loop_: &uv_loop_t, listener: c_int) {
    let spare = loop_.emfile_fd.replace(-1);
    if spare == -1 {
        return;
    }
    let _ = fd::close(spare);
    while let Ok(connection) = socket::accept(listener) {
        let _ = fd::close(connection);
    }
    loop_.emfile_fd.set(fd::open_read(c"/").unwrap_or(-1));
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

    /// The descriptor listens: takes connections off its backlog, one a turn.
    fn start_accepting(&self, callback: uv_connection_cb) -> Result {
        self.connection_cb.set(callback);
        self.set(BOUND);
        self.io_watcher.serve(self.loop_());
        if self.accepted_fd.get() != -1 {
            // It listens already, and a connection waits to be accepted.
            return Ok(());
        }
        self.io_watcher.want(self.loop_(), Interest::READABLE)
    }

    /// A connection waits. Takes it, and takes no other before it is accepted.
    #[inline(never)]
    pub(crate) fn on_connection(&self, _news: Interest) {
        let connection = match socket::accept(self.fd()) {
            Ok(connection) => connection,
            Err(Errno::MFILE | Errno::NFILE) => return shed(self.loop_(), self.fd()),
            Err(_) => return,
        };
        self.accepted_fd.set(connection);
        if let Some(callback) = self.connection_cb.get() {
            // SAFETY: the handle is alive until its close callback, in a later phase.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), 0) };
        }
        if self.accepted_fd.get() != -1 {
            self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        }
    }

    /// Hands the connection (or, on a pipe, the descriptor) that waits to `client`.
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
                // What a TCP listener accepts is TCP; other descriptors may be anything.
                if client.type_.get() == UV_TCP && !self.io_watcher.is_tcp() {
                    client.io_watcher.set_tcp(socket::is_tcp(waiting));
                }
            }
            Err(_) => {
                let _ = fd::close(waiting);
            }
        }
        self.accepted_fd.set(self.next_passed());
        // A listener takes its next connection; a pipe for handles reads when it is told.
        let listens = self.io_watcher.source() == Source::Server;
        if listens && self.accepted_fd.get() == -1 {
            self.io_watcher.want(self.loop_(), Interest::READABLE)?;
        }
        opened
    }
}
