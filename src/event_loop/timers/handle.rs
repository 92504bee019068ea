//! Timer handles: starting and stopping them, and calling those that are due.
//!
//! Three private words of a timer say where it is stored. The third is its position: an
//! index in the heap, or a slot and an index in the wheel, or that it is linked in a list, or
//! nowhere. While it is linked, the first two are the link. Otherwise the first is a copy of
//! `loop_`, which is two cache lines away from everything else that starting and stopping
//! touch: with very many timers each line costs a cache miss.
//!
//! The position of a stopped timer is out of date, but for the one that was stopped last.

use super::wheel::Slotted;
use super::{Key, of_link};
use crate::abi::{UV_TIMER, uv__queue, uv__timer_node, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::errno::{Errno, Result};
use crate::event_loop::queue::unlinked;
use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::ptr::without_provenance_mut;

const IN_WHEEL: usize = 1 << (usize::BITS - 1);
const NOWHERE: usize = IN_WHEEL - 1;
const LINKED: usize = IN_WHEEL - 2;

impl uv_timer_t {
    /// Makes the memory a stopped timer.
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_TIMER);
        self.timer_cb.set(None);
        self.timeout.set(0);
        self.repeat.set(0);
        self.init_position();
        loop_.engine().timers.remove_if_stopped(self);
    }

    /// Starts the timer, or restarts it.
    pub(crate) fn start(&self, callback: uv_timer_cb, timeout: u64, repeat: u64) -> Result {
        if self.is_closing() || callback.is_none() {
            return Err(Errno::INVAL);
        }
        self.timer_cb.set(callback);
        self.repeat.set(repeat);
        self.schedule(timeout);
        Ok(())
    }

    /// Restarts the timer with its repeat value as the timeout, if that is not 0.
    pub(crate) fn again(&self) -> Result {
        if self.timer_cb.get().is_none() {
            return Err(Errno::INVAL);
        }
        if self.repeat.get() != 0 && !self.is_closing() {
            self.schedule(self.repeat.get());
        }
        Ok(())
    }

    #[inline(always)]
    fn schedule(&self, timeout: u64) {
        self.unlink();
        let loop_ = self.loop_copy();
        let (now, start_id) = (loop_.time.get(), loop_.timer_counter.get());
        loop_.timer_counter.set(start_id + 1);
        let key = Key {
            deadline: now.saturating_add(timeout),
            start_id,
        };
        loop_.engine().timers.start(self, key, now);
        self.base.start_on(loop_);
    }

    /// Stops the timer. If it is due in this round and not called yet, it is not called.
    pub(crate) fn stop(&self) {
        self.unlink();
        let loop_ = self.loop_copy();
        if self.is_active() {
            loop_.engine().timers.stop(self);
            self.base.stop_on(loop_);
        }
    }

    /// Milliseconds until the timer is due.
    pub(crate) fn due_in(&self) -> u64 {
        self.timeout.get().saturating_sub(self.loop_().time.get())
    }

    pub(super) fn key(&self) -> Key {
        Key {
            deadline: self.timeout.get(),
            start_id: self.start_id.get(),
        }
    }

    pub(super) fn set_key(&self, key: Key) {
        self.timeout.set(key.deadline);
        self.start_id.set(key.start_id);
    }

    /// The timer's loop. The timer is not linked.
    fn loop_copy(&self) -> &uv_loop_t {
        debug_assert!(self.position() != LINKED);
        // SAFETY: `init_position` copied the pointer when the timer was made and when it was
        // last unlinked; a loop outlives its handles.
        unsafe { &*self.node.words()[0].get().cast() }
    }

    /// Marks the timer, whose `loop_` is set, as not stored and not linked.
    pub(super) fn init_position(&self) {
        self.node.words()[0].set(self.loop_.get().cast());
        self.clear_position();
    }

    /// Marks the timer as not stored.
    pub(super) fn clear_position(&self) {
        self.set_position(NOWHERE);
    }

    /// Marks the timer as linked by `node.queue()`.
    pub(super) fn set_linked(&self) {
        self.set_position(LINKED);
    }

    /// Takes the timer out of the list that it is linked in, if any.
    pub(super) fn unlink(&self) {
        if self.position() == LINKED {
            self.node.queue().remove();
            self.init_position();
        }
    }

    /// Whether the timer, which is active, has an entry in the heap or in the wheel.
    pub(super) fn has_entry(&self) -> bool {
        !matches!(self.position(), NOWHERE | LINKED)
    }

    pub(super) fn position(&self) -> usize {
        self.node.words()[2].get().addr()
    }

    pub(super) fn set_position(&self, position: usize) {
        self.node.words()[2].set(without_provenance_mut(position));
    }

    pub(super) fn in_wheel(&self) -> Option<Slotted> {
        decode(self.position())
    }

    pub(super) fn set_in_wheel(&self, at: Slotted) {
        self.set_position(IN_WHEEL | usize::from(at.slot) << 32 | at.index as usize);
    }

    /// Whether the timer owns the wheel's entry at `at`, which points to it.
    pub(super) fn owns(&self, at: Slotted) -> bool {
        self.is_active() && self.in_wheel() == Some(at)
    }
}

impl uv__timer_node {
    /// The three words of the node.
    pub(super) fn words(&self) -> &[Cell<*mut c_void>; 3] {
        // SAFETY: any bytes are valid raw pointers.
        unsafe { &self.heap }
    }

    /// The first two words as a link.
    pub(super) fn queue(&self) -> &uv__queue {
        // SAFETY: any bytes are valid raw pointers.
        unsafe { &self.queue }
    }
}

/// The position in the wheel, if a timer's third word says one.
pub(super) fn decode(position: usize) -> Option<Slotted> {
    (position & IN_WHEEL != 0).then_some(Slotted {
        slot: (position >> 32) as u16,
        index: position as u32,
    })
}

impl uv_loop_t {
    /// Milliseconds until the first timer is due; −1 if there is none.
    pub(crate) fn next_timeout(&self) -> c_int {
        if self.engine().timers.is_empty() {
            return -1;
        }
        self.timeout_of_first()
    }

    #[inline(never)]
    fn timeout_of_first(&self) -> c_int {
        match self.engine().timers.first_deadline() {
            None => -1,
            Some(deadline) => {
                let left = deadline.saturating_sub(self.time.get());
                c_int::try_from(left).unwrap_or(c_int::MAX)
            }
        }
    }

    /// Calls the timers that are due. A timer that a callback starts waits for the next
    /// round, even if it is due at once.
    pub(crate) fn run_timers(&self) {
        if !self.engine().timers.is_empty() {
            self.run_due_timers();
        }
    }

    #[inline(never)]
    fn run_due_timers(&self) {
        let round = unlinked();
        round.init();
        self.engine()
            .timers
            .take_due(self.time.get(), &round, |timer| timer.base.stop_on(self));
        for link in round.drain() {
            // SAFETY: a timer in the round is alive: closing takes it out.
            let timer = unsafe { &*of_link(link) };
            timer.init_position();
            // Fails for a timer without a callback, which is left stopped.
            let _ = timer.again();
            if let Some(callback) = timer.timer_cb.get() {
                // SAFETY: the timer is alive, and is not touched afterwards.
                unsafe { callback(core::ptr::from_ref(timer).cast_mut()) };
            }
        }
    }
}
