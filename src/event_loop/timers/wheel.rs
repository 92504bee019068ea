//! The timers' wheel: one slot for each millisecond of the next 65 seconds.
//!
//! A slot is a block of pointers to timers. Adding and removing a timer touch one slot, and a
//! slot that is due is read from start to end; no timer points to another, so the processor
//! can fetch several at a time. All timers of a slot have the same deadline; they are sorted
//! by start when they fire. A bit map of the slots that are not empty finds the first one.
//!
//! Moving a deadline *later* only writes the timer: its entry stays, and is moved when its
//! slot is due, because then the timer's deadline is not the slot's.
//!
//! A slot that has lost most of its timers gives memory back. Empty slots keep small blocks
//! for the next timers, of at most `SPARE` entries together.

use crate::abi::uv_timer_t;
use crate::errno::Result;
use crate::event_loop::alloc;
use core::cell::Cell;

/// The number of slots, and so of milliseconds that the wheel reaches ahead. Fewer under Miri,
/// where making, searching and freeing them is slow.
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
    /// A bit for each slot that is not empty, and a bit for each word of those that is not 0.
    occupied: [Cell<u64>; WORDS],
    summary: [Cell<u64>; WORDS.div_ceil(64)],
    /// The earliest deadline that an entry may have.
    base: Cell<u64>,
    /// The number of entries.
    len: Cell<usize>,
    /// The number of entries that the blocks of the empty slots have room for.
    spare: Cell<u32>,
}

fn slot_of(deadline: u64) -> u16 {
    (deadline & (SLOTS as u64 - 1)) as u16
}

/// The position of an entry.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Slotted {
    pub(super) slot: u16,
    pub(super) index: u32,
}

impl Wheel {
    /// An empty wheel that begins at `now`; null when there is no memory.
    pub(super) fn allocate(now: u64) -> *mut Wheel {
        let Ok(wheel) = alloc::calloc::<Wheel>(1, size_of::<Wheel>()) else {
            return core::ptr::null_mut();
        };
        // SAFETY: the block is a Wheel's size, and zeroes are an empty wheel.
        unsafe { (*wheel).base.set(now) };
        wheel
    }

    /// Whether `deadline` is within reach.
    pub(super) fn reaches(&self, deadline: u64) -> bool {
        deadline.wrapping_sub(self.base.get()) < SLOTS as u64
    }

    /// The deadline of a slot's timers.
    pub(super) fn deadline(&self, slot: u16) -> u64 {
        let base = self.base.get();
        base + (u64::from(slot).wrapping_sub(base) & (SLOTS as u64 - 1))
    }

    /// Adds a timer whose deadline is within reach.
    pub(super) fn insert(&self, timer: &uv_timer_t, deadline: u64) -> Result<Slotted> {
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
        Ok(Slotted { slot, index })
    }

    /// Removes an entry. The slot's last entry moves to its position; returns that timer.
    pub(super) fn remove(&self, at: Slotted) -> Option<Timer> {
        let slot = &self.slots[usize::from(at.slot)];
        let last = slot.len.get() - 1;
        slot.len.set(last);
        self.len.set(self.len.get() - 1);
        let moved = (at.index < last).then(|| {
            // SAFETY: both are below the length that the slot had.
            unsafe {
                let moved = slot.entries.get().add(last as usize).read();
                slot.entries.get().add(at.index as usize).write(moved);
                moved
            }
        });
        if last == 0 {
            self.unmark(at.slot);
            self.emptied(at.slot);
        } else {
            slot.shrink();
        }
        moved
    }

    /// The number of entries.
    pub(super) fn len(&self) -> usize {
        self.len.get()
    }

    /// The first slot that is not empty.
    pub(super) fn first(&self) -> Option<u16> {
        let start = slot_of(self.base.get());
        self.search(start, SLOTS)
            .or_else(|| self.search(0, usize::from(start)))
    }

    /// The last entry of a slot that is not empty.
    pub(super) fn last_of(&self, slot: u16) -> (Slotted, Timer) {
        let at = &self.slots[usize::from(slot)];
        let index = at.len.get() - 1;
        // SAFETY: the slot is not empty, so the index is that of an entry.
        let timer = unsafe { at.entries.get().add(index as usize).read() };
        (Slotted { slot, index }, timer)
    }

    /// Removes all entries of a slot and returns its block and their number. They may be read
    /// until the caller calls [`emptied`](Self::emptied); nothing may be added before.
    pub(super) fn take(&self, slot: u16) -> (*mut Timer, usize) {
        self.unmark(slot);
        let slot = &self.slots[usize::from(slot)];
        let taken = slot.len.replace(0) as usize;
        self.len.set(self.len.get() - taken);
        (slot.entries.get(), taken)
    }

    /// Keeps the block of a slot that has become empty, or frees it if it is large or if the
    /// other empty slots keep enough.
    pub(super) fn emptied(&self, slot: u16) {
        let slot = &self.slots[usize::from(slot)];
        let (capacity, spare) = (slot.capacity.get(), self.spare.get());
        if capacity <= KEPT && spare + capacity <= SPARE {
            self.spare.set(spare + capacity);
        } else {
            slot.free();
        }
    }

    /// Moves the start of the wheel to `now`. All entries that are due by then are removed.
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

    /// The size of all blocks in bytes.
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
        // SAFETY: the block came from `allocate`, and the caller does not use it again.
        unsafe {
            (*wheel).slots.iter().for_each(Slot::free);
            alloc::free(wheel.cast());
        }
    }
}

/// The largest block that an empty slot keeps, in entries.
const KEPT: u32 = 16;
/// The most entries that the blocks of all empty slots have room for: 64 KB.
const SPARE: u32 = 8192;

impl Slot {
    /// Halves the block if three quarters of it are empty. If there is no memory, it stays.
    fn shrink(&self) {
        let capacity = self.capacity.get();
        if capacity > KEPT && self.len.get() < capacity / 4 {
            let _ = self.resize(capacity / 2);
        }
    }

    #[cold]
    fn resize(&self, capacity: u32) -> Result {
        // SAFETY: `entries` is null or a block of the allocator.
        let entries = unsafe { alloc::realloc(self.entries.get(), capacity as usize)? };
        self.entries.set(entries);
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
