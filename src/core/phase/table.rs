//! The handles of a phase, and their callbacks, side by side in one block.
//!
//! A turn that calls thirty thousand handles spends its time in waiting for memory when
//! each handle leads to the next. Here it reads one block from end to end, and does not
//! touch the handles at all.
//!
//! A new entry goes behind the last one, and the walk goes from the last entry that it
//! finds to the first. So the handle started last is called first, and one that is
//! started meanwhile has to wait, as libuv has it. A handle that stops leaves a hole;
//! holes are closed when no walk can be confused by it.

use super::{Callback, Member, Place};
use crate::core::mem;
use core::cell::Cell;
use core::ptr::{from_ref, null, null_mut};

struct Entry<H> {
    /// Null in a hole.
    handle: *const H,
    callback: Callback<H>,
}

impl<H> Clone for Entry<H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Entry<H> {}

pub(super) struct Table<H> {
    entries: Cell<*mut Entry<H>>,
    len: Cell<usize>,
    capacity: Cell<usize>,
    holes: Cell<usize>,
    /// Entries before this one are being walked and stay where they are.
    floor: Cell<usize>,
}

/// What the first block holds, and the least that is kept.
const SMALL: usize = 16;

impl<H: Member> Table<H> {
    pub(super) const fn new() -> Self {
        Self {
            entries: Cell::new(null_mut()),
            len: Cell::new(0),
            capacity: Cell::new(0),
            holes: Cell::new(0),
            floor: Cell::new(0),
        }
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    fn get(&self, index: usize) -> Entry<H> {
        debug_assert!(index < self.len.get());
        // SAFETY: the index is below the length, and so many entries are written.
        unsafe { *self.entries.get().add(index) }
    }

    fn put(&self, index: usize, entry: Entry<H>) {
        debug_assert!(index < self.capacity.get());
        // SAFETY: the index is below the capacity.
        unsafe { self.entries.get().add(index).write(entry) };
    }

    /// Adds a handle; `None` when there is no memory.
    pub(super) fn add(&self, handle: &H, callback: Callback<H>) -> Option<Place> {
        if self.len.get() == self.capacity.get() && !self.make_room() {
            return None;
        }
        let index = self.len.get();
        self.len.set(index + 1);
        let handle = from_ref(handle);
        self.put(index, Entry { handle, callback });
        Some(Place(index))
    }

    /// Takes a handle out.
    pub(super) fn remove(&self, Place(index): Place) {
        let handle = null();
        let entry = Entry {
            handle,
            ..self.get(index)
        };
        self.put(index, entry);
        self.holes.set(self.holes.get() + 1);
        self.trim();
    }

    /// Forgets the holes at the end that no walk has before it.
    fn trim(&self) {
        let mut len = self.len.get();
        while len > self.floor.get() && self.get(len - 1).handle.is_null() {
            len -= 1;
            self.holes.set(self.holes.get() - 1);
        }
        self.len.set(len);
    }

    /// Calls every handle back, the newest first, and before them whatever `newer`
    /// calls. Those that are added meanwhile are left out.
    pub(super) fn call_after(&self, newer: impl FnOnce()) {
        let outer = self.floor.replace(self.len.get());
        newer();
        let mut index = self.floor.get();
        while index > 0 {
            index -= 1;
            let entry = self.get(index);
            if !entry.handle.is_null() {
                // SAFETY: an entry's handle is active, and not touched afterwards.
                unsafe { (entry.callback)(entry.handle.cast_mut()) };
            }
        }
        self.floor.set(outer);
        if self.holes.get() > 0 {
            self.tidy();
        }
    }

    /// Closes the holes when they are an eighth: the walk stumbles over each of them,
    /// which costs as much as moving several entries.
    fn tidy(&self) {
        self.trim();
        if self.holes.get() > self.len.get() / 8 {
            self.compact();
        }
        let enough = (self.len.get() * 4).max(SMALL);
        if enough * 2 <= self.capacity.get() {
            self.resize(enough);
        }
    }

    /// Closes the holes that no walk has before it.
    fn compact(&self) {
        let floor = self.floor.get();
        let mut to = floor;
        for from in floor..self.len.get() {
            let entry = self.get(from);
            // SAFETY: null, or a handle that is active and so alive.
            if let Some(handle) = unsafe { entry.handle.as_ref() } {
                self.put(to, entry);
                handle.set_place(Place(to));
                to += 1;
            }
        }
        let closed = self.len.replace(to) - to;
        self.holes.set(self.holes.get() - closed);
    }

    /// Makes room for one more at least: by closing holes if that gives a good deal.
    fn make_room(&self) -> bool {
        if self.holes.get() > 0 {
            self.compact();
        }
        let (len, capacity) = (self.len.get(), self.capacity.get());
        let roomy = capacity - len > capacity / 2;
        roomy || self.resize((capacity * 2).max(SMALL)) || len < capacity
    }

    fn resize(&self, capacity: usize) -> bool {
        // SAFETY: `entries` is null or a block of the allocator.
        let block =
            unsafe { mem::realloc(self.entries.get().cast(), capacity * size_of::<Entry<H>>()) };
        if block.is_null() {
            return false;
        }
        self.entries.set(block.cast());
        self.capacity.set(capacity);
        true
    }
}

impl<H> Drop for Table<H> {
    fn drop(&mut self) {
        // SAFETY: `entries` is null or a block of the allocator, unreachable from now on.
        unsafe { mem::free(self.entries.get().cast()) };
    }
}
