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
use super::flood::Heat;
use crate::abi::uv_async_t;
use crate::core::mem;
use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::ptr::{null_mut, slice_from_raw_parts};

/// The places of the first table.
const FIRST: u32 = 64;

/// What is kept of one handle.
pub(super) struct Place {
    handle: Cell<*mut uv_async_t>,
    pub(super) heat: Cell<Heat>,
}

impl Place {
    fn set(&self, handle: &uv_async_t, heat: Heat) {
        self.handle.set(core::ptr::from_ref(handle).cast_mut());
        self.heat.set(heat);
    }
}

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
        self.place(number).handle.get()
    }

    pub(super) fn place(&self, number: u32) -> &Place {
        &self.places()[number as usize]
    }

    fn places(&self) -> &[Place] {
        let (first, count) = (self.places.get(), self.due.room() as usize);
        if first.is_null() {
            return &[];
        }
        // SAFETY: the table has as many places as the bits have room, and is replaced
        // by `grow` only, which no such slice outlives.
        unsafe { &*slice_from_raw_parts(first, count) }
    }

    /// Gives a handle the next number.
    pub(super) fn enlist(&self, handle: &uv_async_t, may_renumber: bool) -> Result {
        if self.next.get() == self.due.room() {
            if may_renumber && self.live.get() <= self.next.get() / 2 && self.live.get() > 0 {
                self.close_up();
            } else {
                self.grow()?;
            }
        }
        let number = self.next.get();
        handle.sequence.set(number);
        self.place(number).set(handle, Heat::default());
        self.next.set(number + 1);
        self.live.set(self.live.get() + 1);
        Ok(())
    }

    /// Takes a handle off; it is not due any more.
    pub(super) fn strike(&self, handle: &uv_async_t, may_renumber: bool) {
        let number = handle.sequence.get();
        if !self.due.is_empty() {
            self.due.remove(number);
        }
        self.place(number).handle.set(null_mut());
        self.live.set(self.live.get() - 1);
        if may_renumber && number + 1 == self.next.get() {
            self.trim();
        }
    }

    /// Forgets the gaps behind the last handle.
    fn trim(&self) {
        let is_gap = |number: &u32| self.handle(number - 1).is_null();
        let last = (1..=self.next.get()).rev().find(|number| !is_gap(number));
        self.next.set(last.unwrap_or(0));
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
            let place = self.place(from);
            // SAFETY: a handle on the roll is alive: closing strikes it off.
            let Some(handle) = (unsafe { place.handle.replace(null_mut()).as_ref() }) else {
                continue;
            };
            let is_due = self.due.remove(from);
            handle.sequence.set(to);
            self.place(to).set(handle, place.heat.get());
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
        let places: *mut Place = mem::calloc(room as usize, size_of::<Place>()).cast();
        if places.is_null() {
            return Err(Errno::NOMEM);
        }
        let old = self.places();
        // SAFETY: the new table is larger than the old one; cells may be copied while
        // nobody else looks at them.
        unsafe { places.copy_from_nonoverlapping(old.as_ptr(), old.len()) };
        if let Err(error) = self.due.grow(room) {
            // SAFETY: allocated above, and nobody else knows of it.
            unsafe { mem::free(places.cast()) };
            return Err(error);
        }
        let old = self.places.replace(places);
        // SAFETY: allocated here earlier (or null), and replaced.
        unsafe { mem::free(old.cast()) };
        Ok(())
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
