//! Timers.

use crate::abi::{UV_TIMER, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::errno::{Errno, Result};

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

    /// Stops the timer; one that is due in this very round is not called.
    pub(crate) fn stop(&self) {
        self.unlink();
        let loop_ = self.loop_at_hand();
        if self.is_active() {
            loop_.engine().timers.stop(self);
            self.base.stop_on(loop_);
        }
    }

    /// Milliseconds until the timer is due.
    pub(crate) fn due_in(&self) -> u64 {
        self.timeout.get().saturating_sub(self.loop_().time.get())
    }

    pub(crate) fn close(&self) {
        self.stop();
    }
}
