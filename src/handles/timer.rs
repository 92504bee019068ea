//! Timers.

use crate::abi::{UV_TIMER, uv_loop_t, uv_timer_cb, uv_timer_t};
use crate::core::heap::Key;
use crate::core::queue::container_of;
use crate::core::run::local_queue;
use crate::errno::{Errno, Result};
use core::ffi::c_int;

impl uv_timer_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_TIMER);
        self.timer_cb.set(None);
        self.timeout.set(0);
        self.repeat.set(0);
        self.node.queue().init();
    }

    /// When the timer is due and, among equals, which was started first.
    pub(crate) fn key(&self) -> Key {
        Key {
            deadline: self.timeout.get(),
            start_id: self.start_id.get(),
        }
    }

    // The third word of the node; the first two are the link in the round of timers
    // that are due, which a timer is in only when it is not in the heap.
    pub(crate) fn heap_index(&self) -> usize {
        self.node.heap()[2].get().addr()
    }

    pub(crate) fn set_heap_index(&self, index: usize) {
        self.node.heap()[2].set(core::ptr::without_provenance_mut(index));
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
        let timers = &loop_.engine().timers;
        let stays = self.is_active() && timers.may_stay(self.heap_index(), key);
        if !stays {
            self.stop();
        }
        self.timeout.set(key.deadline);
        self.start_id.set(start_id);
        if !stays {
            timers.insert(self, key)?;
            self.base.start();
        }
        Ok(())
    }

    /// Stops the timer; one that is due in this very round is not called.
    pub(crate) fn stop(&self) {
        if self.is_active() {
            self.loop_().engine().timers.remove(self.heap_index());
            self.base.stop();
        } else {
            self.node.queue().remove();
        }
        self.node.queue().init();
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
    }
}

impl uv_loop_t {
    /// Milliseconds until the first timer is due; −1 when there is none.
    pub(crate) fn next_timeout(&self) -> c_int {
        match self.engine().timers.first() {
            None => -1,
            Some((key, _)) => {
                let left = key.deadline.saturating_sub(self.time.get());
                c_int::try_from(left).unwrap_or(c_int::MAX)
            }
        }
    }

    /// Calls the timers that are due. Those that a callback starts wait for the next
    /// round, even when they are due at once.
    pub(crate) fn run_timers(&self) {
        let round = local_queue();
        round.init();
        let now = self.time.get();
        while let Some((key, timer)) = self.engine().timers.first() {
            if key.deadline > now {
                break;
            }
            // SAFETY: a timer in the heap is alive: closing takes it out.
            let timer = unsafe { &*timer };
            timer.stop();
            round.push_back(timer.node.queue());
        }
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: a timer in the round is alive: closing takes it out.
            let timer = unsafe { &*container_of!(link, uv_timer_t, node) };
            // Only memory can be wanting, and then a timer that was just taken out
            // has left its place in the heap.
            let _ = timer.again();
            if let Some(callback) = timer.timer_cb.get() {
                // SAFETY: the timer is alive, and is not touched afterwards.
                unsafe { callback(core::ptr::from_ref(timer).cast_mut()) };
            }
        }
    }
}
