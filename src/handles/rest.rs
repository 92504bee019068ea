//! Back-off for streams and UDP sockets whose calls fail although the kernel reports them ready:
//! `accept` without descriptors or memory, sends without buffers (`ENOBUFS`). The kernel would
//! report the descriptor again at once, so the handle drops its interest and rests; a timer that
//! all handles of a loop share retries the call.

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_TTY, UV_UDP, uv__handle_u, uv__queue, uv_handle_t, uv_loop_t,
    uv_stream_t, uv_timer_t, uv_udp_t,
};
use crate::event_loop::flags::INTERNAL;
use crate::event_loop::queue::{container_of, unlinked};
use core::cell::Cell;
use core::ptr::null_mut;

/// The longest rest, in milliseconds.
const LONGEST: u64 = 100;
/// The number of retries of a send: with rests of 1, 2, 4 … ms, about a second in all.
const SENDS: usize = 16;

/// The state of a handle's back-off, in its scratch words.
#[repr(C)]
struct Rest {
    /// Link in the engine's list of resting handles; null if the handle does not rest.
    link: uv__queue,
    /// When the rest ends, in the loop's time.
    due: Cell<usize>,
    /// The number of calls that have failed in a row.
    failures: Cell<usize>,
}

const _: () = assert!(size_of::<Rest>() == size_of::<uv__handle_u>());

impl uv_handle_t {
    fn rest(&self) -> &Rest {
        let words = core::ptr::from_ref(self.u.reserved());
        // SAFETY: `Rest` has the size and alignment of the four words and consists of cells; no
        // other code of streams and UDP handles uses them.
        unsafe { &*words.cast::<Rest>() }
    }

    fn of_rest(link: *mut uv__queue) -> *mut uv_handle_t {
        container_of!(link, uv_handle_t, u)
    }

    /// Initialises the state of a new handle.
    pub(super) fn init_rest(&self) {
        for word in self.u.reserved() {
            word.set(null_mut());
        }
    }

    /// Whether the handle rests.
    pub(super) fn rests(&self) -> bool {
        !self.rest().link.next.get().is_null()
    }

    /// Ends the rest, if the handle rests.
    pub(super) fn end_rest(&self) {
        if self.rests() {
            let link = &self.rest().link;
            link.detach();
            link.next.set(null_mut());
        }
    }

    /// Resets the count of failures after a call that succeeded.
    pub(super) fn forget_failures(&self) {
        self.rest().failures.set(0);
    }

    /// Counts a failed call. Returns true, and resets the count, for the last of `often` in a
    /// row.
    pub(super) fn has_failed_often(&self, often: usize) -> bool {
        let failures = self.rest().failures.get() + 1;
        let is_last = failures >= often;
        self.rest().failures.set(if is_last { 0 } else { failures });
        is_last
    }

    /// Rests for the longest time.
    pub(super) fn rest_long(&self) {
        self.rest_for(LONGEST);
    }

    /// Rests because the system has no buffers, and returns true; returns false if that has
    /// lasted for about a second.
    pub(super) fn rest_for_buffers(&self) -> bool {
        let failures = &self.rest().failures;
        if failures.get() >= SENDS {
            return false;
        }
        self.rest_for(LONGEST.min(1 << failures.get()));
        failures.set(failures.get() + 1);
        true
    }

    fn rest_for(&self, pause: u64) {
        let engine = self.loop_().engine();
        self.end_rest();
        let due = self.loop_().time.get() + pause;
        self.rest().due.set(due as usize);
        engine.resting.push_back(&self.rest().link);
        start_timer(self.loop_(), pause);
    }

    /// Retries the call.
    fn rested(&self) {
        let at = core::ptr::from_ref(self);
        // SAFETY: a handle's type says which struct it is the beginning of.
        unsafe {
            match self.type_.get() {
                UV_TCP | UV_NAMED_PIPE | UV_TTY => (*at.cast::<uv_stream_t>()).rested(),
                UV_UDP => (*at.cast::<uv_udp_t>()).rested(),
                _ => {}
            }
        }
    }
}

/// Starts the timer so that it runs in `pause` milliseconds or earlier. It is initialised when
/// first needed.
fn start_timer(loop_: &uv_loop_t, pause: u64) {
    let timer = &loop_.engine().rest_timer;
    if timer.loop_.get().is_null() {
        timer.init(loop_);
        timer.set(INTERNAL);
        timer.unreference();
    }
    if !timer.is_active() || timer.due_in() > pause {
        // Starting fails without a callback and on a closing handle only.
        let _ = timer.start(Some(on_timer), pause, 0);
    }
}

/// Retries the calls of the handles whose rest has ended.
unsafe extern "C" fn on_timer(timer: *mut uv_timer_t) {
    // SAFETY: the timer is part of the loop's engine, which is alive while it runs.
    let loop_ = unsafe { &*timer }.loop_();
    let round = unlinked();
    loop_.engine().resting.take_into(&round);
    loop {
        let link = round.pop_front();
        if link.is_null() {
            return;
        }
        // SAFETY: a handle in the list is alive: closing takes it out.
        let handle = unsafe { &*uv_handle_t::of_rest(link) };
        handle.rest().link.next.set(null_mut());
        let now = loop_.time.get() as usize;
        let left = handle.rest().due.get().wrapping_sub(now) as isize;
        if left > 0 {
            handle.rest_for(left as u64);
        } else {
            handle.rested();
        }
    }
}
