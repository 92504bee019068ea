//! Sending datagrams: a queue of requests, several of which one system call sends.

use crate::abi::{UV_UDP_SEND, uv_buf_t, uv_udp_send_cb, uv_udp_send_t, uv_udp_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{UDP_CONNECTED, UDP_PROCESSING};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::handles::bufs::{self, slice, total, try_result};
use crate::sys::datagram::{self, BATCH, Packet};
use core::ffi::{c_int, c_uint};
use core::ptr::null;
use libc::sockaddr;

/// An empty batch.
fn empty_batch<'a>() -> [Packet<'a>; BATCH] {
    [Packet {
        bufs: &[],
        to: null(),
    }; BATCH]
}

impl uv_udp_t {
    /// Queues a datagram, and sends what can be sent at once.
    ///
    /// # Safety
    /// `bufs` points to `count` buffers; `addr` is null or points to an address that is
    /// as long as its family says.
    pub(crate) unsafe fn send(
        &self,
        req: &uv_udp_send_t,
        bufs: *const uv_buf_t,
        count: c_uint,
        addr: *const sockaddr,
        callback: uv_udp_send_cb,
    ) -> Result {
        // SAFETY: `bufs` points to `count` buffers, and `addr` is null or an address.
        let (bufs, len) = unsafe {
            let bufs = slice(bufs, count);
            (bufs, self.check_send(bufs, addr)?)
        };
        if self.is_closing() {
            return Err(Errno::INVAL);
        }
        // SAFETY: `addr` is null or an address, of the `len` bytes that check_send has
        // returned.
        unsafe {
            self.bind_for(addr)?;
            req.prepare(bufs, addr, len)?;
        }
        // Not `write_queue.is_empty()`: failed requests count until their callbacks.
        let first = self.send_queue_count.get() == 0;
        req.init(self.loop_(), UV_UDP_SEND);
        req.send_cb.set(callback);
        req.handle.set(core::ptr::from_ref(self).cast_mut());
        self.send_queue_size
            .set(self.send_queue_size.get() + total(bufs));
        self.send_queue_count.set(self.send_queue_count.get() + 1);
        self.write_queue.push_back(&req.queue);
        self.base.start();
        if first && !self.has(UDP_PROCESSING) {
            self.transmit();
        }
        // If callbacks of earlier sends are due, the pending phase sends the rest before it calls
        // them.
        let has_turn = !self.write_completed_queue.is_empty() && !self.has(UDP_PROCESSING);
        if !has_turn {
            self.watch_for_room();
        }
        Ok(())
    }

    /// `uv_udp_try_send`: sends the datagram or returns an error; queues nothing. Returns its length.
    ///
    /// # Safety
    /// As [`Self::send`].
    pub(crate) unsafe fn try_send(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        addr: *const sockaddr,
    ) -> Result<c_int> {
        // SAFETY: `bufs` points to `count` buffers, and `addr` is null or an address.
        let packet = unsafe { self.packet(bufs, count, addr)? };
        if self.send_queue_count.get() != 0 {
            return Err(Errno::AGAIN);
        }
        // SAFETY: `addr` is null or an address, which the packet points to.
        unsafe {
            self.bind_for(addr)?;
            try_result(datagram::send(self.fd(), &[packet]))?;
        }
        Ok(total(packet.bufs) as c_int)
    }

