//! The registry: which loops of the process watch which signals. The signal handler reads it.
//!
//! The handler is async-signal-safe: it takes no lock, waits for no thread and touches no handle.
//! Each loop that has used signals owns an entry of a table that only grows: entries are reused
//! and never freed, so a handler may walk the table at any time. An entry has a bit for each
//! signal that its loop watches. If the bit is set, the handler adds the signal to that loop's
//! queue (`queue.rs`) and wakes the loop if it is asleep.
//!
//! *A loop that closes.* A handler increments the entry's `inside`, reads the bits again, and only
//! then uses the loop. A loop that closes clears the bits and then waits until `inside` is 0. All
//! four operations are sequentially consistent: either the handler reads the cleared bits, or the
//! loop waits for it. It waits for no longer than an eventfd write takes, because the handler
//! waits for nothing and no new handler enters after the bits are cleared.
//!
//! *Starting and stopping.* The bits of all loops together decide the signal's disposition, so a
//! lock is held while a bit is changed and `sigaction` is called. The handler never takes it, and
//! its holder has blocked all signals, allocates nothing and calls no code of the program: it
//! always releases the lock, whatever other threads do. A bit is set before the handler is
//! installed, so that no signal reaches the handler without the bit.
//!
//! *Fork.* No lock is taken before it. In the child the forking thread is the only one, and it
//! neither holds the lock nor is in the handler: the child resets the lock and every `inside`. A
//! thread of the parent may have set a bit without having installed the handler, or have cleared
//! one without having removed it. Both are harmless: a start installs the handler again unless
//! `lasting` is set, which happens after it is installed; and a handler that finds no bit does
//! nothing.

use super::{SIGNALS, Signals};
use crate::errno::Result;
use crate::event_loop::{alloc, at_fork};
use crate::sys::lock::Lock;
use crate::sys::signal;
use crate::sys::{call, clock};
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// An entry of the registry, owned by one loop at a time.
pub(super) struct Entry {
    /// The loop's signals; null while the entry is free.
    owner: AtomicPtr<Signals>,
    /// A bit for each signal that the loop watches.
    watched: AtomicU64,
    /// The signals among them that a handle watches until it is stopped, rather than for one shot.
    /// The handler is installed for them.
    lasting: AtomicU64,
    /// The number of handlers that use the loop or are about to check whether they may.
    inside: AtomicU32,
    /// Handlers ignore the loop, whatever it watches.
    closed: AtomicBool,
}

/// What the handles of a loop watch of a signal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Nothing,
    OneShot,
    Lasting,
}

/// The entries of a block, which fills a page.
const ENTRIES: usize = 127;

struct Block {
    entries: [Entry; ENTRIES],
    /// The number of entries that were ever used.
    used: AtomicU32,
    /// The next block, allocated when all entries are in use; never freed.
    next: AtomicPtr<Block>,
}

static FIRST: Block = Block {
    entries: [const { Entry::new() }; ENTRIES],
    used: AtomicU32::new(0),
    next: AtomicPtr::new(null_mut()),
};

static LOCK: Lock = Lock::new();

/// Holds the lock, with every signal blocked.
struct Held(libc::sigset_t);

impl Held {
    fn new() -> Self {
        let saved = signal::block_all();
        LOCK.lock();
        Self(saved)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        LOCK.unlock();
        signal::set_mask(&self.0);
    }
}

/// Resets the lock and the counts of handlers, in a forked child.
pub(super) fn forked() {
    LOCK.reset();
    entries().for_each(|entry| entry.inside.store(0, SeqCst));
}

impl Block {
    fn next(&self) -> Option<&'static Block> {
        // SAFETY: null or a block, which is never freed.
        unsafe { self.next.load(Acquire).as_ref() }
    }

    /// The next block, which is allocated if there is none.
    fn next_or_new(&self) -> Result<&'static Block> {
        if let Some(next) = self.next() {
            return Ok(next);
        }
        let new: *mut Block = alloc::calloc(1, size_of::<Block>())?;
        // SAFETY: zeroed memory is a block of free entries.
        let block = unsafe { &*new };
        match self.next.compare_exchange(null_mut(), new, AcqRel, Acquire) {
            Ok(_) => Ok(block),
            Err(other) => {
                // SAFETY: no other thread has a pointer to `new`; `other` is a block.
                unsafe {
                    alloc::free(new.cast());
                    Ok(&*other)
                }
            }
        }
    }
}

/// All entries that were ever used.
fn entries() -> impl Iterator<Item = &'static Entry> {
    core::iter::successors(Some(&FIRST), |block| block.next())
        .flat_map(|block| &block.entries[..block.used.load(Acquire) as usize])
}

/// The bit of a signal.
pub(super) fn bit(signum: c_int) -> u64 {
    1 << ((signum as usize).wrapping_sub(1) % SIGNALS)
}

/// The process's signal handler.
extern "C" fn on_signal(signum: c_int) {
    let saved = call::errno();
    entries().for_each(|entry| entry.deliver(signum));
    call::set_errno(saved);
}

/// Claims an entry for a loop.
pub(super) fn claim(owner: &Signals) -> Result<&'static Entry> {
    at_fork::repair_in_children()?;
    let owner = core::ptr::from_ref(owner).cast_mut();
    let mut block = &FIRST;
    loop {
        for (at, entry) in block.entries.iter().enumerate() {
            if entry.owner.load(Relaxed).is_null() && entry.claim(owner) {
                block.used.fetch_max(at as u32 + 1, SeqCst);
                return Ok(entry);
            }
        }
        block = block.next_or_new()?;
    }
}

