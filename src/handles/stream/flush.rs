//! Emptying the queue of writes.
//!
//! On a TCP socket one system call takes several requests at once: how bytes are cut
//! into calls means nothing there. Elsewhere a call may be a message, and each request
//! has its own.

use super::write::is_nothing;
use crate::abi::{uv_stream_t, uv_write_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::BLOCKING_WRITES;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::sys::{fd, socket};
use core::ptr::null_mut;

/// How many requests one turn writes for one stream: its fair share.
const WRITES_PER_TURN: usize = 32;
/// How many buffers of several requests go into one call.
const BATCH: usize = 64;

/// What came of one call, and how many requests it was offered.
pub(super) struct Sent {
    pub(super) result: Result<usize>,
    pub(super) requests: usize,
}

impl uv_stream_t {
    /// Writes queued requests until the descriptor takes no more. Not while the stream rests.
    #[inline(never)]
    pub(super) fn write(&self) {
        if self.rests() {
            return;
        }
        let mut share = WRITES_PER_TURN + 1;
        while let Some(req) = self.first_write() {
            let sent = self.send_queued(req, share);
            let Some(finished) = self.settle(req, sent) else {
                return;
            };
            share -= finished;
            if share == 0 {
                return;
            }
        }
    }

    /// Takes in what came of a call that began with `req`, the first in the queue. Returns
    /// how many requests that has finished, if more can be written now.
    pub(super) fn settle(&self, req: &uv_write_t, sent: Sent) -> Option<usize> {
        match sent.result {
            Ok(n) => {
                req.send_handle.set(null_mut());
                self.forget_failures();
                if self.take_off(n, sent.requests) {
                    return Some(sent.requests);
                }
                self.note_full();
            }
            Err(Errno::AGAIN) if self.has(BLOCKING_WRITES) => {
                // Another process has made the shared opening non-blocking. The stream
                // waits as it would have, and without using the processor.
                let _ = fd::wait_writable(self.fd());
            }
            Err(Errno::AGAIN) => self.note_full(),
            Err(Errno::NOBUFS) if self.rest_for_buffers() => {
                self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
                return None;
            }
            Err(error) => {
                req.error.set(error.raw());
                self.finish_write(req);
                if self.write_queue.is_empty() {
                    self.forget_failures();
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

    /// A write was cut short or refused. That does not prove the socket full: memory
    /// that cannot be read cuts it short as well, and then no edge would come.
    fn note_full(&self) {
        self.io_watcher.recheck(self.loop_(), Interest::WRITABLE);
    }

    /// One system call for the first request, or for it and some that follow.
    fn send_queued(&self, first: &uv_write_t, share: usize) -> Sent {
        let (left, pass) = (first.left(), first.send_handle.get());
        let more = !core::ptr::eq(first.queue.next.get(), &self.write_queue);
        if more && left.len() < BATCH && self.io_watcher.is_tcp() && !is_nothing(left) {
            let sent = self.send_batch(share);
            // Memory that cannot be read may be a later request's.
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
    fn send_batch(&self, share: usize) -> Sent {
        let empty = libc::iovec {
            iov_base: null_mut(),
            iov_len: 0,
        };
        let mut batch = [empty; BATCH];
        let (mut len, mut requests) = (0, 0);
        let head = core::ptr::from_ref(&self.write_queue).cast_mut();
        let mut link = self.write_queue.next.get();
        while link != head && requests < share && len < BATCH {
            // SAFETY: queued requests stay alive until their callbacks.
            let req = unsafe { &*container_of!(link, uv_write_t, queue) };
            for buf in req.left().iter().take(BATCH - len) {
                batch[len] = libc::iovec {
                    iov_base: buf.base.cast(),
                    iov_len: buf.len,
                };
                len += 1;
            }
            requests += 1;
            link = req.queue.next.get();
        }
        let result = socket::send(self.fd(), &batch[..len]);
        Sent { result, requests }
    }

    /// Takes `n` written bytes off the first `requests` requests; says whether that
    /// finishes them all.
    fn take_off(&self, mut n: usize, requests: usize) -> bool {
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
}
