//! Which loop watches which signal: a registry of the whole process that the signal
//! handler reads.
//!
//! Every loop that has started a signal handle is in one ring, and its started
//! handles are in rings of the loop's own, one for each signal. All change only under
//! a lock whose holder has all signals blocked; the handler takes the same lock. A
//! loop reads its own rings without it, because nobody else changes those.
//!
//! What a loop is handed is the signal's number, once for each arrival (`arrivals.rs`).
//! Only a loop that may be asleep is woken for it, as for an async handle (`wake/`): one
//! that is awake looks before it waits. Whom a number concerns is counted in the handles
//! themselves: `caught_signals` by the handler, `dispatched_signals` by the loop.

mod order;

use super::arrivals::Arrivals;
use super::engine::Engine;
use super::flags::SIGNAL_ONE_SHOT;
use super::queue::{container_of, unlinked};
use crate::abi::{uv__queue, uv_signal_t};
use crate::errno::{Errno, Result};
use crate::sys::errno;
use crate::sys::signal::{self, HandlerLock};
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering::*};

/// The highest number of a signal.
const SIGNALS: usize = 64;

/// A loop's part in the registry.
pub(crate) struct Signals {
    /// Link in the ring of loops; null while the loop is not in it.
    link: uv__queue,
    /// Started handles, for signals from 1 on: those for one shot last, then by address.
    started: [uv__queue; SIGNALS],
    /// A bit for each signal whose handles are not by address just now (`order.rs`).
    disorder: Cell<u64>,
    /// Stopped handles that a number in the queue still concerns.
    pub(crate) trapped: uv__queue,
    /// Numbers that have arrived; open from the first handle on.
    pub(crate) arrivals: Arrivals,
    /// Whether any waited when the poll ended. What comes later is for the next turn,
    /// unless some are served in this one.
    noticed: Cell<bool>,
    /// The arrival that callbacks are being called for, the outermost of several.
    pub(crate) dispatching: Cell<Option<u32>>,
}

struct Registry {
    lock: HandlerLock,
    /// The ring of loops; its links are null until the first loop joins.
    loops: uv__queue,
    /// The mask of a thread that is forking, while it holds the lock.
    forking: UnsafeCell<MaybeUninit<libc::sigset_t>>,
}

// SAFETY: everything in it is touched under its lock only.
unsafe impl Sync for Registry {}

static REGISTRY: Registry = Registry {
    lock: HandlerLock::new(),
    loops: unlinked(),
    forking: UnsafeCell::new(MaybeUninit::uninit()),
};

/// The registry's lock, held with every signal blocked.
struct Held(libc::sigset_t);

impl Held {
    fn new() -> Self {
        let saved = signal::block_all();
        REGISTRY.lock.lock();
        Self(saved)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        REGISTRY.lock.unlock();
        signal::set_mask(&self.0);
    }
}

/// Does something while no handler of any thread looks at a loop.
pub(crate) fn undisturbed(work: impl FnOnce()) {
    let _held = Held::new();
    work();
}

// A fork copies the registry while nobody changes it: the forking thread holds the
// lock meanwhile, and gives it back in both processes.
extern "C" fn before_fork() {
    let saved = signal::block_all();
    REGISTRY.lock.lock();
    // SAFETY: the lock is held.
    unsafe { (*REGISTRY.forking.get()).write(saved) };
}

extern "C" fn after_fork() {
    // SAFETY: `before_fork` wrote the mask, and the lock is still held.
    let saved = unsafe { (*REGISTRY.forking.get()).assume_init_read() };
    REGISTRY.lock.unlock();
    signal::set_mask(&saved);
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
pub(crate) fn handles(head: &uv__queue) -> impl Iterator<Item = &uv_signal_t> {
    // SAFETY: a handle leaves the ring before it is closed.
    members(head, head).map(|link| unsafe { &*of_link(link) })
}

fn loops() -> impl Iterator<Item = &'static Signals> {
    // SAFETY: a loop leaves the ring before it is freed, and the lock is held.
    members(&REGISTRY.loops, &REGISTRY.loops)
        .map(|link| unsafe { &*container_of!(link, Signals, link) })
}

pub(crate) fn of_link(link: *mut uv__queue) -> *mut uv_signal_t {
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

    // Whether it watches for one shot, once more: the flags change without the lock,
    // and other loops look at this under it.
    fn is_listed_once(&self) -> bool {
        !self.u.reserved()[2].get().is_null()
    }

    fn list_once(&self, once: bool) {
        let word = core::ptr::without_provenance_mut(usize::from(once));
        self.u.reserved()[2].set(word);
    }

    /// Arrivals so far, counted by the signal handler of any thread.
    fn caught(&self) -> &AtomicU32 {
        // SAFETY: the cell is aligned for an integer of its size and lives with the
        // handle; it is accessed in no other way once the handle is initialised.
        unsafe { AtomicU32::from_ptr(self.caught_signals.as_ptr()) }
    }

    /// How many arrivals the loop has not seen yet.
    pub(crate) fn owed(&self) -> u32 {
        let caught = self.caught().load(Acquire);
        caught.wrapping_sub(self.dispatched_signals.get())
    }

    /// Nothing is owed any more.
    pub(crate) fn forgive(&self) {
        self.dispatched_signals.set(self.caught().load(Acquire));
    }
}

