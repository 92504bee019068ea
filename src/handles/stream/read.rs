//! Reading from streams.

use crate::abi::{UV_TTY, uv_alloc_cb, uv_buf_t, uv_read_cb, uv_stream_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSING, READ_EOF, READABLE, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::handles::bufs;
use crate::sys::{fd, socket};

/// The most reads that one turn makes for one stream, so that others get their turn.
const READS_PER_TURN: u32 = 32;
/// The size that `alloc_cb` is asked for.
const SUGGESTED_SIZE: usize = 64 * 1024;

/// The readiness that EAGAIN from a read contradicts.
const READ_SIDE: Interest = Interest::READABLE
    .union(Interest::PRIORITY)
    .union(Interest::DISCONNECT)
    .union(Interest::HANGUP);

/// With one of these, the end or an error may remain to be read after a short read.
const MORE_TO_COME: Interest = Interest::DISCONNECT
    .union(Interest::HANGUP)
    .union(Interest::ERROR);

impl uv_stream_t {
    pub(crate) fn read_start(&self, alloc: uv_alloc_cb, read: uv_read_cb) -> Result {
        if alloc.is_none() || read.is_none() || self.has(CLOSING) {
            return Err(Errno::INVAL);
        }
        if self.read_cb.get().is_some() {
            return Err(Errno::ALREADY);
        }
        if !self.has(READABLE) {
            return Err(Errno::NOTCONN);
        }
        self.io_watcher.want(self.loop_(), Interest::READABLE)?;
        self.clear(READ_EOF);
        self.read_cb.set(read);
        self.alloc_cb.set(alloc);
        self.base.start();
        Ok(())
    }

    pub(crate) fn read_stop(&self) {
        if self.read_cb.get().is_some() {
            self.io_watcher.unwant(self.loop_(), Interest::READABLE);
            self.base.stop();
            self.read_cb.set(None);
            self.alloc_cb.set(None);
        }
    }

    /// Reads until the descriptor has no more, the callback stops it, or this turn has read
    /// READS_PER_TURN times. One read is nearly always enough.
    #[inline(never)]
    pub(super) fn read(&self) {
        if self.read_once() {
            self.read_on();
        }
    }

    #[inline(never)]
    fn read_on(&self) {
        for _ in 1..READS_PER_TURN {
            if !self.read_once() {
                return;
            }
        }
    }

    /// Reads once, if the program reads the stream. Returns whether there may be more to read.
    #[inline(always)]
    fn read_once(&self) -> bool {
        let reader = self.read_cb.get();
        if reader.is_none() {
            return false;
        }
        let mut buf = bufs::NONE;
        if let Some(alloc) = self.alloc_cb.get() {
            let handle = core::ptr::from_ref(&self.base).cast_mut();
            // SAFETY: the handle is alive, and `buf` outlives the call.
            unsafe { alloc(handle, SUGGESTED_SIZE, &mut buf) };
        }
        if buf.base.is_null() || buf.len == 0 {
            let reader = self.read_cb.get().or(reader);
            self.deliver(reader, Errno::NOBUFS.raw() as isize, &buf);
            return false;
        }
        if self.read_cb.get().is_none() {
            // The allocation callback has stopped reading. Give its buffer back unused.
            self.deliver(reader, 0, &buf);
            return false;
        }
        match self.receive(&buf) {
            Ok(n) if n > 0 => self.received(n, &buf),
            other => self.received_nothing(other, &buf),
        }
    }

    #[inline]
    fn receive(&self, buf: &uv_buf_t) -> Result<usize> {
        if !self.io_watcher.is_socket() || self.carries_handles() {
            return self.receive_otherwise(buf);
        }
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        unsafe { socket::receive_one(self.fd(), buf.base.cast(), buf.len) }
    }

    /// Receives from what is not a socket, or from a pipe that passes handles.
    #[inline(never)]
    fn receive_otherwise(&self, buf: &uv_buf_t) -> Result<usize> {
        if self.carries_handles() {
            return self.receive_passing(buf);
        }
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        unsafe { fd::read(self.fd(), buf.base.cast(), buf.len) }
    }

    #[inline]
    fn received(&self, n: usize, buf: &uv_buf_t) -> bool {
        let filled = n == buf.len;
        // A short read from a TCP socket proves that its buffer is empty (epoll(7)), unless an
        // end, an error or urgent data follows. What arrives later, an end or an error too, is
        // another edge.
        let ready = self.io_watcher.ready();
        if !filled && ready.intersects(Interest::PRIORITY) {
            // A read stops before the urgent byte, and there may be more bytes after it.
            self.io_watcher.recheck(self.loop_(), READ_SIDE);
        } else if !filled && !ready.intersects(MORE_TO_COME) {
            self.io_watcher.exhausted(Interest::READABLE);
        }
        self.deliver(self.read_cb.get(), n as isize, buf);
        filled
    }

    /// Handles the end, an error, and EAGAIN.
    #[inline(never)]
    fn received_nothing(&self, what: Result<usize>, buf: &uv_buf_t) -> bool {
        match self.receive_anew(what, buf) {
            Ok(0) => self.end_of_file(buf),
            Ok(n) => return self.received(n, buf),
            Err(Errno::AGAIN) => {
                self.io_watcher.exhausted(Interest::ERROR);
                self.io_watcher.recheck(self.loop_(), READ_SIDE);
                self.deliver(self.read_cb.get(), 0, buf);
            }
            Err(error) => {
                self.clear(READABLE | WRITABLE);
                self.deliver(self.read_cb.get(), error.raw() as isize, buf);
                self.read_stop();
            }
        }
        false
    }

    /// Repeats a call that a signal has interrupted, and makes another one if the descriptor is
    /// not a socket.
    fn receive_anew(&self, mut received: Result<usize>, buf: &uv_buf_t) -> Result<usize> {
        loop {
            match received {
                Err(Errno::INTR) => {}
                Err(Errno::NOTSOCK) if self.io_watcher.is_socket() && !self.carries_handles() => {
                    self.io_watcher.set_socket(false);
                }
                received => return received,
            }
            received = self.receive(buf);
        }
    }

    /// Handles a hang-up without readable bytes: the end of a pipe, or of a socket that was never
    /// connected. Delivers the end of file without a read, as libuv does, unless poll(2) finds the
    /// descriptor readable by now. A terminal is read in any case: it may hold bytes that it does
    /// not report.
    #[inline(never)]
    pub(super) fn on_hangup(&self) {
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

    fn end_of_file(&self, buf: &uv_buf_t) {
        self.set(READ_EOF);
        self.end_reading(Errno::EOF, buf);
    }

    /// Stops reading, and then calls the read callback with `error`.
    pub(super) fn end_reading(&self, error: Errno, buf: &uv_buf_t) {
        let reader = self.read_cb.get();
        self.read_stop();
        self.deliver(reader, error.raw() as isize, buf);
    }

    fn deliver(&self, reader: uv_read_cb, nread: isize, buf: &uv_buf_t) {
        if let Some(reader) = reader {
            // SAFETY: the handle is alive: its close callback runs in a later phase. `buf`
            // outlives the call.
            unsafe { reader(core::ptr::from_ref(self).cast_mut(), nread, buf) };
        }
    }
}
