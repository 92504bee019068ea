//! Which loop watches which signal: a registry of the whole process that the signal
//! handler reads.
//!
//! Every loop that has started a signal handle is in one ring, and its started
//! handles are in a ring of the loop's own, sorted by signal. Both change only under
//! a lock whose holder has all signals blocked; the handler takes the same lock. A
//! loop reads its own ring without it, because nobody else changes that one.
//!
//! What travels through a loop's pipe is the signal's number, one byte for each
//! arrival. Whom it concerns is counted in the handles themselves: `caught_signals`
//! by the handler, `dispatched_signals` by the loop. A byte that somebody else wrote
//! there concerns nobody.

use super::flags::SIGNAL_ONE_SHOT;
use super::queue::container_of;
use crate::abi::{uv__queue, uv_signal_t};
use crate::errno::Result;
use crate::sys::errno;
use crate::sys::signal::{self, HandlerLock};
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::*};

/// A loop's part in the registry.
pub(crate) struct Signals {
    /// Link in the ring of loops; null while the loop is not in it.
    link: uv__queue,
    /// Started handles: by signal, those for one shot last, then by address.
    pub(crate) started: uv__queue,
    /// Stopped handles that a byte in the pipe still concerns.
    pub(crate) trapped: uv__queue,
    /// The pipe's writing end.
    pipe: Cell<c_int>,
    /// Bytes written to the pipe.
    arrived: AtomicU32,
    /// Bytes read from it.
    pub(crate) served: Cell<u32>,
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

const fn unlinked() -> uv__queue {
    uv__queue {
        next: Cell::new(null_mut()),
        prev: Cell::new(null_mut()),
    }
}

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

/// The members of a ring, in order. The ring must not change meanwhile.
fn members(head: &uv__queue) -> impl Iterator<Item = *mut uv__queue> {
    let end = core::ptr::from_ref(head).cast_mut();
    let mut link = head.next.get();
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
    members(head).map(|link| unsafe { &*of_link(link) })
}

fn loops() -> impl Iterator<Item = &'static Signals> {
    // SAFETY: a loop leaves the ring before it is freed, and the lock is held.
    members(&REGISTRY.loops).map(|link| unsafe { &*container_of!(link, Signals, link) })
}

pub(crate) fn of_link(link: *mut uv__queue) -> *mut uv_signal_t {
    container_of!(link, uv_signal_t, tree_entry)
}

/// Where a handle stands in its loop's ring.
type Place = (c_int, bool, usize);

impl uv_signal_t {
    /// The handle's link, in the place of libuv's tree node.
    pub(crate) fn link(&self) -> &uv__queue {
        const { assert!(align_of::<uv__queue>() == align_of::<crate::abi::uv__signal_node>()) };
        // SAFETY: the node begins with two pointer cells, which is what a link is.
        unsafe { &*(&raw const self.tree_entry).cast() }
    }

    pub(crate) fn place(&self) -> Place {
        (
            self.signum.get(),
            self.has(SIGNAL_ONE_SHOT),
            core::ptr::from_ref(self).addr(),
        )
    }

    // Whether it watches for one shot, once more: the flags change without the lock,
    // and other loops look at this under it.
    fn is_listed_once(&self) -> bool {
        !self.u.reserved()[1].get().is_null()
    }

    fn list_once(&self, once: bool) {
        let word = core::ptr::without_provenance_mut(usize::from(once));
        self.u.reserved()[1].set(word);
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
    let (mut any, mut lasting) = (false, false);
    for signals in loops() {
        for handle in handles(&signals.started).filter(|h| h.signum.get() == signum) {
            any = true;
            lasting |= !handle.is_listed_once();
        }
    }
    (any, lasting)
}

impl Signals {
    pub(crate) const fn new() -> Self {
        Self {
            link: unlinked(),
            started: unlinked(),
            trapped: unlinked(),
            pipe: Cell::new(-1),
            arrived: AtomicU32::new(0),
            served: Cell::new(0),
        }
    }

    /// Ties the queues' ends together, once the engine is where it stays.
    pub(crate) fn init(&self) {
        self.started.init();
        self.trapped.init();
    }

    /// How many bytes have been written to the pipe.
    pub(crate) fn arrived(&self) -> u32 {
        self.arrived.load(Acquire)
    }

    /// A signal has arrived. It is counted before it is written: the loop that reads
    /// the byte finds the count made, without a lock. The handler's lock is held.
    fn arrive(&self, signum: c_int) {
        let concerned = || handles(&self.started).filter(|h| h.signum.get() == signum);
        if concerned().next().is_none() {
            return;
        }
        self.arrived.fetch_add(1, Release);
        for handle in concerned() {
            handle.caught().fetch_add(1, Release);
        }
        // A full pipe means that this loop has too many signals to care.
        if signal::send_byte(self.pipe.get(), signum as u8).is_err() {
            for handle in concerned() {
                handle.caught().fetch_sub(1, Release);
            }
            self.arrived.fetch_sub(1, Release);
        }
    }

    /// Gives the loop a new pipe, into which nothing has been written yet.
    pub(crate) fn set_pipe(&self, writing_end: c_int) -> Result {
        let _held = Held::new();
        if REGISTRY.loops.next.get().is_null() {
            signal::at_fork(before_fork, after_fork, after_fork)?;
            REGISTRY.loops.init();
        }
        if self.link.next.get().is_null() {
            REGISTRY.loops.push_back(&self.link);
        }
        self.pipe.set(writing_end);
        self.served.set(self.arrived());
        handles(&self.started).for_each(uv_signal_t::forgive);
        while !self.trapped.is_empty() {
            // SAFETY: a handle leaves the ring before it is closed.
            unsafe { &*of_link(self.trapped.pop_front()) }.forgive();
        }
        Ok(())
    }

    /// The loop closes.
    pub(crate) fn leave(&self) {
        if !self.link.next.get().is_null() {
            let _held = Held::new();
            self.link.remove();
            self.link.next.set(null_mut());
        }
    }

    /// Starts watching: the handle has its signal and its flags.
    pub(crate) fn add(&self, handle: &uv_signal_t, signum: c_int, once: bool) -> Result {
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
        let place = handle.place();
        match handles(&self.started).find(|other| other.place() > place) {
            // Before a member is behind the one that precedes it.
            Some(next) => next.link().push_back(handle.link()),
            None => self.started.push_back(handle.link()),
        }
        Ok(())
    }

    /// Stops watching. The handle is trapped while bytes in the pipe concern it.
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
