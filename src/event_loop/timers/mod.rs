//! Active timers: a heap, and beside it, once there are many, a wheel for those that are due
//! soon.
//!
//! The heap is small and exact, which suits few timers and distant deadlines. The wheel makes
//! a great many timers cheap. A timer's position says which of the two it is in
//! (`handle.rs`); order and deadlines are the same in both.
//!
//! A stopped timer has no entry, because the program may initialise it again without closing
//! it, as libuv allows. There is one exception: the timer that was stopped last keeps its
//! entry for the moment, so that stopping and starting it again only moves its deadline. The
//! entry is removed before another timer is stopped or any timer is due, and the memory of
//! the stopped timer is not read for that.
//!
//! Memory that many timers took is given back when they are gone: heap and wheel halve blocks
//! that are three quarters empty, and the wheel itself is freed when few timers are left.

mod handle;
mod heap;
#[cfg(test)]
mod tests;
mod wheel;

use super::queue::{container_of, unlinked};
use crate::abi::{uv__queue, uv_timer_t};
use crate::errno::Result;
use core::cell::Cell;
use core::ptr::{null, null_mut};
use heap::Heap;
use wheel::{SLOTS, Wheel};

/// When a timer is due and, among equals, which was started first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    pub(crate) deadline: u64,
    pub(crate) start_id: u64,
}

/// With so many timers in the heap, the next one that is due soon makes the wheel.
const MANY: usize = if cfg!(miri) { 32 } else { 512 };
/// With fewer timers than this the wheel is freed. It is well below `MANY`, so that a count
/// that varies a little does not make and free the wheel again and again.
const FEW: usize = if cfg!(miri) { 8 } else { 64 };

