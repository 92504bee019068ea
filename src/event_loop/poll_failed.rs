//! A poll that fails: the program has closed the epoll descriptor by its number, as programs
//! do that become daemons, or `uv_loop_fork` has failed and left no descriptor, or a filter
//! refuses every call that waits.
//!
//! Nothing can be watched any more, and no other thread can wake the loop. So what waits for
//! a descriptor ends with `UV_EBADF` or the filter's error, and what waits to be woken (async
//! and signal handles) or comes with a poll (prepare, check) no longer keeps the loop alive.
//! Timers, idle handles, requests of the thread pool and children go on: until the last of
//! them is done the loop sleeps in short slices and looks, and then `uv_run` returns. A later
//! `uv_loop_fork` gives the loop descriptors again.

use super::dispatch;
use super::io::reactor::Timeout;
use super::queue::unlinked;
use crate::abi::{uv_handle_t, uv_loop_t};
use crate::errno::Errno;
use crate::sys::clock;
use core::ffi::c_int;

/// How many milliseconds the loop sleeps before it looks for what other threads have sent.
const SLICE: c_int = 10;

impl uv_loop_t {
    /// Replaces a poll of `timeout` milliseconds that has failed. Returns false if the poll works
    /// when it is repeated, so that the caller goes on polling.
    #[cold]
    #[inline(never)]
    pub(super) fn on_poll_failed(&self, timeout: c_int) -> bool {
        let engine = self.engine();
        let reactor = engine.reactor();
        let error = match reactor.wait(Timeout::Milliseconds(0)) {
            Ok(_) | Err(Errno::INTR) => return false,
            Err(Errno::BADF | Errno::INVAL) => {
                reactor.abandon();
                Errno::BADF
            }
            // The descriptors still belong to the loop, which closes them in `uv_loop_close`.
            Err(error) => error,
        };
        engine.signals.noticed.set(engine.signals.queue.is_due());
        // Completions of the io_uring are in shared memory and need no descriptor. A callback may close the loop.
        dispatch::uring_completions(self);
        if engine.open().is_err() {
            return true;
        }
        if !self.fail_handles(error) && timeout != 0 && self.is_alive() {
            let slice = if timeout < 0 {
                SLICE
            } else {
                timeout.min(SLICE)
            };
            clock::sleep(slice as u32);
            self.update_time();
        }
        true
    }

    /// Ends one thing that each handle waits for with `error`; returns whether there was any.
    /// Only one, because the callback may free the handle; the next poll, which fails as well,
    /// ends the next.
    fn fail_handles(&self, error: Errno) -> bool {
        let round = unlinked();
        let mut any = false;
        self.handle_queue.take_into(&round);
        for link in round.drain() {
            // SAFETY: a handle in `round` is alive: it leaves the list before its close callback.
            let handle = unsafe { &*uv_handle_t::of_link(link) };
            self.handle_queue.push_back(&handle.handle_queue);
            any |= !handle.is_closing() && dispatch::poll_failed(handle, error);
        }
        any
    }
}
