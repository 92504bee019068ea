//! Emptying the queue of writes.
//!
//! On a TCP socket one system call takes several requests at once: how bytes are cut
//! into calls means nothing there. Elsewhere a call may be a message, and each request
//! has its own.

use super::write::{IOV_MAX, is_nothing};
use crate::abi::{uv_stream_t, uv_write_t};
use crate::core::flags::BLOCKING_WRITES;
use crate::core::interest::Interest;
use crate::core::queue::container_of;
use crate::errno::{Errno, Result};
use crate::handles::bufs::total;
use crate::sys::socket;
use core::ptr::null_mut;

/// How many requests one turn writes for one stream: its fair share.
const WRITES_PER_TURN: usize = 32;
/// How many buffers of several requests go into one call.
const BATCH: usize = 64;

/// What one call was offered, and what came of it.
struct Sent {
    result: Result<usize>,
    bytes: usize,
    requests: usize,
}

impl uv_stream_t {
    /// Writes queued requests until the descriptor takes no more.
    pub(super) fn write(&self) {
        let mut share = WRITES_PER_TURN + 1;
        while let Some(req) = self.first_write() {
            let sent = self.send_queued(req, share);
            match sent.result {
                Ok(n) => {
                    req.send_handle.set(null_mut());
                    let finished = self.take_off(n, sent.requests);
                    if finished == sent.requests {
                        share -= finished;
                        if share == 0 {
                            return;
                        }
                        continue;
                    }
                    if n < sent.bytes {
                        self.io_watcher.exhausted(Interest::WRITABLE);
                    }
                }
                Err(Errno::AGAIN) => self.io_watcher.exhausted(Interest::WRITABLE),
                Err(error) => {
                    req.error.set(error.raw());
                    self.finish_write(req);
                    self.io_watcher.unwant(self.loop_(), Interest::WRITABLE);
                    return;
                }
            }
            if !self.has(BLOCKING_WRITES) {
                self.want_writable();
                return;
            }
        }
    }

    /// One system call for the first request, or for it and some that follow.
    fn send_queued(&self, first: &uv_write_t, share: usize) -> Sent {
        let more = !core::ptr::eq(first.queue.next.get(), &self.write_queue);
        let left = first.left();
        let batches = more && left.len() < BATCH && first.send_handle.get().is_null();
        if batches && self.io_watcher.is_edge() && !is_nothing(left) {
            return self.send_batch(share);
        }
        Sent {
            result: self.transmit(left, first.send_handle.get()),
            bytes: total(&left[..left.len().min(IOV_MAX)]),
            requests: 1,
        }
    }

    fn send_batch(&self, share: usize) -> Sent {
        let empty = libc::iovec {
            iov_base: null_mut(),
            iov_len: 0,
        };
        let mut batch = [empty; BATCH];
        let (mut len, mut bytes, mut requests) = (0, 0, 0);
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
                bytes += buf.len;
            }
            requests += 1;
            link = req.queue.next.get();
        }
        let result = match socket::send(self.fd(), &batch[..len], None) {
            Err(Errno::NOBUFS) => Err(Errno::AGAIN),
            result => result,
        };
        Sent {
            result,
            bytes,
            requests,
        }
    }

    /// Takes `n` written bytes off the first `requests` requests; returns how many of
    /// them that finishes.
    fn take_off(&self, mut n: usize, requests: usize) -> usize {
        for finished in 0..requests {
            let Some(req) = self.first_write() else {
                return finished;
            };
            let taken = n.min(total(req.left()));
            if !req.advance(taken) {
                return finished;
            }
            n -= taken;
            self.finish_write(req);
        }
        requests
    }
}
