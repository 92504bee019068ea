//! Async handles: wake-ups from other threads and from signal handlers.
//!
//! `uv_async_send` pushes its handle on a lock-free stack, which the loop empties, and wakes the
//! loop through an eventfd if it may be asleep. `sending.rs` has the steps and the proof that no
//! send is lost. This file calls back, in the order in which the handles were initialised, as
//! libuv does.

pub(super) mod sending;

use super::primitives;
use super::queue::{container_of, unlinked};
use crate::abi::{UV_ASYNC, uv__queue, uv_async_cb, uv_async_t, uv_loop_t};
use crate::sys::call;
use core::cell::Cell;
use core::ptr::{from_ref, null, null_mut, without_provenance_mut};
use core::sync::atomic::AtomicI32;
use sending::{Linked, Sends, Target};

/// The async handles of a loop that were sent to, and whether the loop must be woken.
pub(crate) struct Wake {
    sends: Sends<uv_async_t>,
    /// Handles that the next pass calls, in any order.
    due: uv__queue,
    /// The number of the next handle that is initialised.
    next_number: Cell<u64>,
    /// The pass whose callback is running, the innermost if passes are nested; null if none is.
    innermost: Cell<*const Pass>,
}

/// One pass over the handles that are due, by number. It lives on the stack of `run_async`.
struct Pass {
    /// The handles that it has not called yet, sorted by number.
    rest: uv__queue,
    /// The number of the handle called last.
    at: Cell<u64>,
    /// Handles from this number on were initialised by callbacks of the pass. The next pass
    /// calls them.
    limit: u64,
    /// The pass whose callback runs the loop, or null.
    outer: *const Pass,
}

impl Pass {
    /// Whether the pass can still call a handle with this number.
    fn can_call(&self, number: u64) -> bool {
        self.at.get() < number && number < self.limit
    }
}

impl Wake {
    pub(crate) fn new() -> Self {
        Self {
            sends: Sends::new(),
            due: unlinked(),
            // Not 0, which is the `at` of a pass that has called no handle.
            next_number: Cell::new(1),
            innermost: Cell::new(null()),
        }
    }

    /// Initialises the queue, once the engine is at its final address.
    pub(crate) fn init(&self) {
        self.due.init();
    }

    /// Marks the loop as asleep, so that senders wake it; returns whether nothing was sent, so
    /// that it may wait.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.sends.fall_asleep() && self.due.is_empty()
    }

    /// Marks the loop as awake: it looks at what was sent before it waits again.
    pub(crate) fn awake(&self) {
        self.sends.awake();
    }

    /// Whether the loop must be woken for what the caller has just published.
    pub(crate) fn may_sleep(&self) -> bool {
        self.sends.may_sleep()
    }

    /// Whether a handle waits for its callback.
    pub(crate) fn is_due(&self) -> bool {
        !self.sends.is_empty() || !self.due.is_empty()
    }

    /// Takes the handles that were sent to and gives each to the pass that calls it.
    fn collect(&self) {
        if self.sends.is_empty() {
            return;
        }
        let batch = unlinked();
        batch.init();
        let mut next = self.sends.take();
        // SAFETY: a handle on the stack is alive: closing removes it before the close callback.
        while let Some(handle) = unsafe { next.as_ref() } {
            next = handle.next();
            batch.push_back(handle.due_link());
        }
        if self.innermost.get().is_null() {
            batch.append_to(&self.due);
        } else {
            self.distribute(&batch);
        }
    }

    /// Gives each handle to the innermost pass that can still call it, else to the next pass.
    #[inline(never)]
    fn distribute(&self, batch: &uv__queue) {
        batch.sort_by_key(number_of);
        let mut pass = self.innermost.get();
        // SAFETY: `run_async` removes a pass from the list before it returns.
        while let Some(at) = unsafe { pass.as_ref() } {
            let (joins, others) = (unlinked(), unlinked());
            joins.init();
            others.init();
            batch.split(&joins, &others, |link| at.can_call(number_of(link)));
            at.rest.merge_in_order(&joins, number_of);
            others.append_to(batch);
            pass = at.outer;
        }
        batch.append_to(&self.due);
    }
}

fn of_due_link(link: *mut uv__queue) -> *mut uv_async_t {
    container_of!(link, uv_async_t, base.u)
}

fn number_of(link: *mut uv__queue) -> u64 {
    // SAFETY: a handle in a queue is alive: closing removes it.
    unsafe { &*of_due_link(link) }.number()
}

// The fields of a handle: `queue` is its link in the loop's list of async handles. The scratch
// words hold its link in the stack or in the queue of a pass, whose `prev` is null while the
// handle is in no queue, and the upper half of its number.
impl uv_async_t {
    fn due_link(&self) -> &uv__queue {
        let words = self.base.u.reserved();
        const { assert!(size_of::<uv__queue>() == 2 * size_of::<*mut uv__queue>()) };
        // SAFETY: a link is two cells of pointers, which is what the first two words are.
        unsafe { &*from_ref(words).cast::<uv__queue>() }
    }

