//! Waking the loop from other threads and signal handlers.
//!
//! `uv_async_send` pushes its handle on a lock-free stack that only the loop
//! empties, and wakes the poll only when the loop may be asleep: sending costs what
//! was sent, however many handles exist. Callbacks run in the order in which the
//! handles were initialised, as libuv's do.
//!
//! A handle's `pending` word: bit 0 says that a send has not been answered (or that the
//! handle closes), bit 1 that the handle is hot (`flood.rs`). Above are two counts: of the
//! senders that are still at work inside the handle, which closing waits for, and of those
//! that found it pending already. A hot handle has the number of its doorbell in place of
//! the latter (`doorbell.rs`).
//!
//! # Ordering
//!
//! *No send is lost.* A sender always changes `pending` with a read-modify-write, also
//! where a handle is pending already: a failed CAS, or a load, would order nothing that the
//! sender wrote before. (Hot handles are argued about in their own file.) The loop clears
//! bit 0 with another, before the callback. So every send is ordered before or after that
//! clearing: before, and since all that changes the word in between is read-modify-writes
//! too, the callback sees what the sender wrote; after, and the sender finds bit 0 clear
//! and pushes again.
//!
//! *No sleep is missed.* Dekker's pattern: the sender pushes and then reads `asleep`,
//! the loop sets `asleep` and then reads the stack, all sequentially consistent, so at
//! least one of them sees the other. A sender that finds it set makes the system call and
//! clears it then, unless the loop has fallen asleep anew: each of its naps has a number.
//! One that finds it clear has therefore pushed before the loop last looked, or before it
//! will set it again and look once more; and that it gets there, a system call has seen to
//! that is over. So a sender that is stopped anywhere on its way keeps up no other.

mod bits;
mod doorbell;
mod flood;
#[cfg(test)]
mod flood_model;
mod linger;
mod roll;

use crate::abi::{uv_async_t, uv_loop_t};
use crate::errno::Result;
use crate::sys::errno;
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::*, compiler_fence};
use doorbell::{Watch, bell};
use flood::bell_of;
use linger::Linger;
use roll::Roll;

/// A send that no callback has answered yet.
const PENDING: i32 = 1;
/// Senders ring a doorbell instead, and the loop sees to the memory's order.
const HOT: i32 = 2;
/// One sender inside `send`; 14 bits.
const BUSY: i32 = 4;
const BUSY_MASK: i32 = COALESCED - BUSY;
/// One sender that found the handle pending, modulo 65536; or the number of its bell.
const COALESCED: i32 = 1 << 16;

/// What stands in the place of a nap's number while the loop is awake.
const AWAKE: u64 = 0;

pub(crate) struct Wake {
    /// Handles sent to since the loop last looked, the last one first.
    sent: AtomicPtr<uv_async_t>,
    /// The number of its nap while the loop is in its poll, or outside `uv_run` with a
    /// descriptor that the program may be watching.
    asleep: AtomicU64,
    /// How many naps there have been, those included that something kept it from.
    naps: Cell<u64>,
    linger: Linger,
    /// The doorbells of hot handles.
    bells: Watch,
    /// How often the loop has fallen asleep.
    stint: Cell<u32>,
    /// All async handles, and which of them are due.
    roll: Roll,
    /// What is known of the pass that goes on.
    pass: Cell<Option<Pass>>,
}

/// A pass over the handles that are due, in the order of their initialisation. Handles
/// that are made meanwhile wait for the next turn.
#[derive(Clone, Copy)]
struct Pass {
    /// The number from which on it looks.
    at: u32,
    /// Handles from this number on are newer than the pass.
    limit: u32,
    /// Those that are left to the pass whose callback ran the loop again.
    others: (u32, u32),
}

impl Wake {
    pub(crate) fn new() -> Self {
        flood::prepare();
        Self {
            sent: AtomicPtr::new(null_mut()),
            asleep: AtomicU64::new(AWAKE),
            naps: Cell::new(0),
            linger: Linger::new(),
            bells: Watch::new(),
            stint: Cell::new(0),
            roll: Roll::new(),
            pass: Cell::new(None),
        }
    }

