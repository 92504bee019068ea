//! One turn of the loop, and then another.

use super::dispatch;
use super::flags::LOOP_BLOCK_SIGPROF;
use super::reactor::Polled;
use super::workers::patience;
use crate::abi::{UV_RUN_DEFAULT, UV_RUN_NOWAIT, UV_RUN_ONCE, uv_loop_t, uv_run_mode};
use crate::errno::{Errno, Result};
use crate::sys::{clock, signal_mask};
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;

/// How often one turn polls again because the event buffer was full.
const POLLS_PER_TURN: u32 = 48;
/// How often one turn serves what the last round of completions brought about.
const PENDING_ROUNDS: u32 = 8;

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    TimedOut,
    Interrupted,
    Events,
    BufferFull,
}

impl Waited {
    fn until(polled: &Result<Polled>) -> Self {
        match polled {
            Ok(Polled { count: 0, .. }) => Self::TimedOut,
            Ok(Polled { full: true, .. }) => Self::BufferFull,
            Ok(_) => Self::Events,
            Err(_) => Self::Interrupted,
        }
    }
}

impl uv_loop_t {
    /// Runs the loop and says whether it is still alive.
    pub(crate) fn run(&self, mode: uv_run_mode) -> bool {
        let mut alive = self.is_alive();
        if !alive {
            self.update_time();
        }
        self.engine().wake.awake();
        if mode == UV_RUN_DEFAULT && alive && self.stop_flag.get() == 0 {
            self.update_time();
            self.run_timers();
        }
        let mut clock_is_old = false;
        while alive && self.stop_flag.get() == 0 {
            clock_is_old = self.turn(mode);
            alive = self.is_alive();
            if mode == UV_RUN_ONCE || mode == UV_RUN_NOWAIT {
                break;
            }
        }
        if clock_is_old {
            self.update_time();
        }
        self.stop_flag.set(0);
        self.rest();
        alive
    }

    /// Says whether callbacks have taken time that the loop's clock does not know of.
    fn turn(&self, mode: uv_run_mode) -> bool {
        let nothing_to_do = || self.pending_queue.is_empty() && self.engine().idle.is_empty();
        let waits = mode == UV_RUN_DEFAULT || (mode == UV_RUN_ONCE && nothing_to_do());
        self.run_pending();
        self.run_idle();
        self.run_prepare();

        let timeout = if waits { self.poll_timeout() } else { 0 };
        self.engine()
            .metrics
            .turns
            .set(self.engine().metrics.turns.get() + 1);
        let mut served = self.poll(timeout);
        for _ in 0..PENDING_ROUNDS {
            if self.pending_queue.is_empty() {
                break;
            }
            served = true;
            self.run_pending();
        }
        self.end_wait();

        // The clock was read after the poll; callbacks since then have taken time.
        let quiet = !served && self.engine().check.is_empty() && !self.is_closing_handles();
        self.run_check();
        self.run_closing();
        // Nor need it be read where nobody looks at it before the next poll has.
        let clock_is_old = !quiet && self.is_next_to_poll();
        if !quiet && !clock_is_old {
            self.update_time();
        }
        self.run_timers();
        clock_is_old
    }

    /// Whether the loop would go on to its poll without a callback, and without a timer
    /// that says for how long.
    fn is_next_to_poll(&self) -> bool {
        let engine = self.engine();
        engine.timers.are_none()
            && engine.idle.is_empty()
            && engine.prepare.is_empty()
            && self.pending_queue.is_empty()
    }

    fn is_closing_handles(&self) -> bool {
        !self.closing_handles.get().is_null()
    }

    /// The loop stops running.
    fn rest(&self) {
        patience::lose(self);
        if self.engine().embedded.get() {
            self.show_work();
        }
    }

    /// Gives the descriptor to wait on instead of `uv_run`. Until somebody has asked for it
    /// nobody can be waiting outside `uv_run`, and whoever has news need not wake the loop
    /// there.
    pub(crate) fn backend_fd(&self) -> c_int {
        if !self.engine().embedded.replace(true) {
            self.show_work();
        }
        self.backend_fd.get()
    }

    /// Makes the backend descriptor readable if there is work in hand, and has it made so
    /// when there is some.
    fn show_work(&self) {
        let engine = self.engine();
        let nothing_came = engine.wake.fall_asleep() && !engine.signals.queue.is_due();
        if !nothing_came || self.has_news() || !engine.late.is_empty() {
            engine.reactor().wake();
        }
    }

    pub(crate) fn update_time(&self) {
        self.time.set(clock::loop_milliseconds());
    }

    /// Whether anything keeps `uv_run` going.
    pub(crate) fn is_alive(&self) -> bool {
        self.has_active() || !self.pending_queue.is_empty() || !self.closing_handles.get().is_null()
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
            && !self.has_news()
            && !self.is_closing_handles();
        if may_wait { self.next_timeout() } else { 0 }
    }

    /// What an embedder may wait for at most.
    pub(crate) fn backend_timeout(&self) -> c_int {
        let engine = self.engine();
        if engine.interest_changed.get() || engine.wake.is_due() {
            return 0;
        }
        self.poll_timeout()
    }

