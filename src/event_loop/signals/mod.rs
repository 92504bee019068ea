//! The signals that a loop watches.
//!
//! A loop has a list of active handles for each signal, which only the loop's thread uses. The
//! signal handler reads a bit for each signal (`registry.rs`) and adds the signal's number to the
//! loop's queue (`queue.rs`). It wakes the loop only if the loop is asleep, as a send to an async
//! handle does (`async_/`): a loop that is awake reads the queue before it waits.
//!
//! Counts decide which caught signals a handle is called for. The loop counts how often it has
//! seen each signal in the queue (`tally`). While a handle is active, `caught_signals` plus the
//! tally of its signal is the number of signals that it has caught; `dispatched_signals` is the
//! number of those that were dispatched to it. The difference is owed.

mod handle;
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
use handle::{Rank, of_link};
use queue::Queue;
use registry::{Entry, Left};

/// The highest number of a signal.
const SIGNALS: usize = 64;

/// Repairs the registry in a forked child.
pub(super) fn forked() {
    registry::forked();
}

/// A loop's signals.
pub(crate) struct Signals {
    /// The loop's entry in the registry, from its first signal handle on.
    entry: Cell<Option<&'static Entry>>,
    /// The active handles for each signal from 1 on: for one shot last, then by address.
    active: [uv__queue; SIGNALS],
    /// A bit for each signal whose list is not sorted (`order.rs`).
    unsorted: Cell<u64>,
    /// Stopped handles that are owed a signal of the queue.
    owing: uv__queue,
    /// Signals that were caught and not delivered.
    pub(crate) queue: Queue,
    /// How often each signal was seen in the queue.
    tally: [Cell<u32>; SIGNALS],
    /// Whether the queue was not empty when the poll ended, and the signals are not delivered
    /// yet. Signals that are caught later are delivered in the next turn.
    pub(crate) noticed: Cell<bool>,
    /// The sequence number of the signal whose callbacks are running, the outermost if deliveries
    /// are nested.
    dispatching: Cell<Option<u32>>,
}

/// The links of a list behind `after`, which may be its head. The list must not change
/// meanwhile.
fn links(head: &uv__queue, after: &uv__queue) -> impl Iterator<Item = *mut uv__queue> {
    let end = core::ptr::from_ref(head).cast_mut();
    let mut link = after.next.get();
    core::iter::from_fn(move || {
        if link == end || link.is_null() {
            return None;
        }
        let member = link;
        // SAFETY: a handle in the list is alive: closing removes it.
        link = unsafe { (*member).next.get() };
        Some(member)
    })
}

/// The handles of a list, which must not change meanwhile.
fn handles(head: &uv__queue) -> impl Iterator<Item = &uv_signal_t> {
    // SAFETY: a handle in the list is alive: closing removes it.
    links(head, head).map(|link| unsafe { &*of_link(link) })
}

impl Signals {
    pub(crate) const fn new() -> Self {
        Self {
            entry: Cell::new(None),
            active: [const { unlinked() }; SIGNALS],
            unsorted: Cell::new(0),
            owing: unlinked(),
            queue: Queue::new(),
            tally: [const { Cell::new(0) }; SIGNALS],
            noticed: Cell::new(false),
            dispatching: Cell::new(None),
        }
    }

    /// Initialises the lists, once the engine is at its final address.
    pub(crate) fn init(&self) {
        self.active.iter().for_each(uv__queue::init);
        self.owing.init();
    }

    /// The list of a signal; `None` if there is no such signal.
    fn list(&self, signum: c_int) -> Option<&uv__queue> {
        self.active.get((signum as usize).wrapping_sub(1))
    }

    /// The active handles for a signal, in order.
    fn watching(&self, signum: c_int) -> impl Iterator<Item = &uv_signal_t> {
        self.list(signum).into_iter().flat_map(handles)
    }

