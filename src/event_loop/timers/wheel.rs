//! The timers' wheel: a slot for each millisecond of the next 65 seconds.
//!
//! A slot is a block of pointers. Starting and stopping a timer touch its slot's end
//! and nothing else, and a slot that is due is read from one end to the other, which
//! is what makes a great many timers cheap: no pointer leads to the next one. All
//! timers of a slot have the same deadline, so they are sorted by start when they fire,
//! mostly to find that they are in order already. A map of the slots that hold anything
//! finds the first of them.
//!
//! Moving a deadline *later* only writes the timer: its entry stays, and is moved when
//! its slot is looked at, because the timer no longer says what the slot says. Only
//! timers that are started have an entry.
//!
//! A slot that has lost most of its timers gives memory back. Empty slots keep small
//! blocks for the next timers, together no more than `SPARE` entries.

use crate::abi::uv_timer_t;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use core::cell::Cell;

/// How many slots there are, and so how many milliseconds ahead the wheel sees.
///
/// Fewer for Miri, which takes long to make, search and free them.
pub(super) const SLOTS: usize = if cfg!(miri) { 1 << 8 } else { 1 << 16 };
const WORDS: usize = SLOTS / 64;

type Timer = *const uv_timer_t;

struct Slot {
    entries: Cell<*mut Timer>,
    len: Cell<u32>,
    capacity: Cell<u32>,
}

/// One block of zeroes: an empty wheel.
pub(super) struct Wheel {
    slots: [Slot; SLOTS],
    /// Which slots hold anything, and which words of that say so.
    occupied: [Cell<u64>; WORDS],
    summary: [Cell<u64>; WORDS.div_ceil(64)],
    /// No entry is due before this.
    base: Cell<u64>,
    /// How many entries there are.
    len: Cell<usize>,
    /// For how many entries the empty slots have blocks.
    spare: Cell<u32>,
}

fn slot_of(deadline: u64) -> u16 {
    (deadline & (SLOTS as u64 - 1)) as u16
}

/// Where an entry is.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) slot: u16,
    pub(super) index: u32,
}

impl Wheel {
    /// An empty wheel that begins at `now`; null when there is no memory.
    pub(super) fn allocate(now: u64) -> *mut Wheel {
        let wheel = alloc::calloc(1, size_of::<Wheel>()).cast::<Wheel>();
        if !wheel.is_null() {
            // SAFETY: the block is a Wheel's size, and zeroes are an empty wheel.
            unsafe { (*wheel).base.set(now) };
        }
        wheel
    }

    /// Whether the wheel sees as far as `deadline`.
    pub(super) fn reaches(&self, deadline: u64) -> bool {
        deadline.wrapping_sub(self.base.get()) < SLOTS as u64
    }

    /// The deadline of a slot's timers.
    pub(super) fn deadline(&self, slot: u16) -> u64 {
        let base = self.base.get();
        base + (u64::from(slot).wrapping_sub(base) & (SLOTS as u64 - 1))
    }

    /// Puts a timer in, which must be due within reach.
    pub(super) fn insert(&self, timer: &uv_timer_t, deadline: u64) -> Result<Place> {
        let slot = slot_of(deadline);
        let at = &self.slots[usize::from(slot)];
        let (index, capacity) = (at.len.get(), at.capacity.get());
        if index == capacity {
            at.resize((capacity * 2).max(8))?;
        }
        if index == 0 {
            self.spare.set(self.spare.get() - capacity);
            self.mark(slot);
        }
        // SAFETY: there is room for one more.
        unsafe { at.entries.get().add(index as usize).write(timer) };
        at.len.set(index + 1);
        self.len.set(self.len.get() + 1);
        Ok(Place { slot, index })
    }

    /// Takes an entry out and returns the timer that took its place, if one did.
    pub(super) fn remove(&self, place: Place) -> Option<Timer> {
        let slot = &self.slots[usize::from(place.slot)];
        let last = slot.len.get() - 1;
        slot.len.set(last);
        self.len.set(self.len.get() - 1);
        let moved = (place.index < last).then(|| {
            // SAFETY: both are below the length that the slot had.
            unsafe {
                let moved = slot.entries.get().add(last as usize).read();
                slot.entries.get().add(place.index as usize).write(moved);
                moved
            }
        });
        if last == 0 {
            self.unmark(place.slot);
            self.emptied(place.slot);
        } else {
            slot.shrink();
        }
        moved
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.len.get()
    }

    /// The first slot that holds anything.
    pub(super) fn first(&self) -> Option<u16> {
        let start = slot_of(self.base.get());
        self.search(start, SLOTS)
            .or_else(|| self.search(0, usize::from(start)))
    }

