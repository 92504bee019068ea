//! The timers that are started: a heap, and beside it, once there are many, a wheel
//! for those that are due soon.
//!
//! A few timers, or some far away, are best kept in the heap, which is small and
//! exact. A great many are best kept in the wheel. Which of the two a timer is in is
//! written in the timer; order and deadlines are the same whichever it is.

mod heap;
mod place;
mod wheel;

use super::queue::{container_of, unlinked};
use crate::abi::{uv__queue, uv_timer_t};
use core::cell::Cell;
use core::ptr::null_mut;
use heap::Heap;
use wheel::Wheel;

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

/// How many timers make the wheel worth its memory.
const MANY: usize = 512;

pub(crate) struct Timers {
    heap: Heap,
    wheel: Cell<*mut Wheel>,
    /// Those for which neither has memory, in order: starting a timer never fails.
    unplaced: uv__queue,
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
        let stays = timer.has_entry() && self.may_stay(timer, key);
        timer.timeout.set(key.deadline);
        timer.start_id.set(key.start_id);
        if !stays {
            self.remove(timer);
            if self.heap.len() >= MANY && self.wheel.get().is_null() {
                self.wheel.set(Wheel::allocate(now));
            }
            self.insert(timer);
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

    /// Takes a timer's entry out, if it has one. A timer that merely stops keeps it, in
    /// case it is started again; a handle that closes must not.
    pub(crate) fn remove(&self, timer: &uv_timer_t) {
        if !timer.has_entry() {
            return;
        }
        match (timer.wheel_place(), self.wheel()) {
            (Some(place), Some(wheel)) => {
                if let Some(moved) = wheel.remove(place) {
                    // SAFETY: a timer that has an entry is alive.
                    unsafe { (*moved).set_wheel_place(place) };
                }
            }
            _ => self.heap.remove(timer.place()),
        }
        timer.forget_place();
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
        let others = self.first_of_others().map(|(key, _)| key.deadline);
        let wheel = self.first_of_wheel();
        match (others, wheel) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        }
    }

    /// The wheel's first deadline. Entries in the way whose timers have moved on are
    /// put where they belong.
    fn first_of_wheel(&self) -> Option<u64> {
        let wheel = self.wheel()?;
        loop {
            let slot = wheel.first()?;
            let deadline = wheel.deadline(slot);
            // SAFETY: a timer that has an entry is alive.
            let timer = unsafe { &*wheel.last_of(slot) };
            if timer.is_active() && timer.timeout.get() == deadline {
                return Some(deadline);
            }
            self.remove(timer);
            if timer.is_active() {
                self.insert(timer);
            }
        }
    }

    /// Moves every timer that is due at `now` to `round`, in order. `stopped` is told
    /// of each.
    pub(crate) fn take_due(&self, now: u64, round: &uv__queue, stopped: impl Fn(&uv_timer_t)) {
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
        } else {
            self.take_others(Key::last_of(now), &fire);
        }
    }

    /// Fires what is not in the wheel, up to `last`.
    fn take_others(&self, last: Key, fire: &impl Fn(&uv_timer_t)) {
        while let Some((_, timer)) = self.first_of_others().filter(|&(key, _)| key <= last) {
            // SAFETY: a timer that has an entry or is linked is alive.
            let timer = unsafe { &*timer };
            timer.unlink();
            self.remove(timer);
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
            timer.forget_place();
            if timer.is_active() && timer.timeout.get() == deadline {
                self.take_others(timer.key(), fire);
                fire(timer);
            } else if timer.is_active() {
                self.insert(timer);
            }
        }
        wheel.shrink(slot);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::flags::ACTIVE;
    use std::collections::BTreeMap;

    fn timer() -> Box<uv_timer_t> {
        // SAFETY: every field of a timer may be all zeroes.
        let timer: Box<uv_timer_t> = unsafe { Box::new(core::mem::zeroed()) };
        timer.init_place();
        timer
    }

    /// A source of numbers that are the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, n: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (self.0 >> 33) % n
        }
    }

    #[test]
    fn many_timers_fire_in_the_order_of_a_sorted_map() {
        let (timers, mut numbers) = (Timers::new(), Numbers(7));
        timers.init();
        let all: Vec<_> = (0..3000).map(|_| timer()).collect();
        let mut model: BTreeMap<Key, usize> = BTreeMap::new();
        let (mut now, mut start_id) = (1_000_000u64, 0u64);
        let (mut fired, mut unplaced) = (0, 0);
        for step in 0..120_000u64 {
            let which = numbers.below(3000) as usize;
            let timer = &all[which];
            let live = model.get(&timer.key()) == Some(&which);
            match numbers.below(400) {
                0..20 if live => {
                    timer.clear(ACTIVE);
                    timer.unlink();
                    model.remove(&timer.key());
                }
                20..40 if live => {
                    timer.clear(ACTIVE);
                    timer.unlink();
                    timers.remove(timer);
                    model.remove(&timer.key());
                }
                40 => {
                    now += [0, 1, 3, 50, 70_000][numbers.below(5) as usize] * (step % 2);
                    let round = unlinked();
                    round.init();
                    timers.take_due(now, &round, |timer| timer.clear(ACTIVE));
                    loop {
                        let link = round.pop_front();
                        if link.is_null() {
                            break;
                        }
                        let (_, expected) = model.pop_first().unwrap();
                        assert_eq!(of_link(link).cast_const(), &raw const *all[expected]);
                        fired += 1;
                    }
                    assert!(model.keys().all(|key| key.deadline > now));
                }
                _ => {
                    if live {
                        model.remove(&timer.key());
                    }
                    let ahead = [5, 300, 60_000, 200_000][numbers.below(4) as usize];
                    let key = Key {
                        deadline: now + numbers.below(ahead),
                        start_id,
                    };
                    start_id += 1;
                    timer.unlink();
                    timers.start(timer, key, now);
                    timer.set(ACTIVE);
                    if numbers.below(50) == 0 {
                        // As when there is no memory.
                        timers.remove(timer);
                        timers.insert_unplaced(timer);
                        unplaced += 1;
                    }
                    model.insert(key, which);
                }
            }
            let first = model.first_key_value().map(|(key, _)| key.deadline);
            assert_eq!(timers.first_deadline(), first);
        }
        assert!(fired > 1000 && unplaced > 1000 && !timers.wheel.get().is_null());
    }
}