    /// The active handles for a signal that rank behind `rank`. If `last` is given, it is a
    /// member of the list with that rank.
    fn behind<'a>(
        &'a self,
        signum: c_int,
        rank: Rank,
        last: Option<&'a uv_signal_t>,
    ) -> impl Iterator<Item = &'a uv_signal_t> {
        let rest = move |list| links(list, last.map_or(list, uv_signal_t::link));
        let list = self.list(signum).into_iter();
        list.flat_map(rest)
            // SAFETY: a handle in the list is alive: closing removes it.
            .map(|link| unsafe { &*of_link(link) })
            .skip_while(move |handle| handle.rank() <= rank)
    }

    /// Adds a signal to the queue and wakes the loop if it is asleep. Async-signal-safe, from any
    /// thread; the loop's entry in the registry keeps the engine from being freed meanwhile.
    fn caught_by_handler(&self, signum: c_int) {
        // If the queue is full, the signal is lost, as in libuv if the pipe is full.
        if self.queue.push(signum) {
            // SAFETY: `self` is a field of the loop's engine.
            let engine = unsafe { &*container_of!(&raw const *self, Engine, signals) };
            if engine.wake.may_sleep() {
                engine.reactor().wake();
            }
        }
    }

    /// Counts the signals that are in the queue by now.
    fn count_queued(&self) {
        while let Some(signum) = self.queue.see() {
            if let Some(tally) = self.tally_of(signum as c_int) {
                tally.set(tally.get().wrapping_add(1));
            }
        }
    }

    fn tally_of(&self, signum: c_int) -> Option<&Cell<u32>> {
        self.tally.get((signum as usize).wrapping_sub(1))
    }

    /// Removes signals from the queue; returns how many, and the sequence number after the first.
    fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
        self.count_queued();
        self.queue.take(numbers)
    }

    /// The number of signals that a handle has caught.
    fn caught(&self, handle: &uv_signal_t) -> u32 {
        let tally = self.tally_of(handle.signum.get()).map_or(0, Cell::get);
        handle.caught_signals.get().wrapping_add(tally)
    }

    fn set_caught(&self, handle: &uv_signal_t, caught: u32) {
        let tally = self.tally_of(handle.signum.get()).map_or(0, Cell::get);
        handle.caught_signals.set(caught.wrapping_sub(tally));
    }

    /// The number of signals that a handle has caught and that were not dispatched to it.
    fn owed(&self, handle: &uv_signal_t) -> u32 {
        self.caught(handle)
            .wrapping_sub(handle.dispatched_signals.get())
    }

    /// Drops the signals that are owed to a handle.
    fn drop_owed(&self, handle: &uv_signal_t) {
        handle.dispatched_signals.set(self.caught(handle));
    }

    /// Gives the loop an entry in the registry, unless it has one.
    pub(crate) fn register_loop(&self) -> Result {
        if self.queue.is_open() {
            return Ok(());
        }
        self.queue.open()?;
        let entry = registry::claim(self).inspect_err(|_| self.queue.close())?;
        self.entry.set(Some(entry));
        Ok(())
    }

    /// Drops the signals that were caught until now, in a forked child: they are the parent's.
    pub(crate) fn drop_queued(&self) {
        self.noticed.set(false);
        let mut numbers = [0; 32];
        while self.take(&mut numbers).0 > 0 {}
        let active = self.active.iter().flat_map(handles);
        active.for_each(|handle| self.drop_owed(handle));
        for link in self.owing.drain() {
            // SAFETY: a handle in the list is alive: closing removes it.
            self.drop_owed(unsafe { &*of_link(link) });
        }
    }

    /// Runs `work` while no signal handler uses the loop.
    pub(crate) fn undisturbed(&self, work: impl FnOnce()) {
        match self.entry.get() {
            Some(entry) => entry.undisturbed(work),
            None => work(),
        }
    }

    /// Releases the loop's entry and queue; the loop closes.
    pub(crate) fn close(&self) {
        if let Some(entry) = self.entry.take() {
            entry.release();
        }
        self.queue.close();
    }

    /// Removes a stopped handle from the list of those that are owed a signal. libuv lets a
    /// program initialise a stopped handle again without closing it, and the program may have
    /// overwritten the handle's own link: the list is searched from both ends.
    fn remove_overwritten(&self, handle: &uv_signal_t) {
        let (head, link) = (&self.owing, core::ptr::from_ref(handle.link()).cast_mut());
        let head_at = core::ptr::from_ref(head).cast_mut();
        if head.is_empty() {
            return;
        }
        let (mut before, mut behind) = (head_at, head_at);
        // SAFETY: the head and the handles between it and this one are alive: closing removes
        // them.
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

    /// Starts watching `signum`. The handle gets the signals that are caught from now on, and
    /// those that it is owed of the same signal; it loses those of another signal.
    fn add(&self, handle: &uv_signal_t, signum: c_int, once: bool) -> Result {
        let list = self.list(signum).ok_or(Errno::INVAL)?;
        let entry = self.entry.get().ok_or(Errno::INVAL)?;
        self.count_queued();
        // A handle that was once started for one shot remains so, as in libuv.
        let lasting = !once && !handle.has(SIGNAL_ONE_SHOT);
        // First, so that a start that fails takes nothing that is owed to the handle.
        entry.watch(signum, lasting, once)?;
        if self.owed(handle) == 0 || handle.watched() != signum {
            self.drop_owed(handle);
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
        self.insert(handle, list, signum);
        Ok(())
    }

    /// Stops watching. A handle that is owed a signal of the queue stays in a list.
    fn remove(&self, handle: &uv_signal_t) {
        self.count_queued();
        let caught = self.caught(handle);
        let signum = handle.signum.replace(0);
        self.set_caught(handle, caught);
        handle.link().remove();
        if let Some(entry) = self.entry.get() {
            // Handles for one shot are last.
            let left = match self.watching(signum).next() {
                None => Left::Nothing,
                Some(first) if first.has(SIGNAL_ONE_SHOT) => Left::OneShot,
                Some(_) => Left::Lasting,
            };
            entry.unwatch(signum, !handle.has(SIGNAL_ONE_SHOT), left);
        }
        if self.owed(handle) > 0 {
            self.owing.push_back(handle.link());
        }
    }
}
