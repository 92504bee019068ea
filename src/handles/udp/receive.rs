//! Receiving datagrams.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSING, UDP_RECVMMSG};
use crate::event_loop::io::interest::Interest;
use crate::handles::bufs;
use crate::sys::datagram::{self, Batch, CHUNK, Slot};
use core::ffi::{c_int, c_uint};
use core::ptr::null;
use libc::{AF_INET, sockaddr};

/// The most datagrams that one turn receives for one handle, so that others get their turn.
const DATAGRAMS_PER_TURN: usize = 32;

impl uv_udp_t {
    pub(crate) fn recv_start(&self, alloc: uv_alloc_cb, recv: uv_udp_recv_cb) -> Result {
        self.check_kind()?;
        if alloc.is_none() || recv.is_none() || self.has(CLOSING) {
            return Err(Errno::INVAL);
        }
        if self.io_watcher.wants(Interest::READABLE) {
            return Err(Errno::ALREADY);
        }
        self.bind_if_needed(AF_INET, 0)?;
        self.io_watcher.want(self.loop_(), Interest::READABLE)?;
        self.alloc_cb.set(alloc);
        self.recv_cb.set(recv);
        self.base.start();
        Ok(())
    }

    pub(crate) fn recv_stop(&self) -> Result {
        self.check_kind()?;
        self.io_watcher.unwant(self.loop_(), Interest::READABLE);
        if !self.io_watcher.wants(Interest::WRITABLE) && !self.is_backing_off() {
            self.base.stop();
        }
        self.alloc_cb.set(None);
        self.recv_cb.set(None);
        Ok(())
    }

    /// Whether several datagrams are received at once.
    pub(crate) fn uses_recvmmsg(&self) -> bool {
        self.has(UDP_RECVMMSG)
    }

    /// Receives until there are no more datagrams, the callback stops receiving, or the turn's
    /// limit is reached.
    pub(super) fn receive(&self, flags: c_int) {
        let mut share = DATAGRAMS_PER_TURN;
        while share > 0 && self.fd() != -1 && self.recv_cb.get().is_some() {
            match self.receive_some(flags) {
                Some(count) => share = share.saturating_sub(count),
                None => return,
            }
        }
    }

    /// Makes one call; returns the number of datagrams, or `None` if there are no more for now.
    fn receive_some(&self, flags: c_int) -> Option<usize> {
        let reader = self.recv_cb.get();
        let mut buf = bufs::NONE;
        if let Some(alloc) = self.alloc_cb.get() {
            let handle = core::ptr::from_ref(&self.base).cast_mut();
            // SAFETY: the handle is alive, and `buf` outlives the call.
            unsafe { alloc(handle, CHUNK, &mut buf) };
        }
        if buf.base.is_null() || buf.len == 0 {
            self.deliver(reader, Errno::NOBUFS.raw() as isize, &buf, null(), 0);
            return None;
        }
        if self.recv_cb.get().is_none() {
            // The allocation callback has stopped receiving: return the buffer unused.
            self.deliver(reader, 0, &buf, null(), 0);
            return None;
        }
        let received = if self.uses_recvmmsg() {
            self.receive_batch(&buf, flags)
        } else {
            self.receive_one(&buf, flags).map(|()| 1)
        };
        match received {
            Ok(count) => Some(count),
            Err(error) => {
                let nread = if error == Errno::AGAIN {
                    0
                } else {
                    error.raw()
                };
                self.deliver(self.recv_cb.get(), nread as isize, &buf, null(), 0);
                None
            }
        }
    }

    fn receive_one(&self, buf: &uv_buf_t, flags: c_int) -> Result {
        let mut slot = Slot::new();
        let (fd, base) = (self.fd(), buf.base.cast());
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        let len = unsafe {
            if flags == 0 && self.io_watcher.is_udp() {
                datagram::receive_udp(fd, base, buf.len, &mut slot)?
            } else {
                datagram::receive(fd, base, buf.len, &mut slot, flags)?
            }
        };
        self.pass_on(len, buf, &slot, slot.peer(), 0);
        Ok(())
    }

    /// Receives several datagrams with one call, each into a chunk of the buffer. A last callback
    /// returns the buffer, unless receiving was stopped before.
    fn receive_batch(&self, buf: &uv_buf_t, flags: c_int) -> Result<usize> {
        if buf.len < CHUNK {
            return Err(Errno::INVAL);
        }
        let mut batch = Batch::new();
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        unsafe { batch.receive(self.fd(), buf.base.cast(), buf.len, flags)? };
        let mut chunk = uv_buf_t {
            base: buf.base,
            len: CHUNK,
        };
        for (len, slot) in batch.iter() {
            if self.recv_cb.get().is_none() {
                break;
            }
            let peer = if slot.has_peer() { slot.peer() } else { null() };
            self.pass_on(len, &chunk, slot, peer, UV_UDP_MMSG_CHUNK);
            chunk.base = chunk.base.wrapping_add(CHUNK);
        }
        self.deliver(self.recv_cb.get(), 0, buf, null(), UV_UDP_MMSG_FREE);
        Ok(batch.count())
    }

    /// Calls back for one datagram, or for an error from the error queue.
    fn pass_on(
        &self,
        len: usize,
        buf: &uv_buf_t,
        slot: &Slot,
        peer: *const sockaddr,
        flags: c_uint,
    ) {
        let cut = if slot.is_cut() { UV_UDP_PARTIAL } else { 0 };
        let (nread, peer, told) = match slot.queued_error() {
            Some((error, offender)) => (error.raw() as isize, offender, UV_UDP_LINUX_RECVERR),
            None => (len as isize, peer, 0),
        };
        self.deliver(self.recv_cb.get(), nread, buf, peer, flags | cut | told);
    }

    pub(super) fn deliver(
        &self,
        reader: uv_udp_recv_cb,
        nread: isize,
        buf: &uv_buf_t,
        peer: *const sockaddr,
        flags: c_uint,
    ) {
        if let Some(reader) = reader {
            let handle = core::ptr::from_ref(self).cast_mut();
            // SAFETY: the handle is alive: its close callback runs in a later phase. The buffer's
            // description and the address outlive the call.
            unsafe { reader(handle, nread, buf, peer, flags) };
        }
    }
}
