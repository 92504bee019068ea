//! The timers' part of a turn: how long the poll may wait for them, and which are called.

use super::Key;
use crate::abi::{uv_loop_t, uv_timer_t};
use crate::errno::{Errno, Result};
use crate::event_loop::queue::{container_of, unlinked};
use core::ffi::c_int;

impl uv_timer_t {
    /// Has the timer called in so many milliseconds.
    pub(crate) fn schedule(&self, timeout: u64) {
        self.unlink();
        let loop_ = self.loop_at_hand();
        let (now, start_id) = (loop_.time.get(), loop_.timer_counter.get());
        loop_.timer_counter.set(start_id + 1);
        let key = Key {
            deadline: now.saturating_add(timeout),
            start_id,
        };
        loop_.engine().timers.start(self, key, now);
        self.base.start_on(loop_);
    }

    /// Starts a repeating timer over with its repeat value.
    pub(crate) fn again(&self) -> Result {
        if self.timer_cb.get().is_none() {
            return Err(Errno::INVAL);
        }
        if self.repeat.get() != 0 && !self.is_closing() {
            self.schedule(self.repeat.get());
        }
        Ok(())
    }
}

impl uv_loop_t {
    /// Milliseconds until the first timer is due; −1 when there is none.
    pub(crate) fn next_timeout(&self) -> c_int {
        if self.engine().timers.are_none() {
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

    /// Calls the timers that are due. Those that a callback starts wait for the next
    /// round, even when they are due at once.
    pub(crate) fn run_timers(&self) {
        if !self.engine().timers.are_none() {
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
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: a timer in the round is alive: closing takes it out.
            let timer = unsafe { &*container_of!(link, uv_timer_t, node) };
            timer.init_place();
            // One that does not repeat, or has no callback, is left as it is.
            let _ = timer.again();
            if let Some(callback) = timer.timer_cb.get() {
                // SAFETY: the timer is alive, and is not touched afterwards.
                unsafe { callback(core::ptr::from_ref(timer).cast_mut()) };
            }
        }
    }
}