    /// `uv_udp_try_send2`: sends as many of the datagrams as the socket takes; returns their
    /// number.
    ///
    /// # Safety
    /// Each array has `count` entries, which are as [`Self::send`] wants them.
    pub(crate) unsafe fn send_many(
        &self,
        count: c_uint,
        bufs: *const *const uv_buf_t,
        counts: *const c_uint,
        addrs: *const *const sockaddr,
        flags: c_uint,
    ) -> Result<c_int> {
        if count < 1 || count > c_int::MAX as c_uint || flags != 0 {
            return Err(Errno::INVAL);
        }
        // SAFETY: the arrays have `count` entries, and `i` is below that.
        let packet = |i: usize| unsafe { self.packet(*bufs.add(i), *counts.add(i), *addrs.add(i)) };
        for i in 0..count as usize {
            packet(i)?;
        }
        if self.send_queue_count.get() > 0 {
            return Err(Errno::AGAIN);
        }
        if self.fd() == -1 {
            return Err(Errno::INVAL);
        }
        let mut sent = 0;
        while sent < count as usize {
            let mut packets = empty_batch();
            let len = BATCH.min(count as usize - sent);
            for (i, place) in packets[..len].iter_mut().enumerate() {
                *place = packet(sent + i)?;
            }
            // SAFETY: each packet points to buffers and to an address of the program's arrays.
            match try_result(unsafe { datagram::send(self.fd(), &packets[..len]) }) {
                Ok(n) => sent += n,
                Err(error) if sent == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(sent as c_int)
    }

    /// # Safety
    /// As [`Self::send`].
    unsafe fn packet<'a>(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        to: *const sockaddr,
    ) -> Result<Packet<'a>> {
        // SAFETY: `bufs` points to `count` buffers, and `to` is null or an address.
        unsafe {
            let bufs = slice(bufs, count);
            self.check_send(bufs, to)?;
            Ok(Packet { bufs, to })
        }
    }

    /// Checks a datagram before it is sent; returns the length of its address.
    ///
    /// # Safety
    /// `addr` is null or points to an address.
    unsafe fn check_send(&self, bufs: &[uv_buf_t], addr: *const sockaddr) -> Result<usize> {
        self.check_kind()?;
        let len = match (addr.is_null(), self.has(UDP_CONNECTED)) {
            (false, true) => return Err(Errno::ISCONN),
            (true, false) => return Err(Errno::DESTADDRREQ),
            (true, true) => 0,
            // SAFETY: `addr` is not null and points to an address.
            (false, false) => datagram::address_len(c_int::from(unsafe { (*addr).sa_family }))?,
        };
        bufs::check(bufs)?;
        Ok(len)
    }

    /// Gives the handle a socket of the address's family if it has none.
    ///
    /// # Safety
    /// `addr` is null or points to an address.
    unsafe fn bind_for(&self, addr: *const sockaddr) -> Result {
        if addr.is_null() {
            return Ok(());
        }
        // SAFETY: `addr` is not null and points to an address.
        self.bind_if_needed(c_int::from(unsafe { (*addr).sa_family }), 0)
    }

    /// The socket is writable, or sends have ended: sends, and calls back.
    pub(super) fn on_writable(&self) {
        self.transmit();
        self.watch_for_room();
        self.send_callbacks();
    }

    /// Repeats the send that has failed, after the back-off.
    pub(crate) fn retry(&self) {
        self.transmit();
        self.watch_for_room();
    }

    /// Sends queued requests until the socket takes no more or one fails. Does nothing during a
    /// back-off.
    fn transmit(&self) {
        if self.write_queue.is_empty() || self.is_backing_off() {
            return;
        }
        while let Some(first) = self.first_send() {
            match self.send_queued(first) {
                Ok(count) => {
                    self.reset_failures();
                    for _ in 0..count {
                        self.finish_first(None);
                    }
                }
                Err(Errno::AGAIN) => return,
                Err(Errno::NOBUFS) if self.back_off_send() => {
                    self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
                    break;
                }
                Err(error) => {
                    self.finish_first(Some(error));
                    if self.write_queue.is_empty() {
                        self.reset_failures();
                    }
                    break;
                }
            }
        }
        if !self.write_completed_queue.is_empty() {
            self.io_watcher.feed(self.loop_());
        }
    }

    /// Makes one system call, for the first request or for several.
    fn send_queued(&self, first: &uv_udp_send_t) -> Result<usize> {
        if core::ptr::eq(first.queue.next.get(), &self.write_queue) {
            // SAFETY: a queued request stays alive, with its buffers, until its callback.
            return unsafe { datagram::send(self.fd(), &[first.packet()]) };
        }
        let (mut packets, mut count) = (empty_batch(), 0);
        for (packet, link) in packets.iter_mut().zip(self.write_queue.iter()) {
            // SAFETY: a queued request stays alive until its callback.
            *packet = unsafe { &*container_of!(link, uv_udp_send_t, queue) }.packet();
            count += 1;
        }
        // SAFETY: queued requests stay alive, with their buffers, until their callbacks.
        unsafe { datagram::send(self.fd(), &packets[..count]) }
    }

