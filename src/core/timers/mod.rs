//! The timers that are started: a heap, and beside it, once there are many, a wheel
//! for those that are due soon.
//!
//! A few timers, or some far away, are best kept in the heap, which is small and
//! exact. A great many are best kept in the wheel. Which of the two a timer is in is
//! written in the timer; order and deadlines are the same whichever it is.

mod heap;
mod wheel;

use crate::abi::{uv__queue, uv_timer_t};
use crate::errno::Result;
use core::cell::Cell;
use core::ptr::null_mut;
use heap::Heap;
use wheel::{Place, Wheel};

/// When a timer is due and, among equals, which was started first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    pub(crate) deadline: u64,
    pub(crate) start_id: u64,
}

/// How many timers make the wheel worth its memory.
const MANY: usize = 512;

pub(crate) struct Timers {
    heap: Heap,
    wheel: Cell<*mut Wheel>,
}

/// The third word of a timer's node says where its entry is: an index in the heap, or
/// this bit, the slot and the index in it, or nowhere. (The first two are the link in
/// the round of timers that are due.)
const IN_WHEEL: usize = 1 << 63;
const NOWHERE: usize = usize::MAX;

impl uv_timer_t {
    /// When the timer is due and, among equals, which was started first.
    pub(crate) fn key(&self) -> Key {
        Key {
            deadline: self.timeout.get(),
            start_id: self.start_id.get(),
        }
    }

    /// Says that the timer has no entry.
    pub(crate) fn forget_place(&self) {
        self.set_place(NOWHERE);
    }

    fn has_entry(&self) -> bool {
        self.place() != NOWHERE
    }

    fn place(&self) -> usize {
        self.node.heap()[2].get().addr()
    }

    fn set_place(&self, place: usize) {
        self.node.heap()[2].set(core::ptr::without_provenance_mut(place));
    }

    fn wheel_place(&self) -> Option<Place> {
        let place = self.place();
        (place & IN_WHEEL != 0).then_some(Place {
            slot: (place >> 32) as u16,
            index: place as u32,
        })
    }

