//! Reads and writes through the loop's io_uring, where a program asked for one.

use super::done;
use crate::abi::{UV_FS_READ, UV_FS_WRITE, uv_fs_t, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::sys::stat;
use crate::sys::uring::{Op, Wait};

impl uv_fs_t {
    /// Hands a read or a write to the loop's ring; false when it has none, or no room.
    pub(super) fn submit_to_ring(&self, loop_: &uv_loop_t) -> bool {
        let op = match self.fs_type.get() {
            UV_FS_READ => Op::Readv,
            UV_FS_WRITE => Op::Writev,
            _ => return false,
        };
        let Some(ring) = loop_.uring() else {
            return false;
        };
        // One call of the kernel's takes these; longer writes go on in the pool.
        let buffers = self.buffers();
        if buffers.len() < self.nbufs.get() as usize {
            return false;
        }
        let tag = core::ptr::from_ref(self).expose_provenance();
        let offset = self.off.get().max(-1);
        // The kernel would try a file's read or write before it returns, and wait there
        // for an on-access scanner. It waits for no other kind, and can then take the
        // request back at any time.
        let wait = if stat::is_stream(self.file.get()) {
            Wait::Poll
        } else {
            Wait::Thread
        };
        // SAFETY: the list is the request's own copy and its memory the caller's, both
        // of which stay until the callback.
        let sent = unsafe {
            ring.ring
                .submit(op, self.file.get(), buffers, offset, tag, wait)
        };
        // Nothing to run and nothing to finish: that is how `cancel` knows it.
        self.work_req.work.set(None);
        self.work_req.done.set(None);
        sent.is_ok()
    }

    /// Whether the request is in the loop's ring rather than with the pool.
    fn is_in_ring(&self) -> bool {
        self.work_req.done.get().is_none()
    }

    /// Takes the request back from the ring, if that is where it is.
    pub(crate) fn cancel_in_ring(&self) -> Option<Result> {
        // One that the pool has done may have outlived its loop: it is not asked.
        if !self.is_in_ring() {
            return None;
        }
        // SAFETY: null, or the loop of a request that was never handed to the pool.
        let ring = unsafe { self.loop_.get().as_ref() }?.uring()?;
        let tag = core::ptr::from_ref(self).expose_provenance();
        Some(ring.ring.cancel(tag).map_err(|_| Errno::BUSY))
    }
}

/// How many requests are called back in one turn. One that a callback submits may be
/// complete at once, and would keep the loop here for ever.
const PER_TURN: usize = 64;

/// The ring has completions: calls their requests back. A callback may close the loop, whose
/// engine `uv_run` keeps.
pub(crate) fn on_completions(loop_: &uv_loop_t) {
    let engine = loop_.engine();
    for _ in 0..PER_TURN {
        // Asked for anew each time: a callback may have forked, and the child has another.
        let Some((tag, result)) = loop_.uring().and_then(|ring| ring.ring.next()) else {
            break;
        };
        // SAFETY: the tag is the address of a request that was submitted and lives until
        // its callback.
        let req = unsafe { &*core::ptr::with_exposed_provenance::<uv_fs_t>(tag) };
        req.free_buffers();
        req.result.set(result as isize);
        // SAFETY: the job belongs to this request, which is under way.
        unsafe { done(core::ptr::from_ref(&req.work_req).cast_mut(), 0) };
        if engine.open().is_err() {
            return;
        }
    }
    if let Some(ring) = loop_.uring() {
        ring.ring.flush_overflow();
    }
}