    /// The last entry of a slot that holds some.
    pub(super) fn last_of(&self, slot: u16) -> (Place, Timer) {
        let at = &self.slots[usize::from(slot)];
        let index = at.len.get() - 1;
        // SAFETY: the caller found the slot occupied.
        let timer = unsafe { at.entries.get().add(index as usize).read() };
        (Place { slot, index }, timer)
    }

    /// Takes all entries of a slot out, and returns where they were: they stay readable
    /// until the caller says that the slot is [`emptied`](Self::emptied), and adds
    /// nothing to it before.
    pub(super) fn take(&self, slot: u16) -> (*mut Timer, usize) {
        self.unmark(slot);
        let slot = &self.slots[usize::from(slot)];
        let taken = slot.len.replace(0) as usize;
        self.len.set(self.len.get() - taken);
        (slot.entries.get(), taken)
    }

    /// A slot has lost its last entry: keeps its block, or gives it back if that is
    /// large, or if other empty slots keep enough.
    pub(super) fn emptied(&self, slot: u16) {
        let slot = &self.slots[usize::from(slot)];
        let (capacity, spare) = (slot.capacity.get(), self.spare.get());
        if capacity <= KEPT && spare + capacity <= SPARE {
            self.spare.set(spare + capacity);
        } else {
            slot.free();
        }
    }

    /// Everything due up to `now` has been taken out.
    pub(super) fn advance(&self, now: u64) {
        self.base.set(now);
    }

    fn search(&self, from: u16, until: usize) -> Option<u16> {
        let (mut word, bit) = (usize::from(from) / 64, from % 64);
        let mut bits = self.occupied[word].get() & (u64::MAX << bit);
        while bits == 0 {
            word = self.next_word(word + 1)?;
            bits = self.occupied[word].get();
        }
        let slot = word * 64 + bits.trailing_zeros() as usize;
        (slot < until).then_some(slot as u16)
    }

    fn next_word(&self, from: usize) -> Option<usize> {
        if from >= WORDS {
            return None;
        }
        let mut at = from / 64;
        let mut bits = self.summary[at].get() & (u64::MAX << (from % 64));
        while bits == 0 {
            at += 1;
            bits = self.summary.get(at)?.get();
        }
        Some(at * 64 + bits.trailing_zeros() as usize)
    }

    fn mark(&self, slot: u16) {
        let word = usize::from(slot) / 64;
        let bits = &self.occupied[word];
        bits.set(bits.get() | 1 << (slot % 64));
        let above = &self.summary[word / 64];
        above.set(above.get() | 1 << (word % 64));
    }

    fn unmark(&self, slot: u16) {
        let word = usize::from(slot) / 64;
        let bits = &self.occupied[word];
        bits.set(bits.get() & !(1 << (slot % 64)));
        if bits.get() == 0 {
            let above = &self.summary[word / 64];
            above.set(above.get() & !(1 << (word % 64)));
        }
    }

    /// How much memory the entries take.
    #[cfg(test)]
    pub(super) fn block_bytes(&self) -> usize {
        let entries = self.slots.iter().map(|slot| slot.capacity.get() as usize);
        entries.sum::<usize>() * size_of::<Timer>()
    }

    /// Frees the wheel.
    ///
    /// # Safety
    /// `wheel` is null or came from [`Self::allocate`], and is not used again.
    pub(super) unsafe fn free(wheel: *mut Wheel) {
        if wheel.is_null() {
            return;
        }
        // SAFETY: as this function's own contract.
        unsafe {
            (*wheel).slots.iter().for_each(Slot::free);
            alloc::free(wheel.cast());
        }
    }
}

/// The largest block that an empty slot keeps, in entries.
const KEPT: u32 = 16;
/// How many entries the blocks of all empty slots may hold: 64 KB.
const SPARE: u32 = 8192;

impl Slot {
    /// Halves the block when three quarters of it are empty. If that fails it stays.
    fn shrink(&self) {
        let capacity = self.capacity.get();
        if capacity > KEPT && self.len.get() < capacity / 4 {
            let _ = self.resize(capacity / 2);
        }
    }

    #[cold]
    fn resize(&self, capacity: u32) -> Result {
        // SAFETY: `entries` is null or a block of the allocator.
        let block = unsafe {
            alloc::realloc(
                self.entries.get().cast(),
                capacity as usize * size_of::<Timer>(),
            )
        };
        if block.is_null() {
            return Err(Errno::NOMEM);
        }
        self.entries.set(block.cast());
        self.capacity.set(capacity);
        Ok(())
    }

    fn free(&self) {
        if self.capacity.replace(0) > 0 {
            // SAFETY: a slot with a capacity has a block of the allocator.
            unsafe { alloc::free(self.entries.replace(core::ptr::null_mut()).cast()) };
        }
    }
}