    fn set_wheel_place(&self, place: Place) {
        self.set_place(IN_WHEEL | usize::from(place.slot) << 32 | place.index as usize);
    }
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Self {
            heap: Heap::new(),
            wheel: Cell::new(null_mut()),
        }
    }

    fn wheel(&self) -> Option<&Wheel> {
        // SAFETY: null, or a wheel that lives until this does not.
        unsafe { self.wheel.get().as_ref() }
    }

    /// Starts a timer that is to be due at `key`, or moves one; `now` is the loop's
    /// clock. An entry that is early enough stays where it is, and is moved when its
    /// turn comes. Fails only for want of memory, and then the timer has no entry.
    pub(crate) fn start(&self, timer: &uv_timer_t, key: Key, now: u64) -> Result {
        let stays = timer.has_entry() && self.may_stay(timer, key);
        timer.timeout.set(key.deadline);
        timer.start_id.set(key.start_id);
        if stays {
            return Ok(());
        }
        self.remove(timer);
        self.insert(timer, key, now)
    }

    fn insert(&self, timer: &uv_timer_t, key: Key, now: u64) -> Result {
        if self.heap.len() >= MANY && self.wheel.get().is_null() {
            self.wheel.set(Wheel::allocate(now));
        }
        self.insert_again(timer, key)
    }

    /// A slot without memory for one more leaves the timer to the heap, which often
    /// has room.
    fn insert_again(&self, timer: &uv_timer_t, key: Key) -> Result {
        let reaching = self.wheel().filter(|wheel| wheel.reaches(key.deadline));
        match reaching.and_then(|wheel| wheel.insert(timer, key.deadline).ok()) {
            Some(place) => {
                timer.set_wheel_place(place);
                Ok(())
            }
            None => self.heap.insert(timer, key),
        }
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

    /// The first deadline, exactly.
    pub(crate) fn first_deadline(&self) -> Option<u64> {
        let heap = self.heap.first().map(|(key, _)| key.deadline);
        let wheel = self.first_of_wheel();
        match (heap, wheel) {
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
            if !timer.is_active() {
                self.remove(timer);
                continue;
            }
            // Without memory to move it the entry stays: the loop wakes once too early.
            if timer.timeout.get() == deadline || !self.relocate(timer) {
                return Some(deadline);
            }
        }
    }

    /// Moves an entry to where its timer belongs; false when there is no memory.
    fn relocate(&self, timer: &uv_timer_t) -> bool {
        let before = timer.place();
        if self.insert_again(timer, timer.key()).is_err() {
            return false;
        }
        let after = timer.place();
        timer.set_place(before);
        self.remove(timer);
        timer.set_place(after);
        true
    }

    /// Moves every timer that is due at `now` to `round`, in order. `stopped` is told
    /// of each.
    pub(crate) fn take_due(&self, now: u64, round: &uv__queue, stopped: impl Fn(&uv_timer_t)) {
        let fire = |timer: &uv_timer_t| {
            timer.forget_place();
            stopped(timer);
            round.push_back(timer.node.queue());
        };
        if let Some(wheel) = self.wheel() {
            while let Some(slot) = wheel.first().filter(|&slot| wheel.deadline(slot) <= now) {
                self.take_slot(wheel, slot, &fire);
            }
            self.take_from_heap(now, &fire);
            wheel.advance(now);
        } else {
            self.take_from_heap(now, &fire);
        }
    }

    fn take_from_heap(&self, until: u64, fire: &impl Fn(&uv_timer_t)) {
        while let Some((key, timer)) = self.heap.first() {
            if key.deadline > until {
                return;
            }
            // SAFETY: a timer that has an entry is alive.
            let timer = unsafe { &*timer };
            self.heap.remove(timer.place());
            fire(timer);
        }
    }

    /// Fires one slot, and the heap's timers that are due before or with it.
    fn take_slot(&self, wheel: &Wheel, slot: u16, fire: &impl Fn(&uv_timer_t)) {
        let deadline = wheel.deadline(slot);
        if let Some(before) = deadline.checked_sub(1) {
            self.take_from_heap(before, fire);
        }
        let (taken, len) = wheel.take(slot);
        sort_by_start(taken, len);
        for index in 0..len {
            // SAFETY: fewer entries than were read have been added, so this one is as
            // it was; timers that have an entry are alive.
            let timer = unsafe { &**taken.add(index) };
            if !timer.is_active() || timer.timeout.get() != deadline {
                self.move_on(timer);
                continue;
            }
            self.take_from_heap_before(timer.key(), fire);
            fire(timer);
        }
        wheel.shrink(slot);
    }

    /// A timer of a slot that is due has stopped or moved on.
    fn move_on(&self, timer: &uv_timer_t) {
        let (key, was) = (timer.key(), timer.wheel_place());
        timer.forget_place();
        if !timer.is_active() {
            return;
        }
        if self.insert_again(timer, key).is_err() {
            // There is no memory at all: better a timer that is late than one that is
            // lost. The slot it came from has room, and comes round again.
            if let Some((wheel, place)) = self.wheel().zip(was)
                && let Ok(place) = wheel.insert(timer, wheel.deadline(place.slot))
            {
                timer.set_wheel_place(place);
            }
        }
    }

    fn take_from_heap_before(&self, key: Key, fire: &impl Fn(&uv_timer_t)) {
        while let Some((first, timer)) = self.heap.first() {
            if first > key {
                return;
            }
            // SAFETY: a timer that has an entry is alive.
            let timer = unsafe { &*timer };
            self.heap.remove(timer.place());
            fire(timer);
        }
    }
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
    use crate::core::queue::container_of;
    use crate::core::run::local_queue;
    use std::collections::BTreeMap;

    fn timer() -> Box<uv_timer_t> {
        // SAFETY: every field of a timer may be all zeroes.
        let timer: Box<uv_timer_t> = unsafe { Box::new(core::mem::zeroed()) };
        timer.forget_place();
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
        let all: Vec<_> = (0..3000).map(|_| timer()).collect();
        let mut model: BTreeMap<Key, usize> = BTreeMap::new();
        let (mut now, mut start_id, mut fired) = (1_000_000u64, 0u64, 0);
        for step in 0..120_000u64 {
            let which = numbers.below(3000) as usize;
            let timer = &all[which];
            let live = model.get(&timer.key()) == Some(&which);
            match numbers.below(400) {
                0..20 if live => {
                    timer.clear(ACTIVE);
                    model.remove(&timer.key());
                }
                20..40 if live => {
                    timer.clear(ACTIVE);
                    timers.remove(timer);
                    model.remove(&timer.key());
                }
                40 => {
                    now += [0, 1, 3, 50, 70_000][numbers.below(5) as usize] * (step % 2);
                    let round = local_queue();
                    round.init();
                    timers.take_due(now, &round, |timer| timer.clear(ACTIVE));
                    loop {
                        let link = round.pop_front();
                        if link.is_null() {
                            break;
                        }
                        let (_, expected) = model.pop_first().unwrap();
                        let got = container_of!(link, uv_timer_t, node);
                        assert_eq!(got.cast_const(), &raw const *all[expected]);
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
                    timers.start(timer, key, now).unwrap();
                    timer.set(ACTIVE);
                    model.insert(key, which);
                }
            }
            let first = model.first_key_value().map(|(key, _)| key.deadline);
            assert_eq!(timers.first_deadline(), first);
        }
        assert!(fired > 1000 && !timers.wheel.get().is_null());
    }
}
