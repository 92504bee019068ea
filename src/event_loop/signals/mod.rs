//! The signals that a loop watches.
//!
//! A loop's started handles are in rings, one for each signal, which only the loop's thread
//! touches. What the signal handler of any thread reads is a bit for each signal
//! (`registry.rs`), and what it writes is the loop's queue of signal numbers (`queue.rs`). Only
//! a loop that may be asleep is woken for it, as for an async handle (`async_/`): one that is
//! awake looks at the queue before it waits.
//!
//! Which caught signals a handle is called for follows from counts. The loop counts how often
//! it has seen each signal in the queue. While a handle is started, its
//! `caught_signals` is what the tally was then, taken off: so both together say how many of them it
//! caught. `dispatched_signals` counts those that the loop has dispatched to it.

mod deliver;
mod order;
mod queue;
mod registry;

use super::flags::SIGNAL_ONE_SHOT;
use super::queue::{container_of, unlinked};
use super::state::Engine;
use crate::abi::{uv__queue, uv_signal_t};
use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::ffi::c_int;
use queue::Queue;
use registry::Entry;

/// The highest number of a signal.
const SIGNALS: usize = 64;

/// In a forked child: repairs what it inherits of the registry.
pub(super) fn forked() {
    registry::forked();
}

/// A loop's signals.
pub(crate) struct Signals {
    /// What the signal handler reads of them, from the first handle on.
    entry: Cell<Option<&'static Entry>>,
    /// Started handles, for signals from 1 on: those for one shot last, then by address.
    started: [uv__queue; SIGNALS],
    /// A bit for each signal whose handles are not by address just now (`order.rs`).
    disorder: Cell<u64>,
    /// Stopped handles that still have an arrival in the queue.
    trapped: uv__queue,
    /// Signals that arrived and were not delivered.
    pub(crate) queue: Queue,
    /// How often each signal was seen in the queue.
    tally: [Cell<u32>; SIGNALS],
    /// Whether any waited when the poll ended. What comes later is for the next turn,
    /// unless some are served in this one.
    noticed: Cell<bool>,
    /// The arrival that callbacks are being called for, the outermost of several.
    pub(crate) dispatching: Cell<Option<u32>>,
}

/// The members of a ring that come behind one, or behind its head, in order. The ring
/// must not change meanwhile.
fn members(head: &uv__queue, behind: &uv__queue) -> impl Iterator<Item = *mut uv__queue> {
    let end = core::ptr::from_ref(head).cast_mut();
    let mut link = behind.next.get();
    core::iter::from_fn(move || {
        if link == end || link.is_null() {
            return None;
        }
        let member = link;
        // SAFETY: a member of the ring is alive while it is linked.
        link = unsafe { (*member).next.get() };
        Some(member)
    })
}

/// The handles of a ring, in order. The ring must not change meanwhile.
fn handles(head: &uv__queue) -> impl Iterator<Item = &uv_signal_t> {
    // SAFETY: a handle leaves the ring before it is closed.
    members(head, head).map(|link| unsafe { &*of_link(link) })
}

fn of_link(link: *mut uv__queue) -> *mut uv_signal_t {
    container_of!(link, uv_signal_t, tree_entry)
}

/// Where a handle stands in the ring for its signal.
pub(crate) type Place = (bool, usize);

impl uv_signal_t {
    /// The handle's link, in the place of libuv's tree node.
    pub(crate) fn link(&self) -> &uv__queue {
        const { assert!(align_of::<uv__queue>() == align_of::<crate::abi::uv__signal_node>()) };
        // SAFETY: the node begins with two pointer cells, which is what a link is.
        unsafe { &*(&raw const self.tree_entry).cast() }
    }

    pub(crate) fn place(&self) -> Place {
        let address = core::ptr::from_ref(self).addr();
        (self.has(SIGNAL_ONE_SHOT), address)
    }
}

