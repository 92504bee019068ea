//! `uv_run`: the phases of a turn, in libuv's order. The poll is in `poll.rs`.

use super::dispatch;
use super::state::{Closed, Engine};
use crate::abi::{UV_RUN_DEFAULT, UV_RUN_NOWAIT, UV_RUN_ONCE, uv_loop_t, uv_run_mode};
use crate::sys::clock;
use core::ffi::c_int;
use core::ptr::null_mut;

/// How many rounds of the pending phase follow a poll, so that a finished write is called
/// back in the turn in which it was made.
const PENDING_ROUNDS: u32 = 8;

impl uv_loop_t {
    /// Runs the loop and returns whether it is still alive. A callback may close the loop, and
    /// even free its memory, once it has no handles and requests left.
    pub(crate) fn run(&self, mode: uv_run_mode) -> bool {
        self.run_polls(mode, u64::MAX)
    }

    /// `uvx_run_for`: runs one turn, whose poll waits for at most `nanoseconds`.
    pub(crate) fn run_for(&self, nanoseconds: u64) -> bool {
        self.run_polls(UV_RUN_ONCE, nanoseconds)
    }

    /// Runs the loop; a poll waits for at most `longest` nanoseconds.
    fn run_polls(&self, mode: uv_run_mode, longest: u64) -> bool {
        let engine = Engine::keep(self.internal_fields.get().cast());
        self.run_turns(&engine, mode, longest).unwrap_or(false)
    }

    fn run_turns(&self, engine: &Engine, mode: uv_run_mode, longest: u64) -> Result<bool, Closed> {
        let mut alive = self.is_alive();
        if !alive {
            self.update_time();
        }
        engine.wake.awake();
        // As in libuv: in the other modes timers run after the poll only.
        if mode == UV_RUN_DEFAULT && alive && self.stop_flag.get() == 0 {
            self.update_time();
            self.run_timers();
            engine.open()?;
        }
        let mut time_is_old = false;
        while alive && self.stop_flag.get() == 0 {
            time_is_old = self.turn(engine, mode, longest)?;
            alive = self.is_alive();
            if mode == UV_RUN_ONCE || mode == UV_RUN_NOWAIT {
                break;
            }
        }
        if time_is_old {
            self.update_time();
        }
        self.stop_flag.set(0);
        if engine.embedded.get() {
            self.show_work();
        }
        Ok(alive)
    }

    /// One turn. Returns whether the loop's time is older than the turn's last callback.
    fn turn(&self, engine: &Engine, mode: uv_run_mode, longest: u64) -> Result<bool, Closed> {
        let can_wait = self.pending_queue.is_empty() && engine.idle.is_empty();

        self.run_pending(engine)?;
        engine.idle.call();
        engine.open()?;
        engine.prepare.call();
        engine.open()?;

        let waits = mode == UV_RUN_DEFAULT || (mode == UV_RUN_ONCE && can_wait);
        let timeout = if waits && longest > 0 {
            self.poll_timeout()
        } else {
            0
        };
        engine.metrics.count_turn();
        let mut called = self.poll(engine, timeout, longest)?;
        for _ in 0..PENDING_ROUNDS {
            called |= self.run_pending(engine)?;
        }
        engine.metrics.end_wait();

        called |= !engine.check.is_empty() || self.is_closing_handles();
        engine.check.call();
        engine.open()?;
        self.run_closing(engine)?;

        // The poll has read the clock, and only callbacks take time after it. libuv reads it
        // here; if the next poll follows without a callback in between, that is enough.
        let time_is_old = called && self.is_next_to_poll();
        if called && !time_is_old {
            self.update_time();
        }
        self.run_timers();
        engine.open()?;
        Ok(time_is_old)
    }

    /// Whether the loop reaches its next poll without calling back and without a timeout.
    fn is_next_to_poll(&self) -> bool {
        let engine = self.engine();
        engine.timers.is_empty()
            && engine.idle.is_empty()
            && engine.prepare.is_empty()
            && self.pending_queue.is_empty()
    }

    fn is_closing_handles(&self) -> bool {
        !self.closing_handles.get().is_null()
    }

    /// The closing phase.
    fn run_closing(&self, engine: &Engine) -> Result<(), Closed> {
        if self.is_closing_handles() {
            self.close_handles();
        }
        engine.open()
    }

    #[inline(never)]
    fn close_handles(&self) {
        let mut handle = self.closing_handles.replace(null_mut());
        while !handle.is_null() {
            // SAFETY: a closing handle stays alive until its close callback, which
            // `finish_close` calls last; the link to the next is read before. While there is
            // a next one, no callback can have closed the loop.
            let closing = unsafe { &*handle };
            handle = closing.next_closing.get();
            dispatch::finish_close(closing);
        }
    }

    /// `uv_backend_fd`: the program may wait on it instead of in `uv_run`. From the first
    /// call on, other threads must wake the loop even while it does not run.
    pub(crate) fn backend_fd(&self) -> c_int {
        if !self.engine().embedded.replace(true) {
            self.show_work();
        }
        self.backend_fd.get()
    }

    /// Makes the backend descriptor readable if there is work, and lets other threads make it
    /// readable when they bring some.
    fn show_work(&self) {
        let engine = self.engine();
        if !engine.falls_asleep() || self.has_ready_watchers() || !engine.deferred.is_empty() {
            engine.reactor().wake();
        }
    }

    pub(crate) fn update_time(&self) {
        self.time.set(clock::loop_milliseconds());
    }

    /// Whether anything keeps `uv_run` going.
    pub(crate) fn is_alive(&self) -> bool {
        self.has_active() || !self.pending_queue.is_empty() || self.is_closing_handles()
    }

    fn has_active(&self) -> bool {
        self.active_handles.get() > 0 || self.active_reqs() > 0
    }

    /// How long the poll may wait: 0 when there is work, −1 for ever.
    fn poll_timeout(&self) -> c_int {
        let may_wait = self.stop_flag.get() == 0
            && self.has_active()
            && self.pending_queue.is_empty()
            && self.engine().idle.is_empty()
            && !self.has_ready_watchers()
            && !self.is_closing_handles();
        if may_wait { self.next_timeout() } else { 0 }
    }

    /// `uv_backend_timeout`: what an embedder may wait for at most.
    pub(crate) fn backend_timeout(&self) -> c_int {
        let engine = self.engine();
        if engine.interest_changed.get() || engine.wake.is_due() {
            return 0;
        }
        self.poll_timeout()
    }
}
