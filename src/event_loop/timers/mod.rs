//! The timers that are started: a heap, and beside it, once there are many, a wheel
//! for those that are due soon.
//!
//! A few timers, or some far away, are best kept in the heap, which is small and
//! exact. A great many are best kept in the wheel. Which of the two a timer is in is
//! written in the timer; order and deadlines are the same whichever it is.
//!
//! Only started timers have an entry, because the program may initialise a stopped one
//! again without closing it, as libuv allows. The timer that was stopped last keeps its
//! entry for the moment, in case it is started again right away, which is then no more
//! than a later deadline. Before anything else is done with any timer that entry is
//! removed, and for that the timer itself is not looked at.
//!
//! What many timers took is given back when they are gone: both halve blocks that are
//! three quarters empty, and the wheel itself is freed when few timers are left.

mod heap;
mod place;
mod run;
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

impl Key {
    /// What no timer due at `deadline` or before comes behind.
    fn last_of(deadline: u64) -> Self {
        Self {
            deadline,
            start_id: u64::MAX,
        }
    }
}

/// How many timers in the heap make the wheel worth its memory.
const MANY: usize = if cfg!(miri) { 32 } else { 512 };
/// With fewer timers than this the wheel is freed. The distance to `MANY` is what keeps
/// a number that varies from making and freeing it all the time.
const FEW: usize = if cfg!(miri) { 8 } else { 64 };

pub(crate) struct Timers {
    heap: Heap,
    wheel: Cell<*mut Wheel>,
    /// Those for which neither has memory, in order: starting a timer never fails.
    unplaced: uv__queue,
    /// The timer that was stopped last, if its entry is still there. It is compared and
    /// never looked at.
    stopped: Cell<*const uv_timer_t>,
    /// Where that entry is, as the timer said it.
    stopped_place: Cell<usize>,
}

