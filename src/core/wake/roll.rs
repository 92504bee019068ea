//! The roll of a loop's async handles: each has the number of its place in a table, in
//! the order in which they were initialised, and a bit says whether it is due.
//!
//! Whoever is sent to is put in order by setting its bit, and found by looking for the
//! next bit: words above tell which words below are not empty, so that both cost one step
//! for each factor of 64, however many handles exist or are due. A closed handle leaves a
//! gap; when the table is full and half of it are gaps, they are closed up instead of
//! growing, unless a pass is going on, which knows its place by the numbers; what it leaves
//! is closed up behind it.

use super::bits::Bits;
use crate::abi::uv_async_t;
use crate::core::mem;
use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::ptr::{null_mut, slice_from_raw_parts};

/// The places of the first table.
const FIRST: u32 = 64;

/// Where one handle is; null for a gap.
type Place = Cell<*mut uv_async_t>;

pub(super) struct Roll {
    /// As many places as the bits have room for, in memory of our own.
    places: Cell<*mut Place>,
    due: Bits,
    /// The number that comes next.
    next: Cell<u32>,
    /// How many handles there are.
    live: Cell<u32>,
}

impl Roll {
    pub(super) const fn new() -> Self {
        Self {
            places: Cell::new(null_mut()),
            due: Bits::new(),
            next: Cell::new(0),
            live: Cell::new(0),
        }
    }

    /// The number that a handle initialised now would get.
    pub(super) fn next_number(&self) -> u32 {
        self.next.get()
    }

    pub(super) fn due(&self) -> &Bits {
        &self.due
    }

    /// The handle with this number, or null.
    pub(super) fn handle(&self, number: u32) -> *mut uv_async_t {
        self.place(number).get()
    }

    fn place(&self, number: u32) -> &Place {
        &self.places()[number as usize]
    }

    fn places(&self) -> &[Place] {
        let (first, count) = (self.places.get(), self.next.get() as usize);
        if first.is_null() {
            return &[];
        }
        // SAFETY: so many places have been written to, and the table is replaced by
        // `grow` only, which no such slice outlives.
        unsafe { &*slice_from_raw_parts(first, count) }
    }