    fn first_send(&self) -> Option<&uv_udp_send_t> {
        let link = self.write_queue.first();
        // SAFETY: a queued request stays alive until its callback.
        (!link.is_null()).then(|| unsafe { &*container_of!(link, uv_udp_send_t, queue) })
    }

    /// Moves the first request to the queue of callbacks.
    fn finish_first(&self, error: Option<Errno>) {
        if let Some(req) = self.first_send() {
            req.queue.remove();
            let sent = || total(req.packet().bufs) as isize;
            req.status
                .set(error.map_or_else(sent, |error| error.raw() as isize));
            self.write_completed_queue.push_back(&req.queue);
        }
    }

    /// Ends every queued request with `error`. Does not call their callbacks.
    pub(super) fn cancel_sends(&self, error: Errno) {
        while !self.write_queue.is_empty() {
            self.finish_first(Some(error));
        }
    }

    /// Waits until the socket is writable, except during a back-off. If epoll refuses to
    /// watch it, the sends fail.
    fn watch_for_room(&self) {
        if self.write_queue.is_empty() || self.is_backing_off() {
            return;
        }
        if let Err(error) = self.io_watcher.want(self.loop_(), Interest::WRITABLE) {
            self.cancel_sends(error);
            self.io_watcher.feed(self.loop_());
        }
    }

    /// Calls the callbacks of the requests that have ended, including those that end meanwhile.
    /// Sends that callbacks make are queued for the next turn.
    pub(super) fn send_callbacks(&self) {
        self.set(UDP_PROCESSING);
        for link in self.write_completed_queue.drain() {
            // SAFETY: a request stays alive until its callback, which comes last.
            let req = unsafe { &*container_of!(link, uv_udp_send_t, queue) };
            self.loop_().req_unregister();
            let (size, count) = (&self.send_queue_size, &self.send_queue_count);
            size.set(size.get() - total(req.packet().bufs));
            count.set(count.get() - 1);
            req.release_bufs();
            if let Some(callback) = req.send_cb.get() {
                let status = req.status.get().min(0) as c_int;
                // SAFETY: the request is alive and not touched afterwards; the handle is
                // alive until its close callback, which comes later.
                unsafe { callback(core::ptr::from_ref(req).cast_mut(), status) };
            }
        }
        if self.write_queue.is_empty() {
            self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
            if !self.io_watcher.wants(Interest::READABLE) {
                self.base.stop();
            }
        }
        self.clear(UDP_PROCESSING);
    }
}

impl uv_udp_send_t {
    /// Copies the address and the list of buffers into the request.
    ///
    /// # Safety
    /// `addr` is valid for reads of `len` bytes, or `len` is 0.
    unsafe fn prepare(&self, bufs: &[uv_buf_t], addr: *const sockaddr, len: usize) -> Result {
        let to = self.u.storage();
        // SAFETY: a storage has room for any address.
        unsafe {
            (*to).ss_family = libc::AF_UNSPEC as libc::sa_family_t;
            if len > 0 {
                to.cast::<u8>().copy_from_nonoverlapping(addr.cast(), len);
            }
        }
        self.bufs.set(bufs::copy(bufs, self.bufsml.get().cast())?);
        self.nbufs.set(bufs.len() as c_uint);
        self.status.set(0);
        self.queue.init();
        Ok(())
    }

    fn packet<'a>(&self) -> Packet<'a> {
        Packet {
            // SAFETY: `prepare` filled in `nbufs` buffers.
            bufs: unsafe { slice(self.bufs.get(), self.nbufs.get()) },
            to: self.u.storage().cast_const().cast(),
        }
    }

    fn release_bufs(&self) {
        // SAFETY: null or from `prepare`, and no packet refers to it any more.
        unsafe { bufs::release(&self.bufs, self.bufsml.get().cast()) };
    }
}
