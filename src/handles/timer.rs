//! Timers.

use crate::abi::{UV_TIMER, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::errno::{Errno, Result};
use crate::event_loop::queue::{container_of, unlinked};
use crate::event_loop::timers::Key;
use core::ffi::c_int;

impl uv_timer_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_TIMER);
        self.timer_cb.set(None);
        self.timeout.set(0);
        self.repeat.set(0);
        self.init_place();
    }

    /// Starts the timer, or starts it over.
    pub(crate) fn start(&self, callback: uv_timer_cb, timeout: u64, repeat: u64) -> Result {
        if self.is_closing() || callback.is_none() {
            return Err(Errno::INVAL);
        }
        self.timer_cb.set(callback);
        self.repeat.set(repeat);
        self.schedule(timeout);
        Ok(())
    }

    fn schedule(&self, timeout: u64) {
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

    /// Stops the timer; one that is due in this very round is not called.
    pub(crate) fn stop(&self) {
        self.unlink();
        let loop_ = self.loop_at_hand();
        if self.is_active() {
            loop_.engine().timers.stop(self);
            self.base.stop_on(loop_);
        }
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

    /// Milliseconds until the timer is due.
    pub(crate) fn due_in(&self) -> u64 {
        self.timeout.get().saturating_sub(self.loop_().time.get())
    }

    pub(crate) fn close(&self) {
        self.stop();
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
