//! Which loops of the process watch which signals: what the signal handler reads.
//!
//! The handler takes no lock, waits for no thread and touches no handle. Each loop that has
//! used signals owns an entry of a table that only grows: an entry is used again, but never
//! freed, so that a handler may walk the table at any time. An entry has a bit for each
//! signal that its loop watches. Where the bit is set, the handler puts the signal into that
//! loop's queue (`queue.rs`) and wakes the loop if it may be asleep.
//!
//! *A loop that closes.* A handler adds itself to the entry's `inside`, reads the bits again, and
//! only then uses the loop. A loop that closes clears the bits and then waits until `inside`
//! is 0. All four are sequentially consistent: either the handler finds no bit, or the loop
//! waits for it. It waits for no longer than an eventfd write takes, because the handler waits
//! for nothing, and no new handler comes in once the bits are clear.
//!
//! *Starting and stopping.* The bits of all loops together decide the signal's disposition,
//! so one lock is held around changing a bit and calling `sigaction`. The handler never
//! takes it, and its holder has all signals blocked, allocates nothing and calls nothing of the
//! program's: it always gives the lock back, whatever other threads do. A bit is set before
//! the handler is installed, so that no signal meets the handler without the bit.
//!
//! *Fork.* Nothing is taken before it. In the child the thread that forked is the only one, and
//! it neither holds the lock nor is in the handler: so the lock is made free and every `inside`
//! is made 0. A thread that was left behind may have set a bit without having
//! installed the handler, or have cleared one without having removed it. Both are harmless: `lasting`
//! is set after the handler is installed, and only that keeps another start from installing
//! it; a handler that finds no bit does nothing.

use super::{SIGNALS, Signals};
use crate::errno::{Errno, Result};
use crate::event_loop::{alloc, at_fork};
use crate::sys::lock::Lock;
use crate::sys::signal;
use crate::sys::{errno, time};
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

/// A loop's part in the registry.
pub(super) struct Entry {
    /// The loop's signals; null while the entry is free.
    owner: AtomicPtr<Signals>,
    /// A bit for each signal that the loop watches.
    watched: AtomicU64,
    /// Those of them that some handle watches for more than one shot, which the handler has
    /// been installed for.
    lasting: AtomicU64,
    /// Handlers that use the loop, or are about to look whether they may.
    inside: AtomicU32,
    /// Handlers leave the loop alone, whatever it watches.
    closed: AtomicBool,
}

/// Entries in a block: with the rest of it they fill a page.
const ENTRIES: usize = 127;

struct Block {
    entries: [Entry; ENTRIES],
    /// How many of them have ever been used.
    used: AtomicU32,
    /// Made when all are in use at once; never freed.
    next: AtomicPtr<Block>,
}

static FIRST: Block = Block {
    entries: [const { Entry::new() }; ENTRIES],
    used: AtomicU32::new(0),
    next: AtomicPtr::new(null_mut()),
};

static LOCK: Lock = Lock::new();

/// The lock, held with every signal blocked.
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

/// In a forked child: makes the lock free, and leaves no handler inside an entry.
pub(super) fn forked() {
    LOCK.reset();
    entries().for_each(|entry| entry.inside.store(0, SeqCst));
}

impl Block {
    fn next(&self) -> Option<&'static Block> {
        // SAFETY: null or a block, which is never freed.
        unsafe { self.next.load(Acquire).as_ref() }
    }

    /// The next block, made if there is none.
    fn next_or_new(&self) -> Result<&'static Block> {
        if let Some(next) = self.next() {
            return Ok(next);
        }
        let new = alloc::calloc(1, size_of::<Block>()).cast::<Block>();
        // SAFETY: zeroed memory is a block of free entries; null gives none.
        let block = unsafe { new.as_ref() }.ok_or(Errno::NOMEM)?;
        match self.next.compare_exchange(null_mut(), new, AcqRel, Acquire) {
            Ok(_) => Ok(block),
            Err(other) => {
                // SAFETY: no other thread has seen ours, and what is linked is a block.
                unsafe {
                    alloc::free(new.cast());
                    Ok(&*other)
                }
            }
        }
    }
}

