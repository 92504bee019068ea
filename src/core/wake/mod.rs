//! Waking the loop from other threads and signal handlers.
//!
//! `uv_async_send` pushes its handle on a lock-free stack that only the loop
//! empties, and wakes the poll only when the loop may be asleep: sending costs what
//! was sent, however many handles exist. Callbacks run in the order in which the
//! handles were initialised, as libuv's do.
//!
//! A handle's `pending` word is libuv's: bit 0 says that a send has not been
//! answered (or that the handle closes), the bits above count senders that are
//! still at work inside it, which closing waits for.
//!
//! # Ordering
//!
//! *No send is lost.* A sender always changes `pending` with a read-modify-write, be it
//! only to the value that it had: a failed CAS, or a load, would order nothing that the
//! sender wrote before. The loop clears bit 0 with another, before the callback. So every
//! send is ordered before or after that clearing: before, and since all that changes the
//! word in between is read-modify-writes too, the callback sees what the sender wrote;
//! after, and the sender finds bit 0 clear and pushes again.
//!
//! *No sleep is missed.* Dekker's pattern: the sender pushes and then reads `asleep`,
//! the loop sets `asleep` and then reads the stack, all sequentially consistent, so at
//! least one of them sees the other.

mod linger;
mod order;

use crate::abi::{UV_ASYNC, uv__queue, uv_async_t, uv_handle_t, uv_loop_t};
use crate::core::run::local_queue;
use crate::sys::errno;
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, Ordering::*};
use linger::Linger;
use order::{Runs, precedes};

/// A send that no callback has answered yet.
const PENDING: i32 = 1;
/// One sender inside `send`.
const BUSY: i32 = 2;

pub(crate) struct Wake {
    /// Handles sent to since the loop last looked, the last one first.
    sent: AtomicPtr<uv_async_t>,
    /// Whether the loop is in its poll, or outside `uv_run` altogether.
    asleep: AtomicBool,
    linger: Linger,
    /// Handles that this pass is yet to call, in the order of their initialisation;
    /// none when there is no pass.
    due: Runs,
    /// Those that wait for the next turn's pass, as they came.
    next_turn: uv__queue,
    /// What is known of the pass that goes on.
    pass: Cell<Option<Pass>>,
}

/// A pass over the handles that were sent to, in the order of their initialisation.
#[derive(Clone, Copy)]
struct Pass {
    /// The number of the handle that was called last.
    passed: Option<u32>,
    /// Handles from this number on are newer than the pass.
    limit: u32,
}

impl Pass {
    /// Whether a handle with this number has its place in what is left of the pass.
    fn will_call(self, sequence: u32) -> bool {
        precedes(sequence, self.limit)
            && self.passed.is_none_or(|passed| precedes(passed, sequence))
    }
}

impl Wake {
    pub(crate) const fn new() -> Self {
        Self {
            sent: AtomicPtr::new(null_mut()),
            asleep: AtomicBool::new(true),
            linger: Linger::new(),
            due: Runs::new(),
            next_turn: local_queue(),
            pass: Cell::new(None),
        }
    }

    /// Ties the queues' ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.due.init();
        self.next_turn.init();
    }

    /// The loop is about to wait. False when something was sent meanwhile, so that
    /// it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.asleep.store(true, SeqCst);
        self.sent.load(SeqCst).is_null() && self.next_turn.is_empty()
    }

    /// The loop is awake and will look at what was sent before it sleeps.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Relaxed);
    }

    /// Whether the loop may wait without looking at what is told it from now on. Who has
    /// something for it says so first, sequentially consistent, and asks this then.
    pub(crate) fn may_sleep(&self) -> bool {
        self.asleep.load(SeqCst)
    }

    /// Whether a handle waits for its callback.
    pub(crate) fn is_due(&self) -> bool {
        !self.sent.load(Relaxed).is_null() || !self.next_turn.is_empty()
    }

    /// Pushes a handle and says whether the loop must be woken.
    fn push(&self, handle: &uv_async_t) -> bool {
        let me = core::ptr::from_ref(handle).cast_mut();
        let mut top = self.sent.load(Relaxed);
        loop {
            handle.queue.next.set(top.cast());
            match self.sent.compare_exchange_weak(top, me, SeqCst, Relaxed) {
                Ok(_) => break,
                Err(now) => top = now,
            }
        }
        self.may_sleep()
    }

    /// Puts a live handle where this pass, or the next turn's, will find it.
    fn sort_in(&self, handle: &uv_async_t) {
        let sequence = handle.sequence.get();
        if self.pass.get().is_some_and(|pass| pass.will_call(sequence)) {
            self.due.insert(handle);
        } else {
            self.next_turn.push_back(&handle.queue);
        }
    }

    /// A pass begins: those that have waited for it are due.
    fn begin(&self, pass: Pass) {
        self.pass.set(Some(pass));
        let waiting = local_queue();
        self.next_turn.take_into(&waiting);
        loop {
            let link = waiting.pop_front();
            if link.is_null() {
                break;
            }
            // SAFETY: a queued handle is alive: closing takes it off.
            self.sort_in(unsafe { &*order::of_link(link) });
        }
        self.collect();
    }

    /// Takes what was sent.
    fn collect(&self) {
        if self.sent.load(Relaxed).is_null() {
            return;
        }
        let mut chain = self.sent.swap(null_mut(), SeqCst);
        while !chain.is_null() {
            // SAFETY: a handle on the stack is not freed: closing takes it off first.
            let handle = unsafe { &*chain };
            // Read before the queues use the link.
            chain = handle.queue.next.get().cast();
            self.sort_in(handle);
        }
    }
}