pub(crate) struct Timers {
    heap: Heap,
    wheel: Cell<*mut Wheel>,
    /// Timers for which neither had memory, sorted: starting a timer never fails.
    overflow: uv__queue,
    /// The timer that was stopped last, if it still has an entry. Its memory is not read.
    stopped: Cell<*const uv_timer_t>,
    /// The position of that entry.
    stopped_at: Cell<usize>,
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Heap::new(),
            wheel: Cell::new(null_mut()),
            overflow: unlinked(),
            stopped: Cell::new(null()),
            stopped_at: Cell::new(0),
        }
    }

    /// Initialises the list, once the timers are at their final address.
    pub(crate) fn init(&self) {
        self.overflow.init();
    }

    /// Whether there is no timer, no wheel and no entry of a stopped timer.
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.len.get() == 0 && self.wheel.get().is_null() && self.overflow.is_empty()
    }

    fn wheel(&self) -> Option<&Wheel> {
        // SAFETY: null, or a wheel that is freed by `free_wheel_of_few` or with `self`.
        unsafe { self.wheel.get().as_ref() }
    }

    /// Adds a timer that is due at `key`, or moves an active one there. The timer is not
    /// linked; `now` is the loop's time. The caller marks it active.
    #[inline(always)]
    pub(crate) fn start(&self, timer: &uv_timer_t, key: Key, now: u64) {
        if !self.restart_in_wheel(timer, key) {
            self.start_elsewhere(timer, key, now);
        }
    }

    /// Moves the deadline of a timer in the wheel to `key`, unless that is before its slot's
    /// deadline; returns whether it did. The entry stays in the slot and is moved when the
    /// slot is due. Programs with many timers do this most often, so neither the slot nor
    /// another timer is touched.
    #[inline(always)]
    fn restart_in_wheel(&self, timer: &uv_timer_t, key: Key) -> bool {
        let (Some(at), Some(wheel)) = (timer.in_wheel(), self.wheel()) else {
            return false;
        };
        let is_active = timer.is_active();
        let has_entry = is_active || core::ptr::eq(self.stopped.get(), timer);
        let stays = has_entry && wheel.deadline(at.slot) <= key.deadline;
        if stays {
            timer.set_key(key);
            if !is_active {
                self.stopped.set(null());
            }
        }
        stays
    }

    #[inline(never)]
    fn start_elsewhere(&self, timer: &uv_timer_t, key: Key, now: u64) {
        let was_stopped = core::ptr::eq(self.stopped.get(), timer);
        if was_stopped {
            self.stopped.set(null());
        } else {
            self.remove_stopped();
        }
        let has_entry = was_stopped || timer.has_entry() && timer.is_active();
        let stays = has_entry && self.may_stay(timer, key);
        timer.set_key(key);
        if !stays {
            if has_entry {
                self.remove(timer.position());
            }
            self.make_wheel_of_many(key, now);
            self.insert(timer);
        }
    }

    /// Makes the wheel if there are many timers and this one would go into it.
    fn make_wheel_of_many(&self, key: Key, now: u64) {
        let is_soon = key.deadline - now < SLOTS as u64;
        if is_soon && self.heap.len.get() >= MANY && self.wheel.get().is_null() {
            self.wheel.set(Wheel::allocate(now));
        }
    }

    /// Stores a timer: in the wheel, else in the heap, else in the overflow list. The first
    /// two fail if they need memory and there is none.
    fn insert(&self, timer: &uv_timer_t) {
        let key = timer.key();
        let reaching = self.wheel().filter(|wheel| wheel.reaches(key.deadline));
        match reaching.and_then(|wheel| wheel.insert(timer, key.deadline).ok()) {
            Some(at) => timer.set_in_wheel(at),
            None if self.heap.insert(timer, key).is_ok() => {}
            None => self.insert_in_overflow(timer),
        }
    }

    fn insert_in_overflow(&self, timer: &uv_timer_t) {
        let head = core::ptr::from_ref(&self.overflow).cast_mut();
        let mut before = self.overflow.prev.get();
        // SAFETY: a linked timer is alive: closing unlinks it. The head is `self`'s.
        unsafe {
            while before != head && (*of_link(before)).key() > timer.key() {
                before = (*before).prev.get();
            }
            (*before).push_front(timer.node.queue());
        }
        timer.set_linked();
    }

    /// Stops an active timer that is not linked. Its entry is removed later, unless the timer
    /// is started again before.
    pub(crate) fn stop(&self, timer: &uv_timer_t) {
        self.remove_stopped();
        if timer.has_entry() {
            self.stopped_at.set(timer.position());
            self.stopped.set(timer);
        }
    }

    /// If the timer at this address was stopped last, removes its entry: the memory is about
    /// to become a new timer.
    pub(crate) fn remove_if_stopped(&self, timer: &uv_timer_t) {
        if core::ptr::eq(self.stopped.get(), timer) {
            self.remove_stopped();
        }
    }

    /// Removes the entry of the timer that was stopped last, if there is one.
    #[inline(always)]
    fn remove_stopped(&self) {
        if !self.stopped.get().is_null() {
            self.stopped.set(null());
            self.remove(self.stopped_at.get());
        }
    }

    /// Removes an entry. The memory of its timer is not read.
    #[inline(never)]
    fn remove(&self, position: usize) {
        match (handle::decode(position), self.wheel()) {
            (Some(at), Some(wheel)) => {
                if let Some(moved) = wheel.remove(at) {
                    // SAFETY: `remove_stopped` has run or is running, so the timer of another entry is
                    // active and alive.
                    unsafe { (*moved).set_in_wheel(at) };
                }
            }
            _ => self.heap.remove(position),
        }
        self.free_wheel_of_few();
    }

    /// Moves the wheel's entries to the heap and frees the wheel, if few timers are left. If
    /// the heap has no memory for them, the wheel stays.
    fn free_wheel_of_few(&self) {
        if let Some(wheel) = self.wheel()
            && wheel.len() + self.heap.len.get() < FEW
            && self.empty_into_heap(wheel).is_ok()
        {
            // SAFETY: the wheel came from `allocate`, and no timer's position is in it.
            unsafe { Wheel::free(self.wheel.replace(null_mut())) };
        }
    }

    #[cold]
    fn empty_into_heap(&self, wheel: &Wheel) -> Result {
        while let Some(slot) = wheel.first() {
            let (at, timer) = wheel.last_of(slot);
            // SAFETY: the stopped timer's entry is removed first, so this timer is active and alive.
            let timer = unsafe { &*timer };
            if timer.owns(at) {
                self.heap.insert(timer, timer.key())?;
            }
            wheel.remove(at);
        }
        Ok(())
    }

    /// Whether the timer's entry sorts no later than `key`.
    fn may_stay(&self, timer: &uv_timer_t, key: Key) -> bool {
        match (timer.in_wheel(), self.wheel()) {
            (Some(at), Some(wheel)) => wheel.deadline(at.slot) <= key.deadline,
            _ => self.heap.may_stay(timer.position(), key),
        }
    }

    /// The first timer that is not in the wheel.
    fn first_outside_wheel(&self) -> Option<(Key, *const uv_timer_t)> {
        let in_heap = self.heap.first();
        if self.overflow.is_empty() {
            return in_heap;
        }
        let timer = of_link(self.overflow.first()).cast_const();
        // SAFETY: a linked timer is alive: closing unlinks it.
        let in_overflow = (unsafe { (*timer).key() }, timer);
        Some(in_heap.map_or(in_overflow, |in_heap| in_heap.min(in_overflow)))
    }

    /// The first deadline.
    pub(crate) fn first_deadline(&self) -> Option<u64> {
        self.remove_stopped();
        let outside = self.first_outside_wheel().map(|(key, _)| key.deadline);
        [outside, self.first_in_wheel()].into_iter().flatten().min()
    }

    /// The first deadline in the wheel. Entries that come before it and whose timers have a
    /// later deadline by now are moved; entries that their timers do not own are dropped.
    fn first_in_wheel(&self) -> Option<u64> {
        let wheel = self.wheel()?;
        loop {
            let slot = wheel.first()?;
            let deadline = wheel.deadline(slot);
            let (at, timer) = wheel.last_of(slot);
            // SAFETY: the stopped timer's entry is removed first, so this timer is active and alive.
            let timer = unsafe { &*timer };
            let is_owner = timer.owns(at);
            if is_owner && timer.timeout.get() == deadline {
                return Some(deadline);
            }
            wheel.remove(at);
            if is_owner {
                self.insert(timer);
            }
        }
    }

    /// Moves every timer that is due at `now` to the list `round`, in order, and calls
    /// `on_taken` for each.
    pub(crate) fn take_due(&self, now: u64, round: &uv__queue, on_taken: impl Fn(&uv_timer_t)) {
        self.remove_stopped();
        let fire = |timer: &uv_timer_t| {
            on_taken(timer);
            round.push_back(timer.node.queue());
            timer.set_linked();
        };
        // The largest key that is due.
        let last = Key {
            deadline: now,
            start_id: u64::MAX,
        };
        if let Some(wheel) = self.wheel() {
            while let Some(slot) = wheel.first().filter(|&slot| wheel.deadline(slot) <= now) {
                self.take_slot(wheel, slot, &fire);
            }
            self.take_outside_wheel(last, &fire);
            wheel.advance(now);
            self.free_wheel_of_few();
        } else {
            self.take_outside_wheel(last, &fire);
        }
    }

    /// Fires the timers outside the wheel up to `last`.
    fn take_outside_wheel(&self, last: Key, fire: &impl Fn(&uv_timer_t)) {
        while let Some((_, timer)) = self.first_outside_wheel().filter(|&(key, _)| key <= last) {
            // SAFETY: the stopped timer's entry is removed first, so this timer is active or linked,
            // and alive.
            let timer = unsafe { &*timer };
            if timer.has_entry() {
                self.heap.remove(timer.position());
            } else {
                timer.unlink();
            }
            fire(timer);
        }
    }

    /// Fires the timers of one slot, and those outside the wheel that sort before them.
    fn take_slot(&self, wheel: &Wheel, slot: u16, fire: &impl Fn(&uv_timer_t)) {
        let deadline = wheel.deadline(slot);
        let (taken, len) = wheel.take(slot);
        sort_by_start(taken, len);
        for index in 0..len {
            // SAFETY: nothing is added to a slot that is being fired; the stopped timer's entry
            // is removed first, so this timer is active and alive.
            let timer = unsafe { &**taken.add(index) };
            let at = timer.in_wheel().filter(|_| timer.is_active());
            if at.is_none_or(|at| at.slot != slot) {
                // The timer does not own the entry: see `Heap::settle`.
                continue;
            }
            timer.clear_position();
            if timer.timeout.get() == deadline {
                self.take_outside_wheel(timer.key(), fire);
                fire(timer);
            } else {
                self.insert(timer);
            }
        }
        wheel.emptied(slot);
    }
}

/// The timer that `link` is in.
fn of_link(link: *mut uv__queue) -> *mut uv_timer_t {
    container_of!(link, uv_timer_t, node)
}

/// Sorts the entries of a slot by start. Mostly they are sorted already.
fn sort_by_start(entries: *mut *const uv_timer_t, len: usize) {
    // SAFETY: the slot's block holds `len` entries, and nothing else uses them now.
    let entries = unsafe { core::slice::from_raw_parts_mut(entries, len) };
    // SAFETY: the stopped timer's entry is removed first, so this timer is active and alive.
    let start_id = |timer: &*const uv_timer_t| unsafe { (**timer).start_id.get() };
    if !entries.is_sorted_by_key(start_id) {
        entries.sort_unstable_by_key(start_id);
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        // SAFETY: null or from `allocate`; `self` was the only way to it.
        unsafe { Wheel::free(self.wheel.get()) };
    }
}
