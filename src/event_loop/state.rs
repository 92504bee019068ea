//! What a loop has beyond libuv's struct: one block, made with the loop and hung on
//! `internal_fields`.

use super::alloc;
use super::async_::Wake;
use super::io::reactor::Reactor;
use super::phases::Phase;
use super::queue::unlinked;
use super::ring::{self, RingState};
use super::signals::Signals;
use super::threadpool::Completions;
use super::timers::Timers;
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
    /// Watchers that became ready without an event of the kernel. They are served after those
    /// that the next poll reports: libuv, which asks the kernel, gets them in that order.
    pub(crate) requeued: uv__queue,
    /// Watchers of children, which are served after all others.
    pub(crate) deferred: uv__queue,
    /// The watchers of the round that is being dispatched. They are here and not on the stack,
    /// so that a nested `uv_run` finds the rest of them.
    pub(crate) serving: uv__queue,
    /// The edge-triggered descriptor that is being dispatched, −1 if none. A nested `uv_run`
    /// requeues it first, because its readiness may not be drained.
    pub(crate) dispatching: Cell<c_int>,
    /// Handles that other threads sent to.
    pub(crate) wake: Wake,
    /// Whether a registration has changed since the last poll. `uv_backend_timeout` is 0
    /// then, and for a new loop, so that an embedder runs the loop before it waits.
    pub(crate) interest_changed: Cell<bool>,
    /// Whether the program has asked for the backend descriptor, on which it may wait
    /// itself.
    pub(crate) embedded: Cell<bool>,
    /// How many descriptors the kernel watches for this loop.
    pub(super) registered: Cell<u32>,
    /// The number of the next registration.
    generation: Cell<u32>,
    /// Started handles of the kinds that are called in each turn.
    pub(crate) idle: Phase<uv_idle_t>,
    pub(crate) prepare: Phase<uv_prepare_t>,
    pub(crate) check: Phase<uv_check_t>,
    /// Handles whose calls are made again later (`handles/rest.rs`), and the timer for that,
    /// which has no loop until it is needed.
    pub(crate) resting: uv__queue,
    pub(crate) rest_timer: uv_timer_t,
    /// Who watches which signal.
    pub(crate) signals: Signals,
    /// Jobs of the thread pool that are not called back.
    pub(crate) completions: Completions,
    /// Children that run on though their handles are closed.
    pub(crate) orphans: uv__queue,
    /// Asks after children again that the kernel gave no answer for; made when first needed.
    pub(crate) reap_timer: uv_timer_t,
    /// How long it waits, in milliseconds.
    pub(crate) reap_pause: Cell<u64>,
    /// What the current poll waits for at most.
    pub(crate) current_timeout: Cell<c_int>,
    /// The io_uring, for programs that ask for one.
    pub(crate) ring: Cell<RingState>,
    /// `uv_metrics_info` and `uv_metrics_idle_time`.
    pub(crate) metrics: Metrics,
    /// How many calls of `uv_run` are on the stack.
    runs: Cell<u32>,
    /// The loop was closed by a callback of one of those.
    closed: Cell<bool>,
}

/// A callback has closed the loop: its memory may be gone, and only the engine can still
/// be used.
#[derive(Debug)]
pub(crate) struct Closed;

/// Keeps an engine for a call of `uv_run`, whose callbacks may close the loop.
pub(crate) struct Kept(*const Engine);

impl core::ops::Deref for Kept {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        // SAFETY: `Engine::end` leaves an engine that is kept to the last `drop`.
        unsafe { &*self.0 }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.runs.set(self.runs.get() - 1);
        if self.runs.get() == 0 && self.closed.get() {
            // SAFETY: the loop is closed, and this was the last that used its engine.
            unsafe { alloc::unbox(self.0.cast_mut()) };
        }
    }
}

/// The loop's counters. The times are read by other threads.
#[derive(Default)]
pub(crate) struct Metrics {
    /// `UV_METRICS_IDLE_TIME` was asked for.
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

    /// Counts events that were dispatched. `waiting` says that they came without a wait.
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

