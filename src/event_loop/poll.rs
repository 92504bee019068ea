//! One poll: is anything ready? Wait; take in what the kernel reports; call the handlers, of
//! async handles first, then of descriptors, signals and children.
//!
//! Most often there is nothing but the kernel's events. Then they are dispatched straight
//! from its buffer, and each watcher is looked up when its turn comes, as in libuv. If async
//! handles come first, or descriptors were ready before, all events go through the ready
//! list; so does the rest of a round when a handler runs the loop.

use super::state::{Closed, Engine};
use super::flags::LOOP_BLOCK_SIGPROF;
use super::io::interest::Interest;
use super::queue::unlinked;
use super::io::reactor::Polled;
use super::{prefetch, dispatch, io::readiness};
use crate::abi::{uv__io_t, uv__queue, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::sys::signal_mask;
use core::ffi::c_int;

/// How often one turn polls again because the event buffer was full.
const POLLS_PER_TURN: u32 = 48;

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Waited {
    TimedOut,
    Interrupted,
    Events,
    BufferFull,
}

impl uv_loop_t {
    /// Waits for events, `timeout` milliseconds or for ever if it is negative, and calls the
    /// handlers; says whether there were any.
    pub(super) fn poll(
        &self,
        engine: &Engine,
        timeout: c_int,
    ) -> core::result::Result<bool, Closed> {
        let began = self.time.get();
        let mut left = timeout;
        // To count the events that are waiting already, idle metrics look before they wait.
        let mut looks = engine.metrics.idle_wanted.get();
        let mut rounds = 0;
        engine.interest_changed.set(false);
        loop {
            let waited = self.wait(engine, if looks { 0 } else { left });
            // A poll that has failed for good calls back, too.
            engine.open()?;
            let served = self.dispatch(engine);
            engine.metrics.count_events(served, looks);
            engine.open()?;
            if served > 0 {
                rounds += 1;
                if waited != Waited::BufferFull || rounds == POLLS_PER_TURN {
                    return Ok(true);
                }
                left = 0;
            } else if !looks {
                // After a signal, or events that no handler wanted, wait for what is left.
                let passed = self.time.get().saturating_sub(began);
                let is_over = timeout >= 0 && passed >= timeout as u64;
                if waited == Waited::TimedOut || is_over || left == 0 && rounds > 0 {
                    return Ok(rounds > 0);
                }
                if timeout >= 0 {
                    left = timeout - passed as c_int;
                }
            }
            looks = false;
        }
    }

    /// Waits, and takes in what the kernel reports.
    fn wait(&self, engine: &Engine, timeout: c_int) -> Waited {
        self.enlist_rest(engine);
        let waits = timeout != 0 && !engine.has_ready();
        if waits {
            engine.metrics.begin_wait();
            engine.completions.spin(|| engine.wake.is_due());
        }
        // A poll that does not wait needs no waking: what is sent meanwhile is found
        // right after it.
        let sleeps = waits && engine.falls_asleep();
        let limit = if sleeps { timeout } else { 0 };
        engine.current_timeout.set(limit);
        let polled = if sleeps || engine.may_bring_events() {
            self.ask_kernel(engine, limit)
        } else {
            // The kernel watches nothing for this loop: spare the system call.
            Ok(Polled::default())
        };
        engine.wake.awake();
        self.update_time();
        if polled.is_ok() {
            engine.signals.notice();
        }
        match polled {
            Err(error) if error != Errno::INTR && self.on_poll_failed(limit) => Waited::TimedOut,
            Err(_) => Waited::Interrupted,
            // The wait was left out because something was ready or due. It may have been
            // cancelled since, so poll again.
            Ok(Polled { count: 0, .. }) if timeout != 0 && !sleeps => Waited::Interrupted,
            Ok(Polled { count: 0, .. }) => Waited::TimedOut,
            Ok(Polled { full: true, .. }) => Waited::BufferFull,
            Ok(_) => Waited::Events,
        }
    }

    /// The wait is over, or its first event is about to be dispatched.
    pub(crate) fn end_wait(&self) {
        self.engine().metrics.end_wait();
    }

    fn ask_kernel(&self, engine: &Engine, timeout: c_int) -> Result<Polled> {
        if self.flags.get() & LOOP_BLOCK_SIGPROF == 0 {
            engine.reactor().wait(timeout)
        } else {
            self.ask_undisturbed(engine, timeout)
        }
    }

    /// The same for profilers, without `SIGPROF`.
    #[inline(never)]
    fn ask_undisturbed(&self, engine: &Engine, timeout: c_int) -> Result<Polled> {
        signal_mask::set_blocked(libc::SIGPROF, true);
        let polled = engine.reactor().wait(timeout);
        signal_mask::set_blocked(libc::SIGPROF, false);
        polled
    }

    /// Calls the handlers of everything that is ready; returns how many. The caller has to
    /// ask whether one of them has closed the loop.
    fn dispatch(&self, engine: &Engine) -> u64 {
        let mut served = if engine.has_ready_descriptors() || engine.wake.is_due() {
            self.dispatch_in_order(engine)
        } else {
            self.dispatch_events(engine)
        };
        if engine.open().is_ok() {
            served += u64::from(self.serve_signals());
        }
        if engine.open().is_ok() && !engine.late.is_empty() {
            served += self.dispatch_list(engine, &engine.late);
        }
        served
    }

    /// Calls the handlers of what the kernel has reported, straight from its buffer.
    fn dispatch_events(&self, engine: &Engine) -> u64 {
        let mut served = 0;
        // A callback may fork, and the child renew the reactor: no reference to it outlives
        // a call.
        while let Some(event) = engine.reactor().read() {
            if let Some(next) = engine.reactor().peek() {
                prefetch::fetch_watcher(self.holder(next));
            }
            let Some(watcher) = self.reported(event.token) else {
                continue;
            };
            let news = watcher.hear(self, event.ready);
            if !news.is_empty() {
                engine.metrics.end_wait();
                served += 1;
                self.hand_over(engine, watcher, news);
                if engine.open().is_err() {
                    break;
                }
            }
        }
        served
    }

    /// The same if async handles come first, or descriptors that were ready before.
    #[inline(never)]
    fn dispatch_in_order(&self, engine: &Engine) -> u64 {
        self.enlist_events(engine);
        engine.known.append_to(&engine.ready);
        let mut served = 0;
        if engine.wake.is_due() {
            engine.metrics.end_wait();
            served += u64::from(self.run_async());
            if engine.open().is_err() {
                return served;
            }
        }
        served + self.dispatch_list(engine, &engine.ready)
    }

    /// If a handler runs the loop, the inner poll finds ready: first what the handler's own
    /// watcher has left, then what was reported together with that.
    fn enlist_rest(&self, engine: &Engine) {
        // SAFETY: a slot is emptied before its watcher's handle is closed.
        if let Some(watcher) = unsafe { self.slot(engine.at_work.replace(-1)).as_ref() } {
            watcher.enlist_first(engine);
        }
        if engine.reactor().has_unread() {
            self.enlist_events(engine);
        }
    }

    /// Puts what the kernel has reported into the lists.
    #[inline(never)]
    fn enlist_events(&self, engine: &Engine) {
        while let Some(event) = engine.reactor().read() {
            if let Some(watcher) = self.reported(event.token) {
                watcher.report(self, event.ready);
            }
        }
    }

    #[inline(never)]
    fn dispatch_list(&self, engine: &Engine, list: &uv__queue) -> u64 {
        let round = &engine.serving;
        list.append_to(round);
        let mut served = 0;
        // A loop that a callback has closed has no watchers left.
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return served;
            }
            prefetch::fetch_around(round.next.get());
            // SAFETY: a listed watcher's handle is alive: closing takes it off the list.
            let watcher = unsafe { &*readiness::from_ready_link(link) };
            let news = watcher.take_news(self);
            if !news.is_empty() {
                engine.metrics.end_wait();
                served += 1;
                self.hand_over(engine, watcher, news);
            }
        }
    }

    /// Calls a watcher's handler. The readiness that it leaves is for the next round.
    #[inline]
    fn hand_over(&self, engine: &Engine, watcher: &uv__io_t, news: Interest) {
        if watcher.keeps_readiness() {
            self.hand_over_and_keep(engine, watcher, news);
        } else {
            dispatch::readiness(self, watcher, news);
        }
    }

    #[inline(never)]
    fn hand_over_and_keep(&self, engine: &Engine, watcher: &uv__io_t, news: Interest) {
        let (at, fd) = (core::ptr::from_ref(watcher), watcher.fd.get());
        engine.at_work.set(fd);
        dispatch::readiness(self, watcher, news);
        engine.at_work.set(-1);
        // The callback may have run the loop, and the handle be freed by now. A watcher that
        // keeps readiness has the descriptor's slot, which closing empties.
        if engine.open().is_ok() && core::ptr::eq(self.slot(fd), at) {
            // SAFETY: a slot is emptied before its watcher's handle is closed.
            unsafe { &*at }.enlist(engine);
        }
    }

    /// The pending phase: calls the handlers that were queued since, with no readiness. Says
    /// whether there were any.
    pub(super) fn run_pending(&self, engine: &Engine) -> core::result::Result<bool, Closed> {
        if self.pending_queue.is_empty() {
            return Ok(false);
        }
        self.run_fed();
        engine.open()?;
        Ok(true)
    }

    #[inline(never)]
    fn run_fed(&self) {
        let round = unlinked();
        self.pending_queue.take_into(&round);
        // A loop that a callback has closed has no watchers left.
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            prefetch::fetch_around(round.next.get());
            // SAFETY: a fed watcher's handle is alive: closing takes it off the queue.
            let watcher = unsafe { &*readiness::from_pending_link(link) };
            dispatch::readiness(self, watcher, Interest::NONE);
        }
    }
}