    /// Waits for events and serves them; says whether there were any.
    fn poll(&self, timeout: c_int) -> bool {
        let engine = self.engine();
        let metrics = &engine.metrics;
        let began = self.time.get();
        let mut left = timeout;
        // To count what was waiting already, idle metrics look before they wait.
        let mut looking = metrics.idle_wanted.get();
        let mut rounds = POLLS_PER_TURN;
        engine.interest_changed.set(false);
        loop {
            let waited = self.wait(if looking { 0 } else { left });
            let served = self.serve();
            metrics.events.set(metrics.events.get() + served);
            if looking {
                metrics
                    .events_waiting
                    .set(metrics.events_waiting.get() + served);
            }
            if served > 0 {
                rounds -= 1;
                if waited != Waited::BufferFull || rounds == 0 {
                    return true;
                }
                left = 0;
            } else if !looking {
                if waited == Waited::TimedOut {
                    return rounds < POLLS_PER_TURN;
                }
                // A signal, or news for nobody: wait for the rest of the time.
                if left >= 0 {
                    let passed = self.time.get().saturating_sub(began);
                    if passed >= timeout as u64 {
                        return rounds < POLLS_PER_TURN;
                    }
                    left = timeout - passed as c_int;
                }
            }
            looking = false;
        }
    }

    /// One wait, and the taking in of what it brought.
    fn wait(&self, timeout: c_int) -> Waited {
        let engine = self.engine();
        let is_to_wait = timeout != 0;
        self.enlist_rest();
        patience::look(self, is_to_wait);
        let lists = [&engine.ready, &engine.known, &engine.late, &engine.serving];
        let nothing_came = || !engine.wake.is_due() && !engine.signals.queue.is_due();
        let may_wait = is_to_wait && lists.iter().all(|list| list.is_empty()) && nothing_came();
        let limit = if may_wait {
            patience::limit(self, timeout)
        } else {
            None
        };
        let lingered = if may_wait { self.linger() } else { None };
        // A poll that does not wait needs no waking: what is sent meanwhile is found
        // right after it.
        let falls_asleep = || engine.wake.fall_asleep() && !engine.signals.queue.is_due();
        let waits = may_wait && lingered.is_none() && falls_asleep();
        let timeout = if waits { limit.unwrap_or(timeout) } else { 0 };
        engine.current_timeout.set(timeout);
        if waits {
            self.begin_wait();
        }
        let polled = match lingered {
            Some(polled) => polled,
            None if timeout != 0 || engine.may_bring_events() => self.ask_kernel(timeout),
            // Nothing can come of a look at an empty set: spare the system call.
            None => Ok(Polled::default()),
        };
        engine.wake.awake();
        self.update_time();
        match polled {
            Ok(_) => engine.signals.notice(),
            Err(Errno::INTR) => {}
            Err(_) if self.on_poll_failed(timeout) => return Waited::TimedOut,
            Err(_) => return Waited::Interrupted,
        }
        match Waited::until(&polled) {
            Waited::TimedOut if waits && limit.is_some() && !engine.wake.is_due() => {
                patience::in_vain(self);
                Waited::Interrupted
            }
            // There was something without it, perhaps for nobody any more.
            Waited::TimedOut if is_to_wait && !waits => Waited::Interrupted,
            waited => waited,
        }
    }

    fn ask_kernel(&self, timeout: c_int) -> Result<Polled> {
        let engine = self.engine();
        engine.wake.sleep(timeout, || {
            if self.flags.get() & LOOP_BLOCK_SIGPROF == 0 {
                engine.reactor().wait(timeout)
            } else {
                self.ask_undisturbed(timeout)
            }
        })
    }

    /// The same for profilers, without `SIGPROF`.
    #[inline(never)]
    fn ask_undisturbed(&self, timeout: c_int) -> Result<Polled> {
        signal_mask::set_blocked(libc::SIGPROF, true);
        let polled = self.engine().reactor().wait(timeout);
        signal_mask::set_blocked(libc::SIGPROF, false);
        polled
    }

    /// The closing phase.
    fn run_closing(&self) {
        if self.is_closing_handles() {
            self.close_handles();
        }
    }

    #[inline(never)]
    fn close_handles(&self) {
        let mut handle = self.closing_handles.replace(null_mut());
        while !handle.is_null() {
            // SAFETY: a closing handle stays alive until its close callback, which
            // `finish_close` calls last; the link to the next is read before.
            let closing = unsafe { &*handle };
            handle = closing.next_closing.get();
            dispatch::finish_close(closing);
        }
    }

    fn begin_wait(&self) {
        let metrics = &self.engine().metrics;
        // A wait that goes on has begun before.
        if metrics.idle_wanted.get() && metrics.wait_began.load(Relaxed) == 0 {
            metrics.begin_wait();
        }
    }

    /// The wait is over, or the first event of it is about to be served.
    pub(crate) fn end_wait(&self) {
        let metrics = &self.engine().metrics;
        if metrics.wait_began.load(Relaxed) != 0 {
            metrics.end_wait();
        }
    }
}