    /// The wait is over, or the first event of it is about to be dispatched.
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
            serving: unlinked(),
            dispatching: Cell::new(-1),
            wake: Wake::new(),
            interest_changed: Cell::new(true),
            embedded: Cell::new(false),
            registered: Cell::new(0),
            generation: Cell::new(0),
            idle: Phase::new(),
            prepare: Phase::new(),
            check: Phase::new(),
            resting: unlinked(),
            // SAFETY: a handle may be all zeroes before it is made.
            rest_timer: unsafe { core::mem::zeroed() },
            signals: Signals::new(),
            completions: Completions::new(),
            orphans: unlinked(),
            // SAFETY: integers, pointers and cells of them may all be zero.
            reap_timer: unsafe { core::mem::zeroed() },
            reap_pause: Cell::new(0),
            current_timeout: Cell::new(0),
            ring: ring::unasked(),
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

    /// Whether the loop is open still. To be asked after callbacks, before the loop is used.
    #[inline]
    pub(crate) fn open(&self) -> core::result::Result<(), Closed> {
        if self.closed.get() {
            return Err(Closed);
        }
        Ok(())
    }

    /// The loop is closed, and has no handles and requests left. Frees the engine and says
    /// so. If a callback of `uv_run` has closed the loop, leaves the engine to that call,
    /// empty and without descriptors.
    ///
    /// # Safety
    /// `engine` is what `alloc::boxed` has returned, and the loop is not used again.
    pub(crate) unsafe fn end(engine: *mut Engine) -> bool {
        // SAFETY: the engine is alive by contract.
        let this = unsafe { &*engine };
        if this.runs.get() == 0 {
            // SAFETY: no `uv_run` uses it.
            unsafe { alloc::unbox(engine) };
            return true;
        }
        this.closed.set(true);
        // SAFETY: this is the loop's thread, and no call of the reactor's runs callbacks.
        unsafe { &mut *this.reactor.get() }.end();
        false
    }

    /// Whether watchers are listed whose handlers are to be called.
    pub(super) fn has_ready_descriptors(&self) -> bool {
        let lists = [&self.ready, &self.requeued, &self.serving];
        lists.iter().any(|list| !list.is_empty())
    }

    /// Whether a poll must not wait.
    pub(super) fn has_ready(&self) -> bool {
        self.has_ready_descriptors()
            || !self.deferred.is_empty()
            || self.wake.is_due()
            || self.signals.queue.is_due()
    }

    /// Other threads and signal handlers must wake the loop from now on. Says whether they
    /// have brought nothing until now, so that it may wait.
    pub(super) fn falls_asleep(&self) -> bool {
        self.wake.fall_asleep() && !self.signals.queue.is_due()
    }

    /// Ties the queues' ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.wake.init();
        self.timers.init();
        self.ready.init();
        self.requeued.init();
        self.deferred.init();
        self.serving.init();
        self.idle.init();
        self.prepare.init();
        self.check.init();
        self.signals.init();
        self.orphans.init();
        self.resting.init();
    }

    pub(crate) fn reactor(&self) -> &Reactor {
        // SAFETY: the reactor is changed only by `renew`, in a forked child, whose one
        // thread borrows it for no longer than a call that runs no callback.
        unsafe { &*self.reactor.get() }
    }

    /// Replaces the epoll set, which a forked child shares with its parent.
    pub(crate) fn renew(&self) -> Result {
        let mut renewed = Ok(());
        // SAFETY: the child's one thread is in `uv_loop_fork` and holds no borrow of the
        // reactor, and no signal handler does meanwhile.
        let renew = || renewed = unsafe { &mut *self.reactor.get() }.renew();
        self.signals.undisturbed(renew);
        renewed
    }

    /// The callback that is running serves more than the one event it is counted as.
    pub(crate) fn count_more_events(&self, more: u64) {
        self.metrics
            .count_events(more, self.current_timeout.get() == 0);
    }

    /// Whether a poll can bring anything. Without descriptors and without a call of the waker
    /// the kernel has nothing to report: what other threads send is seen without its help.
    ///
    /// An embedder's loop always polls. The waker writes its eventfd before it says so, and
    /// until the poll has taken that edge the backend descriptor stays readable.
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
        // SAFETY: set by `init`, freed by `close`; in between it does not move.
        unsafe { &*self.internal_fields.get().cast::<Engine>() }
    }
}
