//! The loop's io_uring, for programs that ask for one: `UV_LOOP_USE_IO_URING_SQPOLL`,
//! and `UV_USE_IO_URING=1` in the environment.
//!
//! Reads and writes of files then go to the ring instead of the thread pool. It is not
//! for speed: what the ring gives is that an operation which has begun can still be cancelled,
//! as `threadpool_cancel_fs_iouring_sync_cancel` of libuv's suite asks. The kernel's
//! submission thread, which the option's name speaks of, is not used: it would burn a
//! processor to save one system call.

use super::alloc;
use super::flags::LOOP_USE_SQPOLL;
use super::io::interest::Interest;
use super::io::watcher::Source;
use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::Result;
use crate::sys::env;
use crate::sys::uring::Ring;
use core::cell::Cell;

/// How many submissions fit at a time.
const ENTRIES: u32 = 64;

pub(crate) struct LoopRing {
    pub(crate) ring: Ring,
    watcher: uv__io_t,
}

/// Whether the loop has a ring.
#[derive(Clone, Copy)]
pub(crate) enum RingState {
    /// No request has needed it yet.
    Unasked,
    /// There is none to be had, or none is wanted.
    Refused,
    /// There is one.
    Ready(*mut LoopRing),
}

impl uv_loop_t {
    /// The loop's ring, made when it is first needed; `None` when it is not to be used.
    pub(crate) fn ring(&self) -> Option<&LoopRing> {
        if self.flags.get() & LOOP_USE_SQPOLL == 0 {
            return None;
        }
        let state = &self.engine().ring;
        if let RingState::Unasked = state.get() {
            let made = if env::asks_for_io_uring() {
                self.make_ring().ok()
            } else {
                None
            };
            state.set(made.map_or(RingState::Refused, RingState::Ready));
        }
        match state.get() {
            // SAFETY: a ring lives until `drop_ring`, which leaves no such state.
            RingState::Ready(ring) => Some(unsafe { &*ring }),
            _ => None,
        }
    }

    fn make_ring(&self) -> Result<*mut LoopRing> {
        let ring = Ring::new(ENTRIES)?;
        // SAFETY: every field of a watcher may be all zeroes; it is initialised below.
        let watcher: uv__io_t = unsafe { core::mem::zeroed() };
        let made = alloc::boxed(LoopRing { ring, watcher })?;
        // SAFETY: the block was just made and stays where it is.
        let this = unsafe { &*made };
        this.watcher.init(Source::Ring, this.ring.fd());
        this.watcher
            .want(self, Interest::READABLE)
            .inspect_err(|_| {
                // SAFETY: `boxed` made it, and no other code has seen it.
                unsafe { alloc::unbox(made) };
            })?;
        Ok(made)
    }

    /// Lets go of the ring, which has no operations in flight, or is a parent's.
    pub(crate) fn drop_ring(&self) {
        let state = self.engine().ring.replace(RingState::Unasked);
        if let RingState::Ready(ring) = state {
            // SAFETY: `make_ring` boxed it; the state no longer leads to it.
            unsafe {
                (*ring).watcher.close(self);
                alloc::unbox(ring);
            }
        }
    }
}

/// The state of a loop that is new.
pub(crate) const fn unasked() -> Cell<RingState> {
    Cell::new(RingState::Unasked)
}