    /// Gives a handle the next number.
    pub(super) fn enlist(&self, handle: &uv_async_t, may_renumber: bool) -> Result {
        if self.next.get() == self.due.room() {
            self.make_room(may_renumber)?;
        }
        let number = self.next.get();
        handle.sequence.set(number);
        let place = Cell::new(core::ptr::from_ref(handle).cast_mut());
        // SAFETY: the table has as many places as the bits have room.
        unsafe { self.places.get().add(number as usize).write(place) };
        self.next.set(number + 1);
        self.live.set(self.live.get() + 1);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn make_room(&self, may_renumber: bool) -> Result {
        if may_renumber && self.live.get() <= self.next.get() / 2 && self.live.get() > 0 {
            self.close_up();
            return Ok(());
        }
        self.grow()
    }

    /// A handle is not due any more.
    pub(super) fn excuse(&self, handle: &uv_async_t) {
        if !self.due.is_empty() {
            self.due.remove(handle.sequence.get());
        }
    }

    /// Takes a handle off that is not due.
    pub(super) fn strike(&self, handle: &uv_async_t, may_renumber: bool) {
        let number = handle.sequence.get();
        self.place(number).set(null_mut());
        self.live.set(self.live.get() - 1);
        if may_renumber && number + 1 == self.next.get() {
            self.trim();
        }
    }

    /// Forgets the gaps behind the last handle.
    #[inline(never)]
    fn trim(&self) {
        let last = self
            .places()
            .iter()
            .rposition(|place| !place.get().is_null());
        self.next.set(last.map_or(0, |last| last as u32 + 1));
    }

    /// No pass goes on any more: closes up what handles that were made and closed in it
    /// have left, if that is most of the table.
    pub(super) fn tidy(&self) {
        if self.next.get() > FIRST && self.live.get() <= self.next.get() / 4 {
            self.close_up();
        }
    }

    /// Moves the handles together, in order.
    fn close_up(&self) {
        let mut to = 0;
        for from in 0..self.next.get() {
            let place = self.place(from).replace(null_mut());
            // SAFETY: a handle on the roll is alive: closing strikes it off.
            let Some(handle) = (unsafe { place.as_ref() }) else {
                continue;
            };
            let is_due = self.due.remove(from);
            handle.sequence.set(to);
            self.place(to).set(place);
            if is_due {
                self.due.insert(to);
            }
            to += 1;
        }
        self.next.set(to);
    }

    /// Doubles the table.
    fn grow(&self) -> Result {
        let room = match self.due.room() {
            0 => FIRST,
            room => room.checked_mul(2).ok_or(Errno::NOMEM)?,
        };
        let size = room as usize * size_of::<Place>();
        // SAFETY: the table is null or the allocator's.
        let places = unsafe { mem::realloc(self.places.get().cast(), size) };
        if places.is_null() {
            return Err(Errno::NOMEM);
        }
        self.places.set(places.cast());
        self.due.grow(room)
    }
}

impl Drop for Roll {
    fn drop(&mut self) {
        // SAFETY: allocated by `grow` (or null), and nobody refers to it any more.
        unsafe { mem::free(self.places.get().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(n: usize) -> Vec<uv_async_t> {
        // SAFETY: every field of a handle may be all zeroes.
        (0..n).map(|_| unsafe { core::mem::zeroed() }).collect()
    }

    fn due(roll: &Roll) -> Vec<*mut uv_async_t> {
        let next = |at: &mut u32| {
            let number = roll.due().first_from(*at)?;
            *at = number + 1;
            Some(roll.handle(number))
        };
        let mut at = 0;
        std::iter::from_fn(|| next(&mut at)).collect()
    }

    #[test]
    fn keeps_the_order_while_it_grows_and_closes_up() {
        let (all, roll) = (handles(1000), Roll::new());
        for handle in &all {
            roll.enlist(handle, true).unwrap();
        }
        all[..300]
            .iter()
            .for_each(|handle| roll.strike(handle, true));
        all[300..]
            .iter()
            .step_by(2)
            .for_each(|handle| roll.strike(handle, true));
        for handle in all[301..].iter().rev().step_by(4) {
            assert!(roll.due().insert(handle.sequence.get()));
        }
        let before = due(&roll);
        let (rooms, more) = (roll.due().room(), handles(50));
        for handle in &more {
            roll.enlist(handle, true).unwrap();
        }
        assert_eq!((rooms, roll.due().room()), (1024, 1024));
        assert!(all[301].sequence.get() < 2, "gaps were closed up");
        assert_eq!(due(&roll), before);
        assert_eq!(
            roll.handle(more[0].sequence.get()).cast_const(),
            &more[0] as *const _
        );
    }

    #[test]
    fn passes_that_make_and_close_handles_leave_no_gaps() {
        let (all, roll) = (handles(40), Roll::new());
        roll.enlist(&all[0], true).unwrap();
        for _ in 0..1000 {
            for handle in &all[1..] {
                roll.enlist(handle, false).unwrap();
                roll.strike(handle, false);
            }
            roll.tidy();
        }
        assert!(roll.due().room() <= 2 * FIRST);
        assert_eq!(
            roll.handle(all[0].sequence.get()).cast_const(),
            &raw const all[0]
        );
    }

    #[test]
    fn gaps_behind_the_last_are_forgotten() {
        let (all, roll) = (handles(100), Roll::new());
        for order in [[1, 99], [99, 1]] {
            for handle in &all {
                roll.enlist(handle, true).unwrap();
            }
            for &one in &order {
                roll.strike(&all[one], true);
            }
            assert_eq!(roll.next_number(), 99);
            for handle in &all[2..99] {
                roll.strike(handle, true);
            }
            assert_eq!(roll.next_number(), 1);
            roll.strike(&all[0], true);
            assert_eq!(roll.next_number(), 0);
        }
    }

    #[test]
    fn numbers_stay_while_a_pass_goes_on() {
        let (all, roll) = (handles(130), Roll::new());
        for (at, handle) in all.iter().enumerate() {
            roll.enlist(handle, false).unwrap();
            assert_eq!(handle.sequence.get() as usize, at);
            if at < 100 {
                roll.strike(handle, false);
            }
        }
    }
}
