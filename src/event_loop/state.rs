//! The state of a loop beyond libuv's struct: one block, allocated with the loop, to which
//! `internal_fields` points.

use super::alloc;
use super::async_::Wake;
use super::io::reactor::Reactor;
use super::phases::Phase;
use super::queue::unlinked;
use super::signals::Signals;
use super::threadpool::Completions;
use super::timers::Timers;
use super::uring::{self, UringState};
use crate::abi::{uv__queue, uv_check_t, uv_idle_t, uv_loop_t, uv_prepare_t, uv_timer_t};
use crate::errno::Result;
use crate::sys::clock;
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

pub(crate) struct Engine {
    reactor: UnsafeCell<Reactor>,
    /// Active timers.
    pub(crate) timers: Timers,
    /// The ready list: watchers with events that may be delivered when their turn comes.
    pub(crate) ready: uv__queue,
    /// Watchers that became ready without an event of the kernel. They are dispatched after
    /// those that the next poll reports, which is the order in which libuv sees them.
    pub(crate) requeued: uv__queue,
    /// Ready watchers of children, which are dispatched after all others.
    pub(crate) deferred: uv__queue,
    /// The watchers of the round that is being dispatched. A nested `uv_run` dispatches the rest
    /// of them.
    pub(crate) round: uv__queue,
    /// The edge-triggered descriptor that is being dispatched, −1 if none. A nested `uv_run`
    /// requeues it first, because its readiness may not be drained.
    pub(crate) dispatching: Cell<c_int>,
    /// Async handles that were sent to, and whether other threads must wake the loop.
    pub(crate) wake: Wake,
    /// Whether a registration has changed since the last poll. `uv_backend_timeout` is 0
    /// then, and for a new loop, so that an embedder runs the loop before it waits.
    pub(crate) interest_changed: Cell<bool>,
    /// Whether the program has asked for the backend descriptor, on which it may wait.
    pub(crate) embedded: Cell<bool>,
    /// How many descriptors the kernel watches for this loop.
    pub(super) registered: Cell<u32>,
    /// The number of the next registration.
    generation: Cell<u32>,
    /// Active handles of the three kinds that are called in each turn.
    pub(crate) idle: Phase<uv_idle_t>,
    pub(crate) prepare: Phase<uv_prepare_t>,
    pub(crate) check: Phase<uv_check_t>,
    /// Handles that wait to repeat a failed call (`handles/backoff.rs`), and their timer, which the
    /// first back-off initialises.
    pub(crate) backing_off: uv__queue,
    pub(crate) backoff_timer: uv_timer_t,
    /// Who watches which signal.
    pub(crate) signals: Signals,
    /// Jobs of the thread pool that are not called back yet.
    pub(crate) completions: Completions,
    /// Children whose handles are closed and that still run.
    pub(crate) orphans: uv__queue,
    /// Retries children for which `waitid` failed; initialised when first needed.
    pub(crate) reap_timer: uv_timer_t,
    /// The pause before the next retry, in milliseconds.
    pub(crate) reap_pause: Cell<u64>,
    /// The timeout of the current poll.
    pub(crate) current_timeout: Cell<c_int>,
    /// The io_uring, for programs that ask for one.
    pub(crate) uring: Cell<UringState>,
    /// `uv_metrics_info` and `uv_metrics_idle_time`.
    pub(crate) metrics: Metrics,
    /// How many calls of `uv_run` are on the stack.
    runs: Cell<u32>,
    /// Whether a callback of one of those has closed the loop.
    closed: Cell<bool>,
}

/// A callback has closed the loop: its memory may be freed, and only the engine may be used.
#[derive(Debug)]
pub(crate) struct Closed;

/// Keeps an engine allocated during a call of `uv_run`, whose callbacks may close the loop.
pub(crate) struct Kept(*const Engine);

impl core::ops::Deref for Kept {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        // SAFETY: `Engine::end` leaves an engine that is kept to the last `drop` of a `Kept`.
        unsafe { &*self.0 }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.runs.set(self.runs.get() - 1);
        if self.runs.get() == 0 && self.closed.get() {
            // SAFETY: the loop is closed, and this was the last `uv_run` that used its engine.
            unsafe { alloc::unbox(self.0.cast_mut()) };
        }
    }
}

/// The loop's counters. The times are read by other threads.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Whether the program has configured `UV_METRICS_IDLE_TIME`.
    pub(crate) idle_wanted: Cell<bool>,
    pub(crate) turns: Cell<u64>,
    pub(crate) events: Cell<u64>,
    pub(crate) events_waiting: Cell<u64>,
    /// When the current wait began; 0 outside a wait.
    pub(crate) wait_began: AtomicU64,
    /// All earlier waits together.
    pub(crate) idle: AtomicU64,
}

impl Metrics {
    pub(super) fn count_turn(&self) {
        self.turns.set(self.turns.get() + 1);
    }

    /// Counts events that were dispatched. `waiting`: they were there before the loop waited.
    pub(super) fn count_events(&self, events: u64, waiting: bool) {
        self.events.set(self.events.get() + events);
        if waiting {
            self.events_waiting.set(self.events_waiting.get() + events);
        }
    }

    /// The loop is about to wait, or to go on waiting.
    pub(super) fn begin_wait(&self) {
        if self.idle_wanted.get() && self.wait_began.load(Relaxed) == 0 {
            self.wait_began.store(clock::monotonic(), Relaxed);
        }
    }

    /// The wait is over, or its first event is about to be dispatched.
    #[inline]
    pub(crate) fn end_wait(&self) {
        if self.wait_began.load(Relaxed) != 0 {
            self.add_wait();
        }
    }