    /// Removes the handle from the queue of its pass, if it is in one.
    fn leave_queue(&self) {
        let link = self.due_link();
        if !link.prev.get().is_null() {
            link.detach();
            link.prev.set(null_mut());
        }
    }

    /// The handle's number in the order of initialisation.
    fn number(&self) -> u64 {
        let upper = self.base.u.reserved()[2].get().addr() as u64;
        upper << u32::BITS | u64::from(self.sequence.get())
    }

    fn set_number(&self, number: u64) {
        let upper = (number >> u32::BITS) as usize;
        self.base.u.reserved()[2].set(without_provenance_mut(upper));
        self.sequence.set(number as u32);
    }

    /// Makes the memory, which may hold anything, an active handle.
    pub(crate) fn init(&self, loop_: &uv_loop_t, callback: uv_async_cb) {
        self.base.init(loop_, UV_ASYNC);
        self.async_cb.set(callback);
        let next_number = &loop_.engine().wake.next_number;
        self.set_number(next_number.get());
        next_number.set(next_number.get() + 1);
        self.due_link().prev.set(null_mut());
        loop_.async_handles.push_back(&self.queue);
        sending::reset(self);
        self.base.start();
    }

    /// Wakes the loop and makes it call the handle's callback. May be called from any thread and
    /// from a signal handler, and keeps `errno`.
    #[inline]
    pub(crate) fn send(&self) {
        if sending::begin(self) {
            self.finish_send();
        }
    }

    #[inline(never)]
    fn finish_send(&self) {
        // SAFETY: the loop outlives its handles, and closing this handle waits for this sender.
        let engine = unsafe { &*self.loop_.get() }.engine();
        sending::finish(self, &engine.wake.sends, || {
            let saved = call::errno();
            engine.reactor().wake();
            call::set_errno(saved);
        });
    }

    /// Closes the handle, on the loop's thread: afterwards no sender uses it, and it is in no
    /// queue.
    pub(crate) fn close(&self) {
        self.base.stop();
        if sending::close(self) {
            self.loop_().engine().wake.collect();
            self.leave_queue();
        }
        self.queue.remove();
    }
}

impl Linked for uv_async_t {
    fn next(&self) -> *mut Self {
        self.due_link().next.get().cast()
    }
    fn set_next(&self, next: *mut Self) {
        self.due_link().next.set(next.cast());
    }
}

impl Target for uv_async_t {
    fn state(&self) -> &AtomicI32 {
        &self.pending
    }
}

impl uv_loop_t {
    /// Drops what was sent, in a forked child, as libuv does. Threads that were sending run in
    /// the parent only.
    pub(crate) fn drop_sends(&self) {
        let wake = &self.engine().wake;
        wake.sends.clear();
        // The thread of a pass may run in the parent only.
        wake.innermost.set(null());
        let head = from_ref(&self.async_handles);
        let mut link = self.async_handles.next.get().cast_const();
        while link != head {
            // SAFETY: a handle in the list is alive: closing removes it.
            let handle = unsafe { &*container_of!(link.cast_mut(), uv_async_t, queue) };
            handle.leave_queue();
            sending::reset(handle);
            link = handle.queue.next.get();
        }
    }

    /// Calls the handles that were sent to, by number; returns whether there was any. A handle
    /// that is sent to meanwhile is called in the same pass if its number is higher than that of
    /// the handle called last, else in the next pass.
    ///
    /// If a callback runs the loop, the inner pass calls new handles and those that the outer one
    /// has called already. The outer pass calls the rest.
    #[inline(never)]
    pub(super) fn run_async(&self) -> bool {
        // A callback may close the loop; `uv_run` keeps the engine.
        let wake = &self.engine().wake;
        wake.collect();
        let pass = Pass {
            rest: unlinked(),
            at: Cell::new(0),
            limit: wake.next_number.get(),
            outer: wake.innermost.get(),
        };
        wake.due.take_into(&pass.rest);
        pass.rest.sort_by_key(number_of);
        let any = !pass.rest.is_empty();
        wake.innermost.set(&raw const pass);
        // SAFETY: a handle in the queue is alive: closing removes it.
        while let Some(link) = unsafe { pass.rest.first().as_ref() } {
            let handle = of_due_link(from_ref(link).cast_mut());
            // SAFETY: the handle is alive, and is not touched after its callback.
            unsafe {
                pass.at.set((*handle).number());
                (*handle).leave_queue();
                sending::clear_pending(&*handle);
                if let Some(callback) = (*handle).async_cb.get() {
                    callback(handle);
                }
            }
            wake.collect();
        }
        wake.innermost.set(pass.outer);
        any
    }
}
