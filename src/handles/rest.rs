//! Streams and UDP sockets whose calls fail though the kernel reports them ready: `accept` that
//! lacks descriptors or memory, sends that find no buffers (`ENOBUFS`). The report would come
//! again at once and for ever, so the handle gives up its interest and rests, and its call is
//! made again by a timer that all handles of a loop share.

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_TTY, UV_UDP, uv__handle_u, uv__queue, uv_handle_t, uv_loop_t,
    uv_stream_t, uv_timer_t, uv_udp_t,
};
use crate::event_loop::flags::INTERNAL;
use crate::event_loop::queue::{container_of, unlinked};
use core::cell::Cell;
use core::ptr::null_mut;

/// How many milliseconds a handle rests at most.
const LONGEST: u64 = 100;
/// How often sending is tried again: with pauses of 1, 2, 4 … ms, a second in all.
const SENDS: usize = 16;

/// What a handle keeps of its failed calls, in its scratch words.
#[repr(C)]
struct Rest {
    /// Link in the engine's list of handles that rest; null while it is in none.
    link: uv__queue,
    /// When the rest is over, in the loop's time.
    due: Cell<usize>,
    /// How many calls have failed in a row.
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

    /// The handle is new: it does not rest, and no call has failed.
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

    /// A call has worked.
    pub(super) fn forget_failures(&self) {
        self.rest().failures.set(0);
    }

    /// A call has failed: counts it, and says whether it is the last of so many in a row. Then
    /// the count starts over.
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

    /// The system has no buffers for what the handle sends. Rests and says so; does not if
    /// that has lasted for a second.
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

    /// Makes the call again.
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

/// Has the timer run in `pause` milliseconds or earlier. It is made when it is first needed,
/// so that a loop without such trouble has no handle that its program did not make.
fn start_timer(loop_: &uv_loop_t, pause: u64) {
    let timer = &loop_.engine().rest_timer;
    if timer.loop_.get().is_null() {
        timer.init(loop_);
        timer.set(INTERNAL);
        timer.unreference();
    }
    if !timer.is_active() || timer.due_in() > pause {
        // It has a callback and is never closed, which are the two conditions.
        let _ = timer.start(Some(on_timer), pause, 0);
    }
}

/// Ends the rests that are over. Calls no callback of the program.
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