impl uv_async_t {
    /// Asks for the callback. Any thread, any signal handler; keeps `errno`.
    pub(crate) fn send(&self) {
        let mut state = self.pending.load(Relaxed);
        loop {
            let is_pending = state & PENDING != 0;
            let next = if is_pending {
                state
            } else {
                state + PENDING + BUSY
            };
            match self
                .pending
                .compare_exchange_weak(state, next, SeqCst, Relaxed)
            {
                Ok(_) if is_pending => return,
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        // SAFETY: the loop outlives its handles, and closing this one waits for BUSY.
        let engine = unsafe { &*self.loop_.get() }.engine();
        if engine.wake.push(self) {
            let saved = errno::save();
            engine.reactor().wake();
            errno::restore(saved);
        }
        self.pending.fetch_sub(BUSY, SeqCst);
    }

    /// Keeps new senders out, waits for those inside, and takes the handle off the
    /// lists. The loop's thread only.
    pub(crate) fn retire(&self) {
        let wake = &self.loop_().engine().wake;
        let was_pending = self.pending.fetch_or(PENDING, SeqCst) & PENDING != 0;
        let mut spins = 0u32;
        while self.pending.load(SeqCst) & !PENDING != 0 {
            spins += 1;
            if spins % 1000 == 0 {
                // The sender may be waiting for this very processor.
                std::thread::yield_now();
            } else {
                core::hint::spin_loop();
            }
        }
        if was_pending {
            wake.collect();
            self.queue.remove();
        }
    }
}

impl uv_loop_t {
    /// After a fork: whoever was sending lives on in the parent only.
    pub(crate) fn forget_sends(&self) {
        let wake = &self.engine().wake;
        wake.sent.store(null_mut(), SeqCst);
        wake.init();
        let head = core::ptr::from_ref(&self.handle_queue).cast_mut();
        let mut link = self.handle_queue.next.get();
        while link != head {
            // SAFETY: a handle in the list is alive: closing takes it out.
            let handle = unsafe { &*uv_handle_t::of_link(link) };
            if handle.type_.get() == UV_ASYNC {
                // SAFETY: a handle of this type is a uv_async_t.
                let handle = unsafe { &*core::ptr::from_ref(handle).cast::<uv_async_t>() };
                // One that is being closed goes on keeping senders out.
                let closed = if handle.is_closing() { PENDING } else { 0 };
                handle.pending.store(closed, SeqCst);
            }
            // SAFETY: as above.
            link = unsafe { (*link).next.get() };
        }
    }

    /// Calls back every handle that was sent to; says whether there was any. One
    /// that is sent to meanwhile joins this pass if it comes later in order of
    /// initialisation; it waits for the next turn otherwise, or if it is new.
    ///
    /// A callback may run the loop again. That pass calls those that this one has
    /// passed; the others stay this one's, which are all behind them in the queue.
    pub(crate) fn run_async(&self) -> bool {
        let (engine, wake) = (self.engine(), &self.engine().wake);
        let outer = wake.pass.get();
        let mut pass = Pass {
            passed: None,
            limit: outer.map_or(engine.async_sequence.get(), |outer| outer.limit),
        };
        wake.begin(pass);
        let mut any = false;
        // SAFETY: a queued handle is alive: closing takes it off.
        while let Some(handle) = unsafe { wake.due.first().as_ref() } {
            let sequence = handle.sequence.get();
            if outer.is_some_and(|outer| outer.will_call(sequence)) {
                break;
            }
            any = true;
            handle.queue.remove();
            pass.passed = Some(sequence);
            wake.pass.set(Some(pass));
            handle.pending.fetch_and(!PENDING, SeqCst);
            if let Some(callback) = handle.async_cb.get() {
                // SAFETY: the handle is alive, and nothing of it is touched after.
                unsafe { callback(core::ptr::from_ref(handle).cast_mut()) };
            }
            wake.collect();
        }
        wake.pass.set(outer);
        any
    }
}
