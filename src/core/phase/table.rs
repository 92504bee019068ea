//! The handles of a phase, and their callbacks, side by side in one block.
//!
//! A turn that calls thirty thousand handles spends its time in waiting for memory when
//! each handle leads to the next. Here it reads one block from end to end, and does not
//! touch the handles at all. The table is a copy of the list, good for as long as the
//! list does not change.

use super::Callback;
use crate::core::mem;
use core::cell::Cell;
use core::ptr::null_mut;

pub(super) struct Entry<H> {
    pub(super) handle: *mut H,
    pub(super) callback: Callback<H>,
}

pub(super) struct Table<H> {
    block: Cell<*mut Entry<H>>,
    capacity: Cell<usize>,
    /// Behind the last entry.
    end: Cell<*mut Entry<H>>,
    /// Which entry comes next in the walk that goes on.
    next: Cell<*mut Entry<H>>,
}

impl<H> Table<H> {
    pub(super) const fn new() -> Self {
        Self {
            block: Cell::new(null_mut()),
            capacity: Cell::new(0),
            end: Cell::new(null_mut()),
            next: Cell::new(null_mut()),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// Empties the table and has it hold so many entries; says whether there is room. A
    /// block that would be much too large is given back.
    pub(super) fn reserve(&self, wanted: usize) -> bool {
        let capacity = self.capacity.get();
        if wanted > capacity || wanted < capacity / 4 {
            self.replace(wanted);
        }
        self.end.set(self.block.get());
        wanted <= self.capacity.get()
    }

    /// Adds an entry. There is room for it.
    pub(super) fn push(&self, entry: Entry<H>) {
        let end = self.end.get();
        debug_assert!(end < self.block.get().wrapping_add(self.capacity.get()));
        // SAFETY: the caller has reserved the room.
        unsafe { end.write(entry) };
        self.end.set(end.wrapping_add(1));
    }

    /// Calls every entry, until the walk is ended. Four times in a row: where the call and
    /// the jump back are in one cache line, processors take a third longer to predict them.
    pub(super) fn call(&self) {
        let mut at = self.block.get();
        while self.step(&mut at) && self.step(&mut at) && self.step(&mut at) && self.step(&mut at) {
        }
    }

    /// Calls the next entry, if there is one.
    #[inline(always)]
    fn step(&self, at: &mut *mut Entry<H>) -> bool {
        if *at == self.end.get() {
            return false;
        }
        // SAFETY: an entry before the end, in a block that stays during the walk; its
        // handle is active, and not touched after the callback.
        unsafe {
            let entry = &**at;
            *at = at.add(1);
            self.next.set(*at);
            (entry.callback)(entry.handle);
        }
        true
    }

    /// Ends the walk that goes on behind the entry that is being called. The handle that
    /// would have been next, if there is one.
    pub(super) fn end_walk(&self) -> Option<*mut H> {
        let next = self.next.get();
        let end = self.end.replace(next);
        // SAFETY: an entry before the end.
        (next != end).then(|| unsafe { (*next).handle })
    }

    fn replace(&self, capacity: usize) {
        let block = mem::malloc(capacity * size_of::<Entry<H>>());
        let old = self.block.replace(block.cast());
        self.capacity
            .set(if block.is_null() { 0 } else { capacity });
        // SAFETY: null or a block of the allocator, in which nothing is needed any more.
        unsafe { mem::free(old.cast()) };
    }
}

impl<H> Drop for Table<H> {
    fn drop(&mut self) {
        // SAFETY: `block` is null or a block of the allocator, unreachable from now on.
        unsafe { mem::free(self.block.get().cast()) };
    }
}
