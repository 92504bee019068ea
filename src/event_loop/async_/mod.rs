//! Async handles: wake-ups from other threads and from signal handlers.
//!
//! `uv_async_send` pushes its handle on a lock-free stack, which the loop empties, and wakes
//! the loop if it may be asleep. `sending.rs` has the steps and argues that no send is lost;
//! `sys/linux/waker.rs` wakes. This file calls back: in the order in which the handles were
//! initialised, as libuv does.

mod sending;

use super::queue::{container_of, unlinked};
use super::{mpsc, primitives};
use crate::abi::{uv__queue, uv_async_t, uv_loop_t};
use crate::sys::errno;
use core::cell::Cell;
use core::ptr::{from_ref, null, null_mut, without_provenance_mut};
use core::sync::atomic::AtomicI32;
use mpsc::Linked;
use sending::{Sends, Target};

/// A loop's async handles that were sent to.
pub(crate) struct Wake {
    sends: Sends<uv_async_t>,
    /// Handles for the next pass, in any order.
    due: uv__queue,
    /// The number of the next handle that is initialised.
    next_number: Cell<u64>,
    /// The pass whose callback is running; null outside of one.
    innermost: Cell<*const Pass>,
}

/// One walk over the handles that are due, by number. It lives on the stack of `run_async`.
struct Pass {
    /// The handles that it is still to call, by number.
    rest: uv__queue,
    /// The number of the handle called last.
    at: Cell<u64>,
    /// Handles from this number on were initialised by callbacks of the pass. They have to
    /// wait for the next one.
    limit: u64,
    /// The pass whose callback has run the loop.
    outer: *const Pass,
}

impl Pass {
    /// Whether the pass has a handle with this number still before it.
    fn is_to_come(&self, number: u64) -> bool {
        self.at.get() < number && number < self.limit
    }
}

impl Wake {
    pub(crate) fn new() -> Self {
        Self {
            sends: Sends::new(),
            due: unlinked(),
            // Not 0, which is the place of a pass that has called none.
            next_number: Cell::new(1),
            innermost: Cell::new(null()),
        }
    }

