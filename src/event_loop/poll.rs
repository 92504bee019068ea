//! One poll: is anything ready? Wait; take in what the kernel reports; call the handlers, of
//! async handles first, then of descriptors, signals and children.
//!
//! If there is nothing but the kernel's events, they are dispatched straight from its buffer,
//! and each watcher is looked up when its turn comes, as in libuv. If async handles come
//! first, or descriptors were ready before, all events go through the ready list; so does the
//! rest of a round if a handler runs the loop.

use super::flags::LOOP_BLOCK_SIGPROF;
use super::io::interest::Interest;
use super::io::reactor::{Polled, Timeout};
use super::io::watcher::{from_pending_link, from_ready_link};
use super::queue::unlinked;
use super::state::{Closed, Engine};
use super::{dispatch, prefetch};
use crate::abi::{uv__io_t, uv__queue, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::sys::{clock, signal};
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

/// When a poll ends at the latest, in nanoseconds of the monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Until(u64);

impl Until {
    /// Not before its timeout. No clock is read for this.
    const EVER: Self = Self(u64::MAX);

    fn after(nanoseconds: u64) -> Self {
        match nanoseconds {
            u64::MAX => Self::EVER,
            _ => Self(clock::monotonic().saturating_add(nanoseconds)),
        }
    }

    fn is_over(self) -> bool {
        self != Self::EVER && clock::monotonic() >= self.0
    }

    /// The shorter of `timeout` and what is left of the time, in milliseconds, rounded up.
    #[cold]
    fn milliseconds(self, timeout: c_int) -> c_int {
        match self.limit(timeout) {
            Timeout::Milliseconds(timeout) => timeout,
            Timeout::Nanoseconds(left) => {
                c_int::try_from(left.div_ceil(1_000_000)).unwrap_or(c_int::MAX)
            }
        }
    }

    /// The shorter of `timeout` and what is left of the time.
    fn limit(self, timeout: c_int) -> Timeout {
        if self == Self::EVER || timeout == 0 {
            return Timeout::Milliseconds(timeout);
        }
        let left = self.0.saturating_sub(clock::monotonic());
        if timeout < 0 || left < timeout as u64 * 1_000_000 {
            Timeout::Nanoseconds(left)
        } else {
            Timeout::Milliseconds(timeout)
        }
    }
}

impl uv_loop_t {
    /// Waits for events, for `timeout` milliseconds or for ever if it is negative, but at most
    /// for `longest` nanoseconds, and calls their handlers; returns whether there were any.
    pub(super) fn poll(
        &self,
        engine: &Engine,
        timeout: c_int,
        longest: u64,
    ) -> core::result::Result<bool, Closed> {
        let (began, until) = (self.time.get(), Until::after(longest));
        let mut left = timeout;
        // To count the events that are waiting already, idle metrics look before they wait.
        let mut looks = engine.metrics.idle_wanted.get();
        let mut rounds = 0;
        engine.interest_changed.set(false);
        loop {
            let waited = self.wait(engine, if looks { 0 } else { left }, until);
            // A poll that has failed for good calls back as well.
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
                let is_over = timeout >= 0 && passed >= timeout as u64 || until.is_over();
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

    /// Waits for the kernel's events, unless something is ready already.
    fn wait(&self, engine: &Engine, timeout: c_int, until: Until) -> Waited {
        self.requeue_rest(engine);
        let waits = timeout != 0 && !engine.has_ready();
        if waits {
            engine.metrics.begin_wait();
            if until == Until::EVER {
                engine.completions.spin(|| engine.wake.is_due());
            }
        }
        // Other threads need not wake a poll that does not wait: what they send is found right
        // after it.
        let sleeps = waits && engine.falls_asleep();
        let limit = if sleeps { timeout } else { 0 };
        engine.current_timeout.set(timeout);
        let polled = if sleeps || engine.may_bring_events() {
            self.ask_kernel(engine, limit, until)
        } else {
            // The kernel watches nothing for this loop: save the system call.
            Ok(Polled::default())
        };
        engine.wake.awake();
        self.update_time();
        if polled.is_ok() {
            engine.signals.noticed.set(engine.signals.queue.is_due());
        }
        match polled {
            Err(error)
                if error != Errno::INTR && self.on_poll_failed(until.milliseconds(limit)) =>
            {
                Waited::TimedOut
            }
            Err(_) => Waited::Interrupted,
            // The wait was skipped because work was pending; that work may have been
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

    fn ask_kernel(&self, engine: &Engine, timeout: c_int, until: Until) -> Result<Polled> {
        if self.flags.get() & LOOP_BLOCK_SIGPROF == 0 {
            engine.reactor().wait(until.limit(timeout))
        } else {
            self.ask_without_sigprof(engine, timeout, until)
        }
    }

    /// Blocks `SIGPROF` during the wait, as the program has configured for its profiler.
    #[inline(never)]
    fn ask_without_sigprof(&self, engine: &Engine, timeout: c_int, until: Until) -> Result<Polled> {
        signal::set_blocked(libc::SIGPROF, true);
        let polled = engine.reactor().wait(until.limit(timeout));
        signal::set_blocked(libc::SIGPROF, false);
        polled
    }

    /// Calls the handlers of everything that is ready; returns their number. A handler may have
    /// closed the loop: the caller asks `Engine::open`.
    fn dispatch(&self, engine: &Engine) -> u64 {
        let mut served = if engine.has_ready_descriptors() || engine.wake.is_due() {
            self.dispatch_in_order(engine)
        } else {
            self.dispatch_events(engine)
        };
        if engine.open().is_ok() && engine.signals.noticed.take() {
            self.deliver_signals();
            served += 1;
        }
        if engine.open().is_ok() && !engine.deferred.is_empty() {
            served += self.dispatch_list(engine, &engine.deferred);
        }
        served
    }

    /// Calls the handlers of what the kernel has reported, straight from its buffer.
    fn dispatch_events(&self, engine: &Engine) -> u64 {
        let mut served = 0;
        // A callback may fork, and the child renews the reactor: no reference to it is kept
        // across a call.
        while let Some(event) = engine.reactor().read() {
            if let Some(next) = engine.reactor().peek() {
                prefetch::fetch_watcher(self.watcher_of(next));
            }
            let Some(watcher) = self.live_watcher_of(event.token) else {
                continue;
            };
            let events = watcher.record_or_defer(self, event.ready);
            if !events.is_empty() {
                engine.metrics.end_wait();
                served += 1;
                self.deliver(engine, watcher, events);
                if engine.open().is_err() {
                    break;
                }
            }
        }
        served
    }

    /// Calls async handles first, then descriptors that were ready before, then those that the
    /// kernel has reported.
    #[inline(never)]
    fn dispatch_in_order(&self, engine: &Engine) -> u64 {
        self.queue_events(engine);
        engine.requeued.append_to(&engine.ready);
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

    /// If a handler runs the loop, the inner poll first serves the handler's own watcher, whose
    /// readiness may not be drained, and then the events reported together with it.
    fn requeue_rest(&self, engine: &Engine) {
        let fd = engine.dispatching.replace(-1);
        if fd != -1 {
            // SAFETY: an fd table entry is cleared before its watcher's handle is closed.
            let watcher = unsafe { self.watcher_at(fd).as_ref() };
            watcher.inspect(|watcher| watcher.requeue_first(engine));
        }
        if engine.reactor().has_unread() {
            self.queue_events(engine);
        }
    }

    /// Whether a queued watcher has events to deliver, so that the loop must not wait.
    /// Removes watchers from the front of the ready list that have lost their interest.
    pub(crate) fn has_ready_watchers(&self) -> bool {
        let (ready, requeued) = (&self.engine().ready, &self.engine().requeued);
        while !ready.is_empty() {
            // SAFETY: a queued watcher's handle is alive: closing removes it from the list.
            let watcher = unsafe { &*from_ready_link(ready.first()) };
            if !watcher.deliverable().is_empty() {
                return true;
            }
            watcher.watcher_queue.remove();
        }
        !requeued.is_empty()
    }

    /// Queues the watchers that the kernel's events are for.
    #[inline(never)]
    fn queue_events(&self, engine: &Engine) {
        while let Some(event) = engine.reactor().read() {
            if let Some(watcher) = self.live_watcher_of(event.token) {
                watcher.record(self, event.ready);
            }
        }
    }

    #[inline(never)]
    fn dispatch_list(&self, engine: &Engine, list: &uv__queue) -> u64 {
        let round = &engine.round;
        list.append_to(round);
        let mut served = 0;
        // A loop that a callback has closed has no watchers left.
        for link in round.drain() {
            prefetch::fetch_around(round.next.get());
            // SAFETY: a listed watcher's handle is alive: closing takes it off the list.
            let watcher = unsafe { &*from_ready_link(link) };
            let events = watcher.take_events(self);
            if !events.is_empty() {
                engine.metrics.end_wait();
                served += 1;
                self.deliver(engine, watcher, events);
            }
        }
        served
    }

    /// Calls a watcher's handler. Readiness that it does not drain is dispatched in the next
    /// round.
    #[inline]
    fn deliver(&self, engine: &Engine, watcher: &uv__io_t, events: Interest) {
        if watcher.keeps_readiness() {
            self.deliver_edge(engine, watcher, events);
        } else {
            dispatch::readiness(self, watcher, events);
        }
    }

    #[inline(never)]
    fn deliver_edge(&self, engine: &Engine, watcher: &uv__io_t, events: Interest) {
        let (at, fd) = (core::ptr::from_ref(watcher), watcher.fd.get());
        engine.dispatching.set(fd);
        dispatch::readiness(self, watcher, events);
        engine.dispatching.set(-1);
        // The handle may have been closed and freed. A watcher that keeps readiness has an entry
        // in the fd table, which closing clears.
        if engine.open().is_ok() && core::ptr::eq(self.watcher_at(fd), at) {
            // SAFETY: an fd table entry is cleared before its watcher's handle is closed.
            unsafe { &*at }.queue_if_ready(engine);
        }
    }

    /// The pending phase: calls the handlers of the watchers that were fed since the last one,
    /// without readiness. Returns whether there were any.
    pub(super) fn run_pending(&self, engine: &Engine) -> core::result::Result<bool, Closed> {
        if self.pending_queue.is_empty() {
            return Ok(false);
        }
        self.call_pending();
        engine.open()?;
        Ok(true)
    }

    #[inline(never)]
    fn call_pending(&self) {
        let round = unlinked();
        self.pending_queue.take_into(&round);
        // A loop that a callback has closed has no watchers left.
        for link in round.drain() {
            prefetch::fetch_around(round.next.get());
            // SAFETY: a fed watcher's handle is alive: closing takes it off the queue.
            let watcher = unsafe { &*from_pending_link(link) };
            dispatch::readiness(self, watcher, Interest::NONE);
        }
    }
}
