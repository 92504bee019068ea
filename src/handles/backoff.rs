//! Back-off of streams and UDP handles whose call fails although the descriptor is ready: `accept`
//! without descriptors or memory, sends without buffers (`ENOBUFS`). epoll would report the
//! descriptor again at once and the loop would spin. So the handle removes its interest, and a
//! timer that all handles of a loop share repeats the call.

use crate::abi::*;
use crate::event_loop::flags::INTERNAL;
use crate::event_loop::queue::{container_of, unlinked};
use core::cell::Cell;
use core::ptr::null_mut;

/// The longest back-off, in milliseconds.
const LONGEST: u64 = 100;
/// How often a send is repeated: after 1, 2, 4 … ms, which is a second in all.
const SENDS: usize = 16;

/// A handle's failed calls, in the handle's reserved words.
#[repr(C)]
struct Backoff {
    /// Link in the engine's list of handles that back off. Null while it is in none.
    link: uv__queue,
    /// The loop's time at which the call is repeated.
    due: Cell<usize>,
    /// How many calls have failed in a row.
    failures: Cell<usize>,
}

const _: () = assert!(size_of::<Backoff>() == size_of::<uv__handle_u>());

impl uv_handle_t {
    fn backoff(&self) -> &Backoff {
        let words = core::ptr::from_ref(self.u.reserved());
        // SAFETY: `Backoff` has the size and alignment of the four words and consists of cells; no
        // other code of streams and UDP handles uses them.
        unsafe { &*words.cast::<Backoff>() }
    }

    /// Initialises the handle's words.
    pub(super) fn init_backoff(&self) {
        for word in self.u.reserved() {
            word.set(null_mut());
        }
    }

    pub(super) fn is_backing_off(&self) -> bool {
        !self.backoff().link.next.get().is_null()
    }

    /// Ends the back-off, if there is one, without repeating the call.
    pub(super) fn end_backoff(&self) {
        if self.is_backing_off() {
            let link = &self.backoff().link;
            link.detach();
            link.next.set(null_mut());
        }
    }

    /// Starts counting failures from 0, after a call that has succeeded.
    pub(super) fn reset_failures(&self) {
        self.backoff().failures.set(0);
    }

    /// Counts a failed call. Returns true, and starts from 0, if it is number `limit` in a row.
    pub(super) fn count_failure(&self, limit: usize) -> bool {
        let failures = self.backoff().failures.get() + 1;
        let reached = failures >= limit;
        self.backoff()
            .failures
            .set(if reached { 0 } else { failures });
        reached
    }

    /// Repeats the call after the longest back-off.
    pub(super) fn back_off(&self) {
        self.back_off_for(LONGEST);
    }

    /// Repeats a send that has failed with ENOBUFS after a back-off. Returns false, without one,
    /// if that has failed for a second.
    pub(super) fn back_off_send(&self) -> bool {
        let failures = &self.backoff().failures;
        if failures.get() >= SENDS {
            return false;
        }
        self.back_off_for(LONGEST.min(1 << failures.get()));
        failures.set(failures.get() + 1);
        true
    }

    fn back_off_for(&self, pause: u64) {
        self.end_backoff();
        let due = self.loop_().time.get() + pause;
        self.backoff().due.set(due as usize);
        let waiting = &self.loop_().engine().backing_off;
        waiting.push_back(&self.backoff().link);
        start_timer(self.loop_(), pause);
    }

    fn retry(&self) {
        let at = core::ptr::from_ref(self);
        // SAFETY: a handle's type says which struct it is the beginning of.
        unsafe {
            match self.type_.get() {
                UV_TCP | UV_NAMED_PIPE | UV_TTY => (*at.cast::<uv_stream_t>()).retry(),
                UV_UDP => (*at.cast::<uv_udp_t>()).retry(),
                _ => {}
            }
        }
    }
}

/// Makes the timer expire in `pause` milliseconds or earlier. It is initialised here, at the first
/// use, so that uv_print_all_handles shows it only in a loop that has backed off.
fn start_timer(loop_: &uv_loop_t, pause: u64) {
    let timer = &loop_.engine().backoff_timer;
    if timer.loop_.get().is_null() {
        timer.init(loop_);
        timer.set(INTERNAL);
        timer.unreference();
    }
    if !timer.is_active() || timer.due_in() > pause {
        // Cannot fail: the timer has a callback and is never closed.
        let _ = timer.start(Some(on_timer), pause, 0);
    }
}

/// Repeats the calls whose back-off is over. Calls no callback of the program.
unsafe extern "C" fn on_timer(timer: *mut uv_timer_t) {
    // SAFETY: the timer is part of the loop's engine, which is alive while the loop runs.
    let loop_ = unsafe { &*timer }.loop_();
    let round = unlinked();
    loop_.engine().backing_off.take_into(&round);
    for link in round.drain() {
        // SAFETY: a handle in the list is alive: closing it takes it out.
        let handle = unsafe { &*container_of!(link, uv_handle_t, u) };
        handle.backoff().link.next.set(null_mut());
        let now = loop_.time.get() as usize;
        let left = handle.backoff().due.get().wrapping_sub(now) as isize;
        if left > 0 {
            handle.back_off_for(left as u64);
        } else {
            handle.retry();
        }
    }
}