    /// Ties the queue's ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.due.init();
    }

    /// The loop is about to wait: from now on it must be woken. Says whether nothing was
    /// sent, so that it may wait.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.sends.fall_asleep() && self.due.is_empty()
    }

    /// The loop runs, and looks at what was sent before it waits again.
    pub(crate) fn awake(&self) {
        self.sends.awake();
    }

    /// Whether the loop must be woken for what the caller has published just before.
    pub(crate) fn may_sleep(&self) -> bool {
        self.sends.may_sleep()
    }

    /// Whether a handle waits for its callback.
    pub(crate) fn is_due(&self) -> bool {
        !self.sends.is_empty() || !self.due.is_empty()
    }

    /// Takes what was sent and gives each handle to the pass that is still to call it.
    fn collect(&self) {
        if self.sends.is_empty() {
            return;
        }
        let batch = unlinked();
        batch.init();
        let mut next = self.sends.take();
        // SAFETY: closing a handle takes it off the stack first, so it is alive.
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

    /// The same while callbacks run. A handle joins the pass that has it still to come; if
    /// there is none, it waits for the next.
    #[inline(never)]
    fn distribute(&self, batch: &uv__queue) {
        batch.sort_by_key(number_of);
        let mut pass = self.innermost.get();
        // SAFETY: a pass is on the stack of a caller for as long as the list leads to it.
        while let Some(at) = unsafe { pass.as_ref() } {
            let (joins, others) = (unlinked(), unlinked());
            joins.init();
            others.init();
            batch.split(&joins, &others, |link| at.is_to_come(number_of(link)));
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
    // SAFETY: the link of a handle in a queue, which is alive: closing takes it out.
    unsafe { &*of_due_link(link) }.number()
}

// A handle's fields: `queue` is its link in the loop's list of async handles. The scratch
// words are: the link of the stack or of the queue of a pass (its `prev` is null while the
// handle is in no queue), and the upper half of its number.
impl uv_async_t {
    fn due_link(&self) -> &uv__queue {
        let words = self.base.u.reserved();
        const { assert!(size_of::<uv__queue>() == 2 * size_of::<*mut uv__queue>()) };
        // SAFETY: a link is two cells with pointers, and so are the first two words.
        unsafe { &*from_ref(words).cast::<uv__queue>() }
    }

    /// Takes the handle out of the queue of its pass, if it is in one.
    fn leave_queue(&self) {
        let link = self.due_link();
        if !link.prev.get().is_null() {
            link.detach();
            link.prev.set(null_mut());
        }
    }

    /// Its place in the order of initialisation.
    fn number(&self) -> u64 {
        let upper = self.base.u.reserved()[2].get().addr() as u64;
        upper << u32::BITS | u64::from(self.sequence.get())
    }

    fn set_number(&self, number: u64) {
        let upper = (number >> u32::BITS) as usize;
        self.base.u.reserved()[2].set(without_provenance_mut(upper));
        self.sequence.set(number as u32);
    }

    /// Makes the handle one that can be sent to. The memory may hold anything.
    pub(crate) fn open(&self, loop_: &uv_loop_t) {
        let next_number = &loop_.engine().wake.next_number;
        self.set_number(next_number.get());
        next_number.set(next_number.get() + 1);
        self.due_link().prev.set(null_mut());
        loop_.async_handles.push_back(&self.queue);
        sending::reset(self);
    }

    /// Asks for the callback. May be called from any thread and from a signal handler, and
    /// keeps `errno`.
    #[inline]
    pub(crate) fn send(&self) {
        if sending::begin(self) {
            self.finish_send();
        }
    }

    #[inline(never)]
    fn finish_send(&self) {
        // SAFETY: the loop outlives its handles, and closing this one waits until this
        // sender has finished.
        let engine = unsafe { &*self.loop_.get() }.engine();
        sending::finish(self, &engine.wake.sends, || {
            let saved = errno::save();
            engine.reactor().wake();
            errno::restore(saved);
        });
    }

    /// Ends the handle's part in sending: no thread uses it afterwards, and it is in no
    /// queue. On the loop's thread only.
    pub(crate) fn retire(&self) {
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
    /// After a fork: what was sent is dropped, as in libuv, and the threads that were
    /// sending live on in the parent only.
    pub(crate) fn forget_sends(&self) {
        let wake = &self.engine().wake;
        wake.sends.forget();
        // The thread of a pass may live on in the parent only.
        wake.innermost.set(null());
        let head = from_ref(&self.async_handles);
        let mut link = self.async_handles.next.get().cast_const();
        while link != head {
            // SAFETY: the list holds the loop's async handles that are not closing.
            let handle = unsafe { &*container_of!(link.cast_mut(), uv_async_t, queue) };
            handle.leave_queue();
            sending::reset(handle);
            link = handle.queue.next.get();
        }
    }

    /// Calls back the handles that were sent to, by number; says whether there was any. A
    /// handle that is sent to meanwhile is called in the same pass if its number is higher
    /// than that of the handle called last, and in the next one otherwise.
    ///
    /// If a callback runs the loop, the inner pass calls handles that the outer one has
    /// called already, and new ones. The rest stays with the outer pass.
    #[inline(never)]
    pub(super) fn run_async(&self) -> bool {
        // The callbacks may close the loop; its engine stays until `run` returns.
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
        // SAFETY: a handle that is due is alive: closing takes it out of the queue.
        while let Some(link) = unsafe { pass.rest.first().as_ref() } {
            let handle = of_due_link(from_ref(link).cast_mut());
            // SAFETY: as for its link. Nothing of the handle is used after the callback.
            unsafe {
                pass.at.set((*handle).number());
                (*handle).leave_queue();
                sending::answer(&*handle);
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