impl Signals {
    pub(crate) const fn new() -> Self {
        Self {
            entry: Cell::new(None),
            started: [const { unlinked() }; SIGNALS],
            disorder: Cell::new(0),
            trapped: unlinked(),
            queue: Queue::new(),
            tally: [const { Cell::new(0) }; SIGNALS],
            noticed: Cell::new(false),
            dispatching: Cell::new(None),
        }
    }

    /// Ties the queues' ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.started.iter().for_each(uv__queue::init);
        self.trapped.init();
    }

    /// The poll is over: if signals have arrived, they are served in this turn.
    pub(crate) fn notice(&self) {
        self.noticed.set(self.queue.is_due());
    }

    /// Whether signals are to be served in this turn; it is asked once.
    pub(crate) fn take_notice(&self) -> bool {
        self.noticed.replace(false)
    }

    /// The ring for a signal, if there is such a signal.
    fn ring(&self, signum: c_int) -> Option<&uv__queue> {
        self.started.get((signum as usize).wrapping_sub(1))
    }

    /// The started handles for a signal, in order.
    fn watching(&self, signum: c_int) -> impl Iterator<Item = &uv_signal_t> {
        self.ring(signum).into_iter().flat_map(handles)
    }

    /// The handles that an arrival of a signal may concern: those that were stopped, then
    /// those that are started, in order.
    pub(crate) fn concerned(&self, signum: c_int) -> impl Iterator<Item = &uv_signal_t> {
        handles(&self.trapped).chain(self.watching(signum))
    }

    /// A signal has arrived. The signal handler of any thread: nothing here takes a lock, and
    /// the loop's entry in the registry keeps it from being freed.
    fn arrive(&self, signum: c_int) {
        // Where there is no room, the signal is lost, as in libuv with a full pipe.
        if self.queue.put(signum) {
            // SAFETY: this is a field of the loop's engine.
            let engine = unsafe { &*container_of!(&raw const *self, Engine, signals) };
            if engine.wake.may_sleep() {
                engine.reactor().wake();
            }
        }
    }

    /// Counts the signals that are in the queue by now.
    fn look(&self) {
        while let Some(signum) = self.queue.see() {
            if let Some(tally) = self.tally_of(signum as c_int) {
                tally.set(tally.get().wrapping_add(1));
            }
        }
    }

    fn tally_of(&self, signum: c_int) -> Option<&Cell<u32>> {
        self.tally.get((signum as usize).wrapping_sub(1))
    }

    /// Takes signals out of the queue: how many, and the number of the first arrival.
    pub(crate) fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
        self.look();
        self.queue.take(numbers)
    }

    /// How many signals a handle has caught.
    fn caught(&self, handle: &uv_signal_t) -> u32 {
        let tally = self.tally_of(handle.signum.get()).map_or(0, Cell::get);
        handle.caught_signals.get().wrapping_add(tally)
    }

    /// How many of them have not been dispatched to it.
    pub(crate) fn owed(&self, handle: &uv_signal_t) -> u32 {
        self.caught(handle)
            .wrapping_sub(handle.dispatched_signals.get())
    }

    /// Nothing of what has arrived until now is dispatched to the handle.
    fn forgive(&self, handle: &uv_signal_t) {
        handle.dispatched_signals.set(self.caught(handle));
    }

    /// Gives the loop an entry in the registry, unless it has one.
    pub(crate) fn join(&self) -> Result {
        if self.queue.is_open() {
            return Ok(());
        }
        self.queue.open()?;
        let entry = registry::claim(self).inspect_err(|_| self.queue.close())?;
        self.entry.set(Some(entry));
        Ok(())
    }

    /// In a forked child: what has arrived until now is the parent's.
    pub(crate) fn forget_queued(&self) {
        self.noticed.set(false);
        let mut numbers = [0; 32];
        while self.take(&mut numbers).0 > 0 {}
        let started = self.started.iter().flat_map(handles);
        started.for_each(|handle| self.forgive(handle));
        loop {
            let link = self.trapped.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: a handle leaves the ring before it is closed.
            self.forgive(unsafe { &*of_link(link) });
        }
    }

    /// Does something while no signal handler uses the loop.
    pub(crate) fn undisturbed(&self, work: impl FnOnce()) {
        match self.entry.get() {
            Some(entry) => entry.undisturbed(work),
            None => work(),
        }
    }

    /// The loop closes.
    pub(crate) fn leave(&self) {
        if let Some(entry) = self.entry.take() {
            entry.release();
        }
        self.queue.close();
    }

    /// The memory becomes a new handle. libuv lets a program initialise one again that is
    /// stopped and not closed: if it is still in a ring, it is taken out. Its own link may be
    /// overwritten, so the ring is searched from both ends.
    pub(crate) fn forget(&self, handle: &uv_signal_t) {
        let (head, link) = (&self.trapped, core::ptr::from_ref(handle.link()).cast_mut());
        let head_at = core::ptr::from_ref(head).cast_mut();
        if head.is_empty() {
            return;
        }
        let (mut before, mut behind) = (head_at, head_at);
        // SAFETY: the head and the members between it and the handle are alive.
        unsafe {
            while (*before).next.get() != link {
                before = (*before).next.get();
                if before == head_at {
                    return;
                }
            }
            while (*behind).prev.get() != link {
                behind = (*behind).prev.get();
            }
            (*before).next.set(behind);
            (*behind).prev.set(before);
        }
    }

    /// Starts watching: what arrives from now on is the handle's. What it is owed of the same
    /// signal it still gets; of another, no more.
    pub(crate) fn add(&self, handle: &uv_signal_t, signum: c_int, once: bool) -> Result {
        let ring = self.ring(signum).ok_or(Errno::INVAL)?;
        let entry = self.entry.get().ok_or(Errno::INVAL)?;
        self.look();
        // One that has ever watched for one shot does so always, as in libuv.
        let lasting = !once && !handle.has(SIGNAL_ONE_SHOT);
        // A start that fails takes nothing from the handle of what it is owed.
        entry.watch(signum, lasting, once)?;
        if self.owed(handle) == 0 || handle.watched() != signum {
            self.forgive(handle);
            handle.set_since(self.queue.seen());
        }
        handle.link().remove();
        handle.set_watched(signum);
        let caught = self.caught(handle);
        handle.signum.set(signum);
        self.set_caught(handle, caught);
        if once {
            handle.set(SIGNAL_ONE_SHOT);
        }
        self.list(handle, ring, signum);
        Ok(())
    }

    fn set_caught(&self, handle: &uv_signal_t, caught: u32) {
        let tally = self.tally_of(handle.signum.get()).map_or(0, Cell::get);
        handle.caught_signals.set(caught.wrapping_sub(tally));
    }

    /// The started handles for a signal behind a place; `last` is there, if it is given.
    pub(crate) fn behind<'a>(
        &'a self,
        signum: c_int,
        place: Place,
        last: Option<&'a uv_signal_t>,
    ) -> impl Iterator<Item = &'a uv_signal_t> {
        let rest = move |ring| members(ring, last.map_or(ring, uv_signal_t::link));
        let ring = self.ring(signum).into_iter();
        ring.flat_map(rest)
            // SAFETY: a handle leaves the ring before it is closed.
            .map(|link| unsafe { &*of_link(link) })
            .skip_while(move |handle| handle.place() <= place)
    }

    /// Stops watching. The handle is trapped while it has an arrival in the queue.
    pub(crate) fn remove(&self, handle: &uv_signal_t) {
        self.look();
        let caught = self.caught(handle);
        let signum = handle.signum.replace(0);
        self.set_caught(handle, caught);
        handle.link().remove();
        // Those for one shot are behind the others.
        let first = self.watching(signum).next().map(uv_signal_t::place);
        let (any, lasting) = (first.is_some(), first.is_some_and(|(once, _)| !once));
        if let Some(entry) = self.entry.get() {
            entry.unwatch(signum, any, lasting, !handle.has(SIGNAL_ONE_SHOT));
        }
        if self.owed(handle) > 0 {
            self.trapped.push_back(handle.link());
        }
    }
}