/// The process's signal handler.
extern "C" fn on_signal(signum: c_int) {
    let saved = errno::save();
    REGISTRY.lock.lock();
    loops().for_each(|signals| signals.arrive(signum));
    REGISTRY.lock.unlock();
    errno::restore(saved);
}

/// Whether anybody watches `signum`, and whether somebody does for good.
fn watched(signum: c_int) -> (bool, bool) {
    let mut any = false;
    // Where one shot is enough for the first it is for all.
    for first in loops().filter_map(|signals| signals.watching(signum).next()) {
        if !first.is_listed_once() {
            return (true, true);
        }
        any = true;
    }
    (any, false)
}

impl Signals {
    pub(crate) const fn new() -> Self {
        Self {
            link: unlinked(),
            started: [const { unlinked() }; SIGNALS],
            disorder: Cell::new(0),
            trapped: unlinked(),
            arrivals: Arrivals::new(),
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
        self.noticed.set(self.arrivals.is_due());
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
    pub(crate) fn watching(&self, signum: c_int) -> impl Iterator<Item = &uv_signal_t> {
        self.ring(signum).into_iter().flat_map(handles)
    }

    /// A signal has arrived. The handler's lock is held.
    fn arrive(&self, signum: c_int) {
        let concerned = || self.watching(signum);
        // Without room this loop has too many signals to care.
        if concerned().next().is_none() || !self.arrivals.has_room() {
            return;
        }
        for handle in concerned() {
            handle.caught().fetch_add(1, Release);
        }
        self.arrivals.put(signum);
        // SAFETY: this is a field of the loop's engine, which outlives its entry here.
        let engine = unsafe { &*container_of!(&raw const *self, Engine, signals) };
        if engine.wake.may_sleep() {
            engine.reactor().wake();
        }
    }

    /// Makes the loop one that signals are handed to, unless it is.
    pub(crate) fn join(&self) -> Result {
        if self.arrivals.is_open() {
            return Ok(());
        }
        // Allocators may have locks that a fork takes before the registry's.
        self.arrivals.open()?;
        let joined = self.enter_registry();
        if joined.is_err() {
            self.arrivals.close();
        }
        joined
    }

    fn enter_registry(&self) -> Result {
        let _held = Held::new();
        if REGISTRY.loops.next.get().is_null() {
            signal::at_fork(before_fork, after_fork, after_fork)?;
            REGISTRY.loops.init();
        }
        REGISTRY.loops.push_back(&self.link);
        Ok(())
    }

    /// In a forked child: what has arrived until now is the parent's.
    pub(crate) fn forget_arrivals(&self) {
        let _held = Held::new();
        self.noticed.set(false);
        self.arrivals.forget();
        let started = self.started.iter().flat_map(handles);
        started.for_each(uv_signal_t::forgive);
        while !self.trapped.is_empty() {
            // SAFETY: a handle leaves the ring before it is closed.
            unsafe { &*of_link(self.trapped.pop_front()) }.forgive();
        }
    }

    /// The loop closes.
    pub(crate) fn leave(&self) {
        if self.arrivals.is_open() {
            let _held = Held::new();
            self.link.remove();
        }
        self.arrivals.close();
    }

    /// Starts watching: the handle has its signal and its flags.
    pub(crate) fn add(&self, handle: &uv_signal_t, signum: c_int, once: bool) -> Result {
        let ring = self.ring(signum).ok_or(Errno::INVAL)?;
        let _held = Held::new();
        let (_, lasting) = watched(signum);
        if !lasting {
            signal::install(signum, on_signal, once)?;
        }
        handle.signum.set(signum);
        if once {
            handle.set(SIGNAL_ONE_SHOT);
        }
        handle.list_once(handle.has(SIGNAL_ONE_SHOT));
        self.list(handle, ring, signum);
        Ok(())
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

    /// Stops watching. The handle is trapped while the queue concerns it.
    pub(crate) fn remove(&self, handle: &uv_signal_t) {
        let _held = Held::new();
        let signum = handle.signum.replace(0);
        handle.link().remove();
        // What was installed once cannot fail to be installed again.
        match watched(signum) {
            (false, _) => signal::uninstall(signum),
            (true, false) if !handle.has(SIGNAL_ONE_SHOT) => {
                signal::install(signum, on_signal, true)
            }
            _ => Ok(()),
        }
        .unwrap_or(());
        if handle.owed() > 0 {
            self.trapped.push_back(handle.link());
        }
    }
}
