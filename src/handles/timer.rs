//! Timers.

use crate::abi::{UV_TIMER, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::core::queue::container_of;
use crate::core::run::local_queue;
use crate::core::timers::Key;
use crate::errno::{Errno, Result};
use core::ffi::c_int;

impl uv_timer_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_TIMER);
        self.timer_cb.set(None);
        self.timeout.set(0);
        self.repeat.set(0);
        self.node.queue().init();
        self.forget_place();
    }

    /// Starts the timer, or starts it over.
    pub(crate) fn start(&self, callback: uv_timer_cb, timeout: u64, repeat: u64) -> Result {
        if self.is_closing() || callback.is_none() {
            return Err(Errno::INVAL);
        }
        self.timer_cb.set(callback);
        self.repeat.set(repeat);
        self.schedule(timeout)
    }

    fn schedule(&self, timeout: u64) -> Result {
        let loop_ = self.loop_();
        let start_id = loop_.timer_counter.get();
        loop_.timer_counter.set(start_id + 1);
        let key = Key {
            deadline: loop_.time.get().saturating_add(timeout),
            start_id,
        };
        self.leave_round();
        loop_
            .engine()
            .timers
            .start(self, key, loop_.time.get())
            .inspect_err(|_| self.base.stop())?;
        self.base.start();
        Ok(())
    }

    /// Stops the timer; one that is due in this very round is not called.
    pub(crate) fn stop(&self) {
        self.base.stop();
        self.leave_round();
    }

    fn leave_round(&self) {
        self.node.queue().remove();
    }

    /// Starts a repeating timer over with its repeat value.
    pub(crate) fn again(&self) -> Result {
        if self.timer_cb.get().is_none() {
            return Err(Errno::INVAL);
        }
        match self.repeat.get() {
            0 => Ok(()),
            _ if self.is_closing() => Ok(()),
            repeat => self.schedule(repeat),
        }
    }

    /// Milliseconds until the timer is due.
    pub(crate) fn due_in(&self) -> u64 {
        self.timeout.get().saturating_sub(self.loop_().time.get())
    }

    pub(crate) fn close(&self) {
        self.stop();
        self.loop_().engine().timers.remove(self);
    }
}

impl uv_loop_t {
    /// Milliseconds until the first timer is due; −1 when there is none.
    pub(crate) fn next_timeout(&self) -> c_int {
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
        let round = local_queue();
        round.init();
        let timers = &self.engine().timers;
        timers.take_due(self.time.get(), &round, |timer| timer.base.stop());
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: a timer in the round is alive: closing takes it out.
            let timer = unsafe { &*container_of!(link, uv_timer_t, node) };
            // Only memory can be wanting, when neither the wheel nor the heap, which
            // mostly has the room that this timer left, takes one more: it then stops.
            let _ = timer.again();
            if let Some(callback) = timer.timer_cb.get() {
                // SAFETY: the timer is alive, and is not touched afterwards.
                unsafe { callback(core::ptr::from_ref(timer).cast_mut()) };
            }
        }
    }
}