impl Entry {
    const fn new() -> Self {
        Self {
            owner: AtomicPtr::new(null_mut()),
            watched: AtomicU64::new(0),
            lasting: AtomicU64::new(0),
            inside: AtomicU32::new(0),
            closed: AtomicBool::new(false),
        }
    }

    fn claim(&self, owner: *mut Signals) -> bool {
        let claimed = self
            .owner
            .compare_exchange(null_mut(), owner, SeqCst, Relaxed);
        claimed.is_ok()
    }

    fn watches(&self, signum: c_int) -> bool {
        self.watched.load(SeqCst) & bit(signum) != 0
    }

    /// Adds the signal to the loop's queue if the loop watches it. Called by the handler.
    fn deliver(&self, signum: c_int) {
        if !self.watches(signum) {
            return;
        }
        self.inside.fetch_add(1, SeqCst);
        if self.watches(signum) && !self.closed.load(SeqCst) {
            // SAFETY: an entry with a bit has an owner, which waits in `release` until this handler
            // has left.
            unsafe { &*self.owner.load(SeqCst) }.caught_by_handler(signum);
        }
        self.inside.fetch_sub(1, SeqCst);
    }

    /// Waits until no handler uses the loop. The bits are cleared, or `closed` is set.
    fn await_handlers(&self) {
        let mut looks = 0u32;
        while self.inside.load(SeqCst) != 0 {
            looks += 1;
            if looks < 100 {
                core::hint::spin_loop();
            } else {
                // The handler's thread may be waiting for this processor.
                clock::sleep(1);
            }
        }
    }

    /// Watches a signal. `lasting`: a handle watches it until it is stopped. `once`: the kernel may
    /// remove the handler after the first signal.
    pub(super) fn watch(&self, signum: c_int, lasting: bool, once: bool) -> Result {
        let bit = bit(signum);
        let _held = Held::new();
        let before = self.watched.fetch_or(bit, SeqCst);
        if !is_lasting(signum) {
            let installed = signal::install(signum, on_signal, once);
            installed.inspect_err(|_| self.watched.store(before, SeqCst))?;
        }
        if lasting {
            self.lasting.fetch_or(bit, SeqCst);
        }
        Ok(())
    }

    /// A handle of the loop stops watching a signal; `was_lasting`: until now, rather than for one
    /// shot. `left` is what other handles of the loop still watch.
    pub(super) fn unwatch(&self, signum: c_int, was_lasting: bool, left: Left) {
        let others = !bit(signum);
        let _held = Held::new();
        if left != Left::Lasting {
            self.lasting.fetch_and(others, SeqCst);
        }
        if left == Left::Nothing {
            self.watched.fetch_and(others, SeqCst);
        }
        // Cannot fail: the same call has succeeded before.
        let _ = if !entries().any(|entry| entry.watches(signum)) {
            signal::uninstall(signum)
        } else if was_lasting && !is_lasting(signum) {
            signal::install(signum, on_signal, true)
        } else {
            Ok(())
        };
    }

    /// Runs `work` while no handler uses the loop. Signals that are caught meanwhile are lost: for a
    /// forked child, which drops them anyway.
    pub(super) fn undisturbed(&self, work: impl FnOnce()) {
        self.closed.store(true, SeqCst);
        self.await_handlers();
        work();
        self.closed.store(false, SeqCst);
    }

    /// Frees the entry of a loop that closes.
    pub(super) fn release(&self) {
        self.lasting.store(0, SeqCst);
        self.watched.store(0, SeqCst);
        self.await_handlers();
        self.owner.store(null_mut(), SeqCst);
    }
}

/// Whether a handle of any loop watches the signal until it is stopped. The lock is held.
fn is_lasting(signum: c_int) -> bool {
    entries().any(|entry| entry.lasting.load(SeqCst) & bit(signum) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_holds_a_block() {
        assert_eq!(size_of::<Block>().next_power_of_two(), 4096);
    }

    #[test]
    fn entries_are_used_again_and_more_are_made_when_all_are_in_use() {
        let signals = Signals::new();
        let me = core::ptr::from_ref(&signals).cast_mut();
        for _ in 0..4 {
            let many: Vec<_> = (0..ENTRIES + 5)
                .map(|_| claim(&signals).expect("there is memory"))
                .collect();
            assert!(FIRST.next().is_some());
            let mine = entries().filter(|entry| entry.owner.load(SeqCst) == me);
            assert_eq!(mine.count(), many.len());
            many.iter().for_each(|entry| entry.release());
        }
        // Four times as many would need four blocks.
        assert!(entries().count() <= 2 * ENTRIES);
    }

    #[test]
    fn a_handler_uses_a_loop_only_while_that_watches_and_is_not_closed() {
        let signals = Signals::new();
        signals.queue.open().expect("there is memory");
        let entry = Entry::new();
        entry
            .owner
            .store(core::ptr::from_ref(&signals).cast_mut(), SeqCst);
        // Nothing may be delivered: these signals are no part of an engine that could be woken.
        entry.deliver(10);
        assert!(!signals.queue.is_due());
        entry.watched.store(bit(10), SeqCst);
        entry.undisturbed(|| entry.deliver(10));
        entry.deliver(11);
        assert!(!signals.queue.is_due());
        assert_eq!(entry.inside.load(SeqCst), 0);
        signals.queue.close();
    }
}