/// All entries that have ever been used.
fn entries() -> impl Iterator<Item = &'static Entry> {
    core::iter::successors(Some(&FIRST), |block| block.next())
        .flat_map(|block| &block.entries[..block.used.load(Acquire) as usize])
}

/// The bit of a signal that there is.
pub(super) fn bit(signum: c_int) -> u64 {
    1 << ((signum as usize).wrapping_sub(1) % SIGNALS)
}

/// The process's signal handler.
extern "C" fn on_signal(signum: c_int) {
    let saved = errno::save();
    entries().for_each(|entry| entry.deliver(signum));
    errno::restore(saved);
}

/// Claims an entry for a loop, which watches no signal yet.
pub(super) fn claim(owner: &Signals) -> Result<&'static Entry> {
    at_fork::repair_in_children()?;
    let owner = core::ptr::from_ref(owner).cast_mut();
    let mut block = &FIRST;
    loop {
        for (at, entry) in block.entries.iter().enumerate() {
            if entry.owner.load(Relaxed).is_null() && entry.take(owner) {
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

    fn take(&self, owner: *mut Signals) -> bool {
        let taken = self
            .owner
            .compare_exchange(null_mut(), owner, SeqCst, Relaxed);
        taken.is_ok()
    }

    fn watches(&self, signum: c_int) -> bool {
        self.watched.load(SeqCst) & bit(signum) != 0
    }

    /// Gives the signal to the loop, if that watches it. The handler's part.
    fn deliver(&self, signum: c_int) {
        if !self.watches(signum) {
            return;
        }
        self.inside.fetch_add(1, SeqCst);
        if self.watches(signum) && !self.closed.load(SeqCst) {
            // SAFETY: an entry with a bit has an owner, which waits for this handler before
            // it goes.
            unsafe { &*self.owner.load(SeqCst) }.arrive(signum);
        }
        self.inside.fetch_sub(1, SeqCst);
    }

    /// Waits until no handler uses the loop. The bits are clear, or the entry is closed.
    fn await_handlers(&self) {
        let mut looks = 0u32;
        while self.inside.load(SeqCst) != 0 {
            looks += 1;
            if looks < 100 {
                core::hint::spin_loop();
            } else {
                // The handler's thread may need this processor.
                time::sleep(1);
            }
        }
    }

    /// Watches a signal; `lasting` says that a handle does so for more than one shot. With
    /// `once` the handler may be removed by the first signal.
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

    /// A handle of the loop stops watching; `any` and `lasting` say what is left, and
    /// `was_lasting` what it was.
    pub(super) fn unwatch(&self, signum: c_int, any: bool, lasting: bool, was_lasting: bool) {
        let others = !bit(signum);
        let _held = Held::new();
        if !lasting {
            self.lasting.fetch_and(others, SeqCst);
        }
        if !any {
            self.watched.fetch_and(others, SeqCst);
        }
        // What was installed once cannot fail to be installed again.
        let _ = if !entries().any(|entry| entry.watches(signum)) {
            signal::uninstall(signum)
        } else if was_lasting && !is_lasting(signum) {
            signal::install(signum, on_signal, true)
        } else {
            Ok(())
        };
    }

    /// Does something while no handler uses the loop, which signals that come meanwhile do
    /// not reach. For a forked child, which forgets those in any case.
    pub(super) fn undisturbed(&self, work: impl FnOnce()) {
        self.closed.store(true, SeqCst);
        self.await_handlers();
        work();
        self.closed.store(false, SeqCst);
    }

    /// The loop watches nothing any more: gives the entry back.
    pub(super) fn release(&self) {
        self.lasting.store(0, SeqCst);
        self.watched.store(0, SeqCst);
        self.await_handlers();
        self.owner.store(null_mut(), SeqCst);
    }
}

/// Whether a handle of any loop watches for more than one shot. The lock is held.
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