    #[cold]
    fn add_wait(&self) {
        let waited = clock::monotonic() - self.wait_began.load(Relaxed);
        self.idle.store(self.idle.load(Relaxed) + waited, Relaxed);
        self.wait_began.store(0, Relaxed);
    }
}

impl Engine {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            reactor: UnsafeCell::new(Reactor::new()?),
            timers: Timers::new(),
            ready: unlinked(),
            requeued: unlinked(),
            deferred: unlinked(),
            round: unlinked(),
            dispatching: Cell::new(-1),
            wake: Wake::new(),
            interest_changed: Cell::new(true),
            embedded: Cell::new(false),
            registered: Cell::new(0),
            generation: Cell::new(0),
            idle: Phase::new(),
            prepare: Phase::new(),
            check: Phase::new(),
            backing_off: unlinked(),
            // SAFETY: integers, pointers and cells of them may all be zero.
            backoff_timer: unsafe { core::mem::zeroed() },
            signals: Signals::new(),
            completions: Completions::new(),
            orphans: unlinked(),
            // SAFETY: integers, pointers and cells of them may all be zero.
            reap_timer: unsafe { core::mem::zeroed() },
            reap_pause: Cell::new(0),
            current_timeout: Cell::new(0),
            uring: uring::unneeded(),
            metrics: Metrics::default(),
            runs: Cell::new(0),
            closed: Cell::new(false),
        })
    }

    /// Keeps the engine of an initialised loop until the result is dropped.
    pub(crate) fn keep(engine: *const Engine) -> Kept {
        let kept = Kept(engine);
        kept.runs.set(kept.runs.get() + 1);
        kept
    }

    /// Whether the loop is still open. Callers ask after callbacks, before they use the loop.
    #[inline]
    pub(crate) fn open(&self) -> core::result::Result<(), Closed> {
        if self.closed.get() {
            return Err(Closed);
        }
        Ok(())
    }

    /// Frees the engine of a loop that has no handles and requests left, and returns true. If a
    /// callback of `uv_run` closes the loop, closes the descriptors, leaves the engine to that
    /// call and returns false.
    ///
    /// # Safety
    /// `engine` is what `alloc::boxed` has returned, and the loop is not used again.
    pub(crate) unsafe fn end(engine: *mut Engine) -> bool {
        // SAFETY: `alloc::boxed` made the engine, and nothing has freed it.
        let this = unsafe { &*engine };
        if this.runs.get() == 0 {
            // SAFETY: no `uv_run` is on the stack, and the loop is not used again.
            unsafe { alloc::unbox(engine) };
            return true;
        }
        this.closed.set(true);
        // SAFETY: this is the loop's thread, which is in a callback; no method of the reactor
        // runs callbacks, so no borrow of it is live.
        unsafe { &mut *this.reactor.get() }.end();
        false
    }

    /// Whether watchers wait for dispatch, children's left out.
    pub(super) fn has_ready_descriptors(&self) -> bool {
        let lists = [&self.ready, &self.requeued, &self.round];
        lists.iter().any(|list| !list.is_empty())
    }

    /// Whether a poll must not wait.
    pub(super) fn has_ready(&self) -> bool {
        self.has_ready_descriptors()
            || !self.deferred.is_empty()
            || self.wake.is_due()
            || self.signals.queue.is_due()
    }

    /// Marks the loop as asleep, so that other threads and signal handlers wake it, and returns
    /// whether they have brought nothing before, so that it may wait.
    pub(super) fn falls_asleep(&self) -> bool {
        self.wake.fall_asleep() && !self.signals.queue.is_due()
    }

    /// Initialises the queues, once the engine is at its final address.
    pub(crate) fn init(&self) {
        self.wake.init();
        self.timers.init();
        self.ready.init();
        self.requeued.init();
        self.deferred.init();
        self.round.init();
        self.idle.init();
        self.prepare.init();
        self.check.init();
        self.signals.init();
        self.orphans.init();
        self.backing_off.init();
    }

    pub(crate) fn reactor(&self) -> &Reactor {
        // SAFETY: only `renew` and `end` borrow it mutably, on the loop's thread, and no method
        // of the reactor runs a callback that could call them.
        unsafe { &*self.reactor.get() }
    }

    /// Replaces the epoll set, which a forked child shares with its parent.
    pub(crate) fn renew(&self) -> Result {
        let mut renewed = Ok(());
        // SAFETY: the child's only thread is here and holds no borrow of the reactor, and
        // `undisturbed` keeps signal handlers away.
        let renew = || renewed = unsafe { &mut *self.reactor.get() }.renew();
        self.signals.undisturbed(renew);
        renewed
    }

    /// Counts `more` events for the callback that is running, beyond the one it is counted as.
    pub(crate) fn count_more_events(&self, more: u64) {
        self.metrics
            .count_events(more, self.current_timeout.get() == 0);
    }

    /// Whether a poll that does not wait can bring events. Without watched descriptors and
    /// without a wake-up the kernel has none; what other threads send is found without it.
    ///
    /// An embedder's loop always polls: the waker writes its eventfd before it sets `woken`, and
    /// until a poll has consumed that edge the backend descriptor stays readable.
    pub(crate) fn may_bring_events(&self) -> bool {
        self.registered.get() > 0 || self.embedded.get() || self.reactor().is_woken()
    }

    pub(crate) fn next_generation(&self) -> u32 {
        let generation = self.generation.get().wrapping_add(1);
        self.generation.set(generation);
        generation
    }
}

impl uv_loop_t {
    /// The engine of an initialised loop.
    pub(crate) fn engine(&self) -> &Engine {
        // SAFETY: `init` has set the pointer, and the engine lives until the loop is closed.
        unsafe { &*self.internal_fields.get().cast::<Engine>() }
    }
}