    /// The loop is about to wait. False when something was sent meanwhile, so that
    /// it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.begin_nap();
        if self.is_due() {
            return false;
        }
        self.stint.set(self.stint.get().wrapping_add(1));
        !self.is_flooded() || self.cools()
    }

    /// From now on the loop must be woken.
    fn begin_nap(&self) {
        let number = self.naps.get() + 1;
        self.naps.set(number);
        self.asleep.store(number, SeqCst);
    }

    /// Has hot handles cool. False when one of them was sent to.
    #[inline(never)]
    fn cools(&self) -> bool {
        self.cool();
        !self.is_due()
    }

    /// The loop is awake and will look at what was sent before it sleeps.
    pub(crate) fn awake(&self) {
        // Senders read this: writing what it says already would take it from them.
        if self.asleep.load(Relaxed) != AWAKE {
            self.asleep.store(AWAKE, Relaxed);
        }
    }

    /// Whether the loop may wait without looking at what is told it from now on, and nobody
    /// has woken it. Who has something for it says so first, sequentially consistent, and
    /// asks this then.
    pub(crate) fn may_sleep(&self) -> bool {
        self.asleep.load(SeqCst) != AWAKE
    }

    /// Whether a handle waits for its callback.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        let quiet =
            self.sent.load(SeqCst).is_null() && self.bells.is_empty() && self.roll.due().is_empty();
        !quiet && self.is_any_due()
    }

    #[inline(never)]
    fn is_any_due(&self) -> bool {
        self.has_news() || self.has_next()
    }

    /// Whether anything was sent since the loop last looked.
    fn has_news(&self) -> bool {
        !self.sent.load(SeqCst).is_null() || self.hears()
    }

    /// Whether a handle is hot.
    fn is_flooded(&self) -> bool {
        !self.bells.is_empty()
    }

    /// Has the loop woken if it may sleep. Nobody else needs to, once that is done.
    fn rouse(&self, wake: impl FnOnce()) {
        let nap = self.asleep.load(SeqCst);
        if nap != AWAKE {
            wake();
            let _ = self.asleep.compare_exchange(nap, AWAKE, SeqCst, Relaxed);
        }
    }

    /// Pushes a handle.
    fn push(&self, handle: &uv_async_t) {
        let me = core::ptr::from_ref(handle).cast_mut();
        let mut top = self.sent.load(Relaxed);
        loop {
            handle.queue.next.set(top.cast());
            match self.sent.compare_exchange_weak(top, me, SeqCst, Relaxed) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// Takes what was sent.
    fn collect(&self) {
        self.listen();
        if self.sent.load(Relaxed).is_null() {
            return;
        }
        let mut chain = self.sent.swap(null_mut(), SeqCst);
        while !chain.is_null() {
            // SAFETY: a handle on the stack is not freed: closing takes it off first.
            let handle = unsafe { &*chain };
            chain = handle.queue.next.get().cast();
            handle.pop();
            self.roll.due().insert(handle.sequence.get());
        }
    }

    /// A pass that would begin now.
    fn new_pass(&self) -> Pass {
        let others = match self.pass.get() {
            Some(outer) => (outer.at.min(outer.others.0), outer.limit),
            None => (u32::MAX, u32::MAX),
        };
        Pass {
            at: 0,
            limit: self.roll.next_number(),
            others,
        }
    }

    /// The handle that a pass calls next.
    fn next(&self, pass: Pass) -> Option<u32> {
        let due = self.roll.due();
        let mut number = due.first_from(pass.at)?;
        if (pass.others.0..pass.others.1).contains(&number) {
            number = due.first_from(pass.others.1)?;
        }
        (number < pass.limit).then_some(number)
    }

    /// Whether a pass that would begin now had a handle to call.
    fn has_next(&self) -> bool {
        !self.roll.due().is_empty() && self.next(self.new_pass()).is_some()
    }
}

impl uv_async_t {
    /// Asks for the callback. Any thread, any signal handler; keeps `errno`.
    #[inline]
    pub(crate) fn send(&self) {
        // What the caller wrote is written before: `flood.rs` relies on it.
        compiler_fence(SeqCst);
        let state = self.pending.load(Relaxed);
        // One call at most: so the way past it has no stack frame.
        if state & HOT == 0 || !bell(bell_of(state)).ring() {
            self.send_slowly(state);
        }
    }

    /// Sends to a handle that is not hot, or was until a moment ago: it may be gone then.
    #[inline(never)]
    fn send_slowly(&self, state: i32) {
        if state & HOT == 0 {
            self.send_cold(state);
        } else {
            bell(bell_of(state)).send_to_owner();
        }
    }

    /// The ordinary way, which is right for a hot handle too.
    fn send_cold(&self, mut state: i32) {
        loop {
            let added = match state & (HOT | PENDING) {
                0 | HOT => PENDING + BUSY,
                PENDING => flood::share(state),
                _ => 0,
            };
            let next = state.wrapping_add(added);
            match self
                .pending
                .compare_exchange_weak(state, next, SeqCst, Relaxed)
            {
                Ok(_) if added == PENDING + BUSY => break,
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
        // SAFETY: the loop outlives its handles, and closing this one waits for BUSY.
        let engine = unsafe { &*self.loop_.get() }.engine();
        engine.wake.push(self);
        engine.wake.rouse(|| {
            let saved = errno::save();
            engine.reactor().wake();
            errno::restore(saved);
        });
        self.pending.fetch_sub(BUSY, SeqCst);
    }

    /// Gives the handle its place in the order of callbacks.
    pub(crate) fn enlist(&self, loop_: &uv_loop_t) -> Result {
        let wake = &loop_.engine().wake;
        wake.roll.enlist(self, wake.pass.get().is_none())?;
        self.begin();
        Ok(())
    }

    /// Keeps new senders out, waits for those inside, and takes the handle off the
    /// lists. The loop's thread only.
    pub(crate) fn retire(&self) {
        let wake = &self.loop_().engine().wake;
        let was_pending = self.pending.fetch_or(PENDING, SeqCst) & PENDING != 0;
        // Then nobody has sent to it who is still at work, nor is it due.
        let is_quiet = !was_pending && self.pending.load(SeqCst) & BUSY_MASK == 0;
        if !is_quiet || self.has_bell() {
            self.await_senders(was_pending);
        }
        wake.roll.strike(self, wake.pass.get().is_none());
    }

    /// What closing one that is sent to, or was a lot, has to do first.
    #[inline(never)]
    fn await_senders(&self, was_pending: bool) {
        let wake = &self.loop_().engine().wake;
        self.unbell(wake);
        await_none(|| self.pending.load(SeqCst) & BUSY_MASK != 0);
        if was_pending {
            wake.collect();
        }
        wake.roll.excuse(self);
    }
}

/// Waits until there is no sender at work any more.
fn await_none(are_any: impl Fn() -> bool) {
    let mut spins = 0u32;
    while are_any() {
        spins += 1;
        if spins % 1000 == 0 {
            // The sender may be waiting for this very processor.
            std::thread::yield_now();
        } else {
            core::hint::spin_loop();
        }
    }
}

impl uv_loop_t {
    /// After a fork: whoever was sending lives on in the parent only.
    pub(crate) fn forget_sends(&self) {
        let wake = &self.engine().wake;
        wake.sent.store(null_mut(), SeqCst);
        // Who has woken the loop has done so in the parent.
        wake.begin_nap();
        wake.roll.due().clear();
        wake.bells.clear();
        for number in 0..wake.roll.next_number() {
            // SAFETY: a handle on the roll is alive: closing strikes it off. One that is
            // being closed goes on keeping senders out.
            if let Some(handle) = unsafe { wake.roll.handle(number).as_ref() } {
                handle.pending.store(0, SeqCst);
                handle.forget();
            }
        }
    }

    /// Calls back every handle that was sent to; says whether there was any. One
    /// that is sent to meanwhile joins this pass if it comes later in order of
    /// initialisation; it waits for the next turn otherwise, or if it is new.
    ///
    /// A callback may run the loop again. That pass calls those that this one has
    /// passed; the others stay this one's.
    #[inline(never)]
    pub(crate) fn run_async(&self) -> bool {
        let wake = &self.engine().wake;
        let (outer, mut pass) = (wake.pass.get(), wake.new_pass());
        let mut any = false;
        wake.collect();
        while let Some(number) = wake.next(pass) {
            any = true;
            wake.roll.due().remove(number);
            pass.at = number + 1;
            wake.pass.set(Some(pass));
            // SAFETY: a handle that is due is alive: closing strikes it off the roll.
            let handle = unsafe { &*wake.roll.handle(number) };
            handle.answer(wake);
            if let Some(callback) = handle.async_cb.get() {
                // SAFETY: the handle is alive, and nothing of it is touched after.
                unsafe { callback(core::ptr::from_ref(handle).cast_mut()) };
            }
            wake.collect();
        }
        wake.pass.set(outer);
        if outer.is_none() {
            wake.roll.tidy();
        }
        any
    }
}
