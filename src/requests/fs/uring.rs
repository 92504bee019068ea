//! Reads and writes of files through the loop's io_uring (`event_loop/uring.rs`).

use super::done;
use crate::abi::{UV_FS_READ, UV_FS_WRITE, uv_fs_t, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::sys::stat;
use crate::sys::uring::{Op, Wait};

impl uv_fs_t {
    /// Submits a read or a write to the loop's io_uring. Returns false if the loop has none, if its
    /// queue is full, or if one call of the kernel does not take all buffers.
    pub(super) fn submit_to_uring(&self, loop_: &uv_loop_t) -> bool {
        let op = match self.fs_type.get() {
            UV_FS_READ => Op::Readv,
            UV_FS_WRITE => Op::Writev,
            _ => return false,
        };
        let Some(uring) = loop_.uring() else {
            return false;
        };
        let buffers = self.buffers();
        if buffers.len() < self.nbufs.get() as usize {
            return false;
        }
        let tag = core::ptr::from_ref(self).expose_provenance();
        let offset = self.off.get().max(-1);
        // The kernel attempts a read or a write of a file before it returns, and may wait for an
        // on-access scanner: a thread of the kernel does it instead. On a stream the attempt does
        // not wait, and the request can be cancelled at any time.
        let wait = if stat::is_stream(self.file.get()) {
            Wait::Poll
        } else {
            Wait::Thread
        };
        // SAFETY: the request keeps its copy of the list, and the program the buffers, until the
        // callback.
        let sent = unsafe {
            uring
                .ring
                .submit(op, self.file.get(), buffers, offset, tag, wait)
        };
        // `cancel` recognises the request by this.
        self.work_req.work.set(None);
        self.work_req.done.set(None);
        sent.is_ok()
    }

    /// Cancels the request, which is in the io_uring or in the pool.
    pub(crate) fn cancel(&self) -> Result {
        // A request that the pool has completed may outlive its loop, so then `loop_` is not read.
        if self.work_req.done.get().is_none() {
            // SAFETY: null, or the loop of an active request, which is not closed.
            let loop_ = unsafe { self.loop_.get().as_ref() };
            if let Some(uring) = loop_.and_then(uv_loop_t::uring) {
                let tag = core::ptr::from_ref(self).expose_provenance();
                return uring.ring.cancel(tag).map_err(|_| Errno::BUSY);
            }
        }
        self.work_req.cancel()
    }
}

/// The most requests that are called back in one turn. A callback may submit a request that is
/// complete at once, so without a limit the turn might not end.
const PER_TURN: usize = 64;

/// Calls back the requests that the io_uring has completed. A callback may close the loop;
/// `uv_run` keeps the engine.
pub(crate) fn on_completions(loop_: &uv_loop_t) {
    let engine = loop_.engine();
    for _ in 0..PER_TURN {
        // A callback may have forked, and the child has another io_uring.
        let Some((tag, result)) = loop_.uring().and_then(|uring| uring.ring.next()) else {
            break;
        };
        // SAFETY: the tag is the address of a submitted request, which lives until its callback.
        let req = unsafe { &*core::ptr::with_exposed_provenance::<uv_fs_t>(tag) };
        req.free_buffers();
        req.result.set(result as isize);
        // SAFETY: the job is a field of this request, which is active.
        unsafe { done(core::ptr::from_ref(&req.work_req).cast_mut(), 0) };
        if engine.open().is_err() {
            return;
        }
    }
    if let Some(uring) = loop_.uring() {
        uring.ring.flush_overflow();
    }
}
