//! The loop's io_uring, kept because `threadpool_cancel_fs_iouring_sync_cancel` of libuv's own
//! suite asks that a read which has begun can be cancelled. A program asks for it with
//! `UV_LOOP_USE_IO_URING_SQPOLL` and with `UV_USE_IO_URING=1` in the environment; its reads and
//! writes of files then go to the io_uring instead of the thread pool.
//!
//! The kernel's submission thread, which gives the option its name, is not used: it would
//! occupy a processor to save one system call.

use super::alloc;
use super::flags::LOOP_USE_SQPOLL;
use super::io::interest::Interest;
use super::io::watcher::Source;
use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::Result;
use crate::sys::env;
use crate::sys::uring::Ring;
use core::cell::Cell;

/// The size of the submission queue.
const ENTRIES: u32 = 64;

pub(crate) struct LoopUring {
    pub(crate) ring: Ring,
    watcher: uv__io_t,
}

/// Whether the loop has an io_uring.
#[derive(Clone, Copy)]
pub(crate) enum UringState {
    /// No request has needed it yet.
    Unneeded,
    /// The kernel or the environment refuses it.
    Refused,
    /// It is set up.
    Ready(*mut LoopUring),
}

impl uv_loop_t {
    /// The loop's io_uring, set up when it is first needed; `None` if it is not used.
    pub(crate) fn uring(&self) -> Option<&LoopUring> {
        if self.flags.get() & LOOP_USE_SQPOLL == 0 {
            return None;
        }
        let state = &self.engine().uring;
        if let UringState::Unneeded = state.get() {
            let made = if env::asks_for_io_uring() {
                self.make_uring().ok()
            } else {
                None
            };
            state.set(made.map_or(UringState::Refused, UringState::Ready));
        }
        match state.get() {
            // SAFETY: the block lives until `drop_uring`, which leaves no such state.
            UringState::Ready(ring) => Some(unsafe { &*ring }),
            _ => None,
        }
    }

    fn make_uring(&self) -> Result<*mut LoopUring> {
        let ring = Ring::new(ENTRIES)?;
        // SAFETY: every field of a watcher may be all zeroes; it is initialised below.
        let watcher: uv__io_t = unsafe { core::mem::zeroed() };
        let made = alloc::boxed(LoopUring { ring, watcher })?;
        // SAFETY: the block was just made and stays where it is.
        let this = unsafe { &*made };
        this.watcher.init(Source::Uring, this.ring.fd());
        this.watcher
            .want(self, Interest::READABLE)
            .inspect_err(|_| {
                // SAFETY: `boxed` made it, and no other code has seen it.
                unsafe { alloc::unbox(made) };
            })?;
        Ok(made)
    }

    /// Closes the io_uring. It has no operations in flight, or belongs to the parent of a forked
    /// child.
    pub(crate) fn drop_uring(&self) {
        let state = self.engine().uring.replace(UringState::Unneeded);
        if let UringState::Ready(ring) = state {
            // SAFETY: `make_uring` boxed it; the state no longer leads to it.
            unsafe {
                (*ring).watcher.close(self);
                alloc::unbox(ring);
            }
        }
    }
}

/// The state of a new loop.
pub(crate) const fn unneeded() -> Cell<UringState> {
    Cell::new(UringState::Unneeded)
}
