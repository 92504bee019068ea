//! The queue of writes, the first of which is being written.
//!
//! On a TCP socket one system call takes several requests at once: how bytes are cut into calls
//! means nothing there. Elsewhere a call may be a message, and each request has its own.

use crate::abi::{uv_buf_t, uv_stream_t, uv_write_cb, uv_write_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::BLOCKING_WRITES;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::handles::bufs;
use crate::sys::{fd, socket};
use core::ffi::c_uint;
use core::ptr::null_mut;

/// The most requests that one turn writes for one stream, so that others get their turn.
const WRITES_PER_TURN: usize = 32;
/// The most buffers of several requests in one call.
const BATCH: usize = 64;

/// The result of one call, and for how many requests it was made.
pub(super) struct Sent {
    pub(super) result: Result<usize>,
    pub(super) requests: usize,
}

impl uv_stream_t {
    /// Adds a request to the queue.
    pub(super) fn enqueue(
        &self,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) -> Result {
        req.prepare(bufs)?;
        req.begin(self, pass, callback);
        self.write_queue_size
            .set(self.write_queue_size.get() + bytes);
        self.write_queue.push_back(&req.queue);
        Ok(())
    }

    pub(super) fn first_write(&self) -> Option<&uv_write_t> {
        let link = self.write_queue.first();
        // SAFETY: a queued request stays alive until its callback.
        (!link.is_null()).then(|| unsafe { &*container_of!(link, uv_write_t, queue) })
    }

    /// Writes queued requests until the descriptor takes no more. Does nothing during a
    /// back-off.
    #[inline(never)]
    pub(super) fn write(&self) {
        if self.is_backing_off() {
            return;
        }
        let mut left = WRITES_PER_TURN + 1;
        while let Some(req) = self.first_write() {
            let sent = self.send_queued(req, left);
            let Some(finished) = self.settle(req, sent) else {
                return;
            };
            left -= finished;
            if left == 0 {
                return;
            }
        }
    }

    /// Handles the result of a call that began with `req`, the first in the queue. Returns how many
    /// requests it has finished, or `None` if no more can be written now.
    pub(super) fn settle(&self, req: &uv_write_t, sent: Sent) -> Option<usize> {
        match sent.result {
            Ok(n) => {
                req.send_handle.set(null_mut());
                self.reset_failures();
                if self.advance(n, sent.requests) {
                    return Some(sent.requests);
                }
                self.recheck_writable();
            }
            Err(Errno::AGAIN) if self.has(BLOCKING_WRITES) => {
                // Another process has made the shared open file non-blocking. Wait, as the
                // write would have.
                let _ = fd::wait_writable(self.fd());
            }
            Err(Errno::AGAIN) => self.recheck_writable(),
            Err(Errno::NOBUFS) if self.back_off_send() => {
                self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
                return None;
            }
            Err(error) => {
                req.error.set(error.raw());
                self.finish_write(req);
                if self.write_queue.is_empty() {
                    self.reset_failures();
                }
                self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
                return None;
            }
        }
        if self.has(BLOCKING_WRITES) {
            return Some(0);
        }
        self.want_writable();
        None
    }

    /// A write was cut short or refused. That does not prove that the socket is full: memory that
    /// cannot be read cuts a write short as well, and no edge would follow.
    fn recheck_writable(&self) {
        self.io_watcher.recheck(self.loop_(), Interest::WRITABLE);
    }

    /// Makes one system call, for the first request or for several.
    fn send_queued(&self, first: &uv_write_t, most: usize) -> Sent {
        let (left, pass) = (first.left(), first.send_handle.get());
        let more = !core::ptr::eq(first.queue.next.get(), &self.write_queue);
        if more && left.len() < BATCH && self.io_watcher.is_tcp() && !is_nothing(left) {
            let sent = self.send_batch(most);
            // The memory that cannot be read may belong to a later request.
            if sent.result != Err(Errno::FAULT) {
                return sent;
            }
        }
        Sent {
            result: self.transmit(left, pass),
            requests: 1,
        }
    }

    #[inline(never)]
    fn send_batch(&self, most: usize) -> Sent {
        let mut batch = [bufs::NONE; BATCH];
        let (mut len, mut requests) = (0, 0);
        for link in self.write_queue.iter().take(most) {
            if len == BATCH {
                break;
            }
            // SAFETY: queued requests stay alive until their callbacks.
            let req = unsafe { &*container_of!(link, uv_write_t, queue) };
            for buf in req.left().iter().take(BATCH - len) {
                batch[len] = *buf;
                len += 1;
            }
            requests += 1;
        }
        // SAFETY: the program keeps the buffers of a request until its callback.
        let result = unsafe { socket::send(self.fd(), bufs::iovecs(&batch[..len])) };
        Sent { result, requests }
    }

    /// Advances the first `requests` requests by `n` written bytes; returns whether that finishes
    /// them all.
    fn advance(&self, mut n: usize, requests: usize) -> bool {
        for _ in 0..requests {
            match self.first_write().map(|req| (req, req.advance(n))) {
                Some((req, Some(rest))) => {
                    n = rest;
                    self.finish_write(req);
                }
                _ => return false,
            }
        }
        true
    }

    /// Waits until the descriptor is writable, except during a back-off. If epoll refuses the
    /// descriptor, the writes fail.
    pub(super) fn want_writable(&self) {
        if self.is_backing_off() {
            return;
        }
        if let Err(error) = self.io_watcher.want(self.loop_(), Interest::WRITABLE) {
            self.cancel_writes(error);
            self.io_watcher.feed(self.loop_());
        }
    }

    /// Moves a request that has ended to the queue of callbacks.
    pub(super) fn finish_write(&self, req: &uv_write_t) {
        req.queue.remove();
        if req.error.get() == 0 {
            req.release_bufs();
        }
        self.write_completed_queue.push_back(&req.queue);
        self.io_watcher.feed(self.loop_());
    }

    /// Ends every queued request with `error`. Does not call their callbacks.
    pub(super) fn cancel_writes(&self, error: Errno) {
        while let Some(req) = self.first_write() {
            req.queue.remove();
            req.error.set(error.raw());
            self.write_completed_queue.push_back(&req.queue);
        }
    }
}

/// Whether these are several buffers, all of them empty. writev(2), which libuv calls, returns 0
/// for them even if the socket is broken.
pub(super) fn is_nothing(bufs: &[uv_buf_t]) -> bool {
    bufs.len() > 1 && bufs.iter().all(|buf| buf.len == 0)
}

impl uv_write_t {
    /// Copies the list of buffers into the request.
    fn prepare(&self, bufs: &[uv_buf_t]) -> Result {
        self.bufs.set(bufs::copy(bufs, self.bufsml.get().cast())?);
        self.nbufs.set(bufs.len() as c_uint);
        self.write_index.set(0);
        self.written().set(0);
        self.queue.init();
        Ok(())
    }

    /// Frees the copy of the list of buffers.
    pub(super) fn release_bufs(&self) {
        // SAFETY: null or from `prepare`, and only `left` refers to it.
        unsafe { bufs::release(&self.bufs, self.bufsml.get().cast()) };
    }

    /// The buffers that are not written yet.
    pub(super) fn left(&self) -> &[uv_buf_t] {
        let (index, count) = (self.write_index.get() as usize, self.nbufs.get() as usize);
        // SAFETY: `prepare` has copied `count` buffers, and `write_index` is at most `count`.
        unsafe { core::slice::from_raw_parts(self.bufs.get().add(index), count - index) }
    }

    /// Counts up to `n` bytes as written. If that finishes the request, returns how many of `n` are
    /// left over.
    pub(super) fn advance(&self, n: usize) -> Option<usize> {
        let (mut over, mut index) = (n, self.write_index.get());
        while index < self.nbufs.get() {
            // SAFETY: `index` is below the number of buffers, and the copy is the request's own.
            let buf = unsafe { &mut *self.bufs.get().add(index as usize) };
            if over < buf.len {
                // SAFETY: `over` is less than the buffer's length.
                buf.base = unsafe { buf.base.add(over) };
                buf.len -= over;
                over = 0;
                break;
            }
            over -= buf.len;
            index += 1;
        }
        self.write_index.set(index);
        let written = self.written();
        written.set(written.get() + (n - over));
        // SAFETY: the stream stays alive while its requests do.
        let size = &unsafe { &*self.handle.get() }.write_queue_size;
        size.set(size.get() - (n - over));
        (index == self.nbufs.get()).then_some(over)
    }

    /// `uv_cancel`: a request that is still queued ends with `UV_ECANCELED`. One
    /// that has ended already keeps its own status.
    pub(crate) fn cancel(&self) {
        // SAFETY: the stream stays alive while its requests do.
        let stream = unsafe { &*self.handle.get() };
        let mut queued = stream.write_queue.iter();
        if queued.any(|link| core::ptr::eq(link, &self.queue)) {
            self.queue.remove();
            self.error.set(Errno::CANCELED.raw());
            stream.write_completed_queue.push_back(&self.queue);
            stream.io_watcher.feed(stream.loop_());
        }
    }
}