impl uv_timer_t {
    /// When the timer is due and, among equals, which was started first.
    pub(crate) fn key(&self) -> Key {
        Key {
            deadline: self.timeout.get(),
            start_id: self.start_id.get(),
        }
    }
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Heap::new(),
            wheel: Cell::new(null_mut()),
            unplaced: unlinked(),
            stopped: Cell::new(null()),
            stopped_place: Cell::new(0),
        }
    }

    /// Ties the list's ends together, once the timers are where they stay.
    pub(crate) fn init(&self) {
        self.unplaced.init();
    }

    /// Whether there is surely none.
    pub(crate) fn are_none(&self) -> bool {
        self.heap.len() == 0 && self.wheel.get().is_null() && self.unplaced.is_empty()
    }

    fn wheel(&self) -> Option<&Wheel> {
        // SAFETY: null, or a wheel that lives until this does not.
        unsafe { self.wheel.get().as_ref() }
    }

    /// Starts a timer that is to be due at `key`, or moves one; `now` is the loop's
    /// clock. An entry that is early enough stays where it is, and is moved when its
    /// turn comes. The timer is not linked.
    pub(crate) fn start(&self, timer: &uv_timer_t, key: Key, now: u64) {
        let has_entry = self.takes_back(timer) || timer.has_entry() && timer.is_active();
        let stays = has_entry && self.may_stay(timer, key);
        timer.timeout.set(key.deadline);
        timer.start_id.set(key.start_id);
        if !stays {
            if has_entry {
                self.remove(timer.place());
            }
            self.make_wheel_of_many(key, now);
            self.insert(timer);
        }
    }

    /// Makes the wheel if there are many timers and this one would be in it.
    fn make_wheel_of_many(&self, key: Key, now: u64) {
        let is_soon = key.deadline - now < SLOTS as u64;
        if is_soon && self.heap.len() >= MANY && self.wheel.get().is_null() {
            self.wheel.set(Wheel::allocate(now));
        }
    }

    /// A slot without memory for one more leaves the timer to the heap, which often
    /// has room.
    fn insert(&self, timer: &uv_timer_t) {
        let key = timer.key();
        let reaching = self.wheel().filter(|wheel| wheel.reaches(key.deadline));
        match reaching.and_then(|wheel| wheel.insert(timer, key.deadline).ok()) {
            Some(place) => timer.set_wheel_place(place),
            None if self.heap.insert(timer, key).is_ok() => {}
            None => self.insert_unplaced(timer),
        }
    }

    fn insert_unplaced(&self, timer: &uv_timer_t) {
        let head = core::ptr::from_ref(&self.unplaced).cast_mut();
        let mut before = self.unplaced.prev.get();
        // SAFETY: a linked timer is alive; the head is this one's own.
        unsafe {
            while before != head && (*of_link(before)).key() > timer.key() {
                before = (*before).prev.get();
            }
            (*before).push_front(timer.node.queue());
        }
        timer.set_linked();
    }

    /// Stops a timer that is started and not linked.
    pub(crate) fn stop(&self, timer: &uv_timer_t) {
        self.end_stop();
        if timer.has_entry() {
            self.stopped_place.set(timer.place());
            self.stopped.set(timer);
        }
    }

    /// Whether the timer is the one that was stopped last. If so its entry stays, if not
    /// that of the other is removed. A timer that was initialised since it was stopped
    /// says nothing of the entry any more.
    #[inline(always)]
    fn takes_back(&self, timer: &uv_timer_t) -> bool {
        let last = self.stopped.get();
        if last.is_null() {
            return false;
        }
        let is_it = core::ptr::eq(last, timer) && self.stopped_place.get() == timer.place();
        if is_it {
            self.stopped.set(null());
        } else {
            self.remove_stopped();
        }
        is_it
    }

    /// Removes the entry of the timer that was stopped last.
    #[inline(always)]
    fn end_stop(&self) {
        if !self.stopped.get().is_null() {
            self.remove_stopped();
        }
    }

    #[inline(never)]
    fn remove_stopped(&self) {
        self.stopped.set(null());
        self.remove(self.stopped_place.get());
    }

    /// Takes an entry out. Its timer is not looked at.
    #[inline(never)]
    fn remove(&self, place: usize) {
        match (place::in_wheel(place), self.wheel()) {
            (Some(place), Some(wheel)) => {
                if let Some(moved) = wheel.remove(place) {
                    // SAFETY: a timer that has an entry is alive.
                    unsafe { (*moved).set_wheel_place(place) };
                }
            }
            _ => self.heap.remove(place),
        }
        self.free_wheel_of_few();
    }

    /// Moves the wheel's entries to the heap and frees it, when few timers are left. If
    /// the heap has no memory for them they stay.
    fn free_wheel_of_few(&self) {
        if let Some(wheel) = self.wheel()
            && wheel.len() + self.heap.len() < FEW
            && self.empty_into_heap(wheel).is_ok()
        {
            // SAFETY: the wheel came from `allocate`; no timer's place is in it any more.
            unsafe { Wheel::free(self.wheel.replace(null_mut())) };
        }
    }

    #[cold]
    fn empty_into_heap(&self, wheel: &Wheel) -> Result {
        while let Some(slot) = wheel.first() {
            let (place, timer) = wheel.last_of(slot);
            // SAFETY: a timer that has an entry is alive.
            let timer = unsafe { &*timer };
            if timer.is_at(place) {
                self.heap.insert(timer, timer.key())?;
            }
            wheel.remove(place);
        }
        Ok(())
    }

    fn may_stay(&self, timer: &uv_timer_t, key: Key) -> bool {
        match (timer.wheel_place(), self.wheel()) {
            (Some(place), Some(wheel)) => wheel.deadline(place.slot) <= key.deadline,
            _ => self.heap.may_stay(timer.place(), key),
        }
    }

    /// The first timer that is not in the wheel.
    fn first_of_others(&self) -> Option<(Key, *const uv_timer_t)> {
        let heap = self.heap.first();
        if self.unplaced.is_empty() {
            return heap;
        }
        let timer = of_link(self.unplaced.first()).cast_const();
        // SAFETY: a linked timer is alive.
        let unplaced = (unsafe { (*timer).key() }, timer);
        Some(heap.map_or(unplaced, |heap| heap.min(unplaced)))
    }

    /// The first deadline, exactly.
    pub(crate) fn first_deadline(&self) -> Option<u64> {
        self.end_stop();
        let others = self.first_of_others().map(|(key, _)| key.deadline);
        let wheel = self.first_of_wheel();
        match (others, wheel) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// The wheel's first deadline. Entries in the way whose timers have moved on are
    /// put where they belong. An entry that is not its timer's own is dropped.
    fn first_of_wheel(&self) -> Option<u64> {
        let wheel = self.wheel()?;
        loop {
            let slot = wheel.first()?;
            let deadline = wheel.deadline(slot);
            let (place, timer) = wheel.last_of(slot);
            // SAFETY: a timer that has an entry is alive.
            let timer = unsafe { &*timer };
            let is_there = timer.is_at(place);
            if is_there && timer.timeout.get() == deadline {
                return Some(deadline);
            }
            wheel.remove(place);
            if is_there {
                self.insert(timer);
            }
        }
    }

    /// Moves every timer that is due at `now` to `round`, in order. `stopped` is told
    /// of each.
    pub(crate) fn take_due(&self, now: u64, round: &uv__queue, stopped: impl Fn(&uv_timer_t)) {
        self.end_stop();
        let fire = |timer: &uv_timer_t| {
            stopped(timer);
            round.push_back(timer.node.queue());
            timer.set_linked();
        };
        if let Some(wheel) = self.wheel() {
            while let Some(slot) = wheel.first().filter(|&slot| wheel.deadline(slot) <= now) {
                self.take_slot(wheel, slot, &fire);
            }
            self.take_others(Key::last_of(now), &fire);
            wheel.advance(now);
            self.free_wheel_of_few();
        } else {
            self.take_others(Key::last_of(now), &fire);
        }
    }

    /// Fires what is not in the wheel, up to `last`.
    fn take_others(&self, last: Key, fire: &impl Fn(&uv_timer_t)) {
        while let Some((_, timer)) = self.first_of_others().filter(|&(key, _)| key <= last) {
            // SAFETY: a timer that has an entry or is linked is alive.
            let timer = unsafe { &*timer };
            if timer.has_entry() {
                self.heap.remove(timer.place());
            } else {
                timer.unlink();
            }
            fire(timer);
        }
    }

    /// Fires one slot, and what else is due before or with it.
    fn take_slot(&self, wheel: &Wheel, slot: u16, fire: &impl Fn(&uv_timer_t)) {
        let deadline = wheel.deadline(slot);
        let (taken, len) = wheel.take(slot);
        sort_by_start(taken, len);
        for index in 0..len {
            // SAFETY: nothing is added to a slot that is being fired; timers that have
            // an entry are alive.
            let timer = unsafe { &**taken.add(index) };
            let place = timer.wheel_place().filter(|_| timer.is_active());
            if place.is_none_or(|place| place.slot != slot) {
                // The entry is not the timer's own: see `Heap::settle`.
                continue;
            }
            timer.forget_place();
            if timer.timeout.get() == deadline {
                self.take_others(timer.key(), fire);
                fire(timer);
            } else {
                self.insert(timer);
            }
        }
        wheel.emptied(slot);
    }
}

/// The timer that is linked by this.
fn of_link(link: *mut uv__queue) -> *mut uv_timer_t {
    container_of!(link, uv_timer_t, node)
}

/// Sorts what was taken from a slot, which mostly is in order already.
fn sort_by_start(entries: *mut *const uv_timer_t, len: usize) {
    // SAFETY: the slot's block holds `len` entries, and nothing else uses them now.
    let entries = unsafe { core::slice::from_raw_parts_mut(entries, len) };
    // SAFETY: timers that have an entry are alive.
    let start_id = |timer: &*const uv_timer_t| unsafe { (**timer).start_id.get() };
    if !entries.is_sorted_by_key(start_id) {
        entries.sort_unstable_by_key(start_id);
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        // SAFETY: null or from `allocate`, unreachable from now on.
        unsafe { Wheel::free(self.wheel.get()) };
    }
}
