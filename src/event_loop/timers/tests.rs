//! The heap and the wheel together, against a sorted map and by the bytes they keep.

use super::*;
use crate::event_loop::flags::ACTIVE;
use core::ptr::without_provenance_mut;
use std::collections::BTreeMap;

fn timer() -> Box<uv_timer_t> {
    // SAFETY: every field of a timer may be all zeroes.
    let timer: Box<uv_timer_t> = unsafe { Box::new(core::mem::zeroed()) };
    timer.init_position();
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

/// Miri takes minutes for what the processor does in a second.
const STEPS: u64 = if cfg!(miri) { 600 } else { 120_000 };
const ALL: usize = if cfg!(miri) { 150 } else { 3000 };

/// Does what the handle does: stops the timer.
fn stop(timers: &Timers, timer: &uv_timer_t) {
    timer.unlink();
    if timer.is_active() {
        timers.stop(timer);
    }
    timer.clear(ACTIVE);
}

/// Does what the handle does: starts the timer.
fn start(timers: &Timers, timer: &uv_timer_t, now: u64, timeout: u64, start_id: u64) -> Key {
    timer.unlink();
    let deadline = now + timeout;
    let key = Key { deadline, start_id };
    timers.start(timer, key, now);
    timer.set(ACTIVE);
    key
}

/// Does what the loop does: the timers that are due at `now`, in order.
fn due(timers: &Timers, now: u64) -> Vec<*const uv_timer_t> {
    let round = unlinked();
    round.init();
    timers.take_due(now, &round, |timer| timer.clear(ACTIVE));
    let mut all = Vec::new();
    while !round.is_empty() {
        let timer = of_link(round.pop_front()).cast_const();
        // SAFETY: the tests' timers outlive their use here.
        unsafe { (*timer).init_position() };
        all.push(timer);
    }
    all
}

/// Does what a program may do with a stopped timer: uses its memory for something else,
/// and then for a timer again.
fn reuse_memory(timers: &Timers, timer: &uv_timer_t, numbers: &Numbers) {
    let word = without_provenance_mut(numbers.0 as usize % 100);
    timer.node.words().iter().for_each(|at| at.set(word));
    timer.timeout.set(numbers.0);
    timer.start_id.set(u64::MAX);
    timer.init_position();
    timers.remove_if_stopped(timer);
}

const NOW: u64 = 1_000_000;

/// Bytes in blocks, without the wheel's maps.
fn bytes(timers: &Timers) -> usize {
    let wheel = timers.wheel().map_or(0, Wheel::block_bytes);
    timers.heap.block_bytes() + wheel
}

#[test]
fn many_timers_fire_in_the_order_of_a_sorted_map() {
    let (timers, mut numbers) = (Timers::new(), Numbers(7));
    timers.init();
    let all: Vec<_> = (0..ALL).map(|_| timer()).collect();
    let mut model: BTreeMap<Key, usize> = BTreeMap::new();
    let (mut now, mut start_id) = (NOW, 0u64);
    let (mut fired, mut overflowed, mut wheels) = (0, 0, 0u32);
    for step in 0..STEPS {
        // In half of the time timers come and go, in the other half almost all stop.
        let many_stop = step % (STEPS / 6) >= STEPS / 12;
        let which = if many_stop {
            step
        } else {
            numbers.below(ALL as u64)
        } as usize
            % ALL;
        let timer = &all[which];
        let live = model.get(&timer.key()) == Some(&which);
        let stops = if many_stop { 0..398 } else { 0..40 };
        let had_wheel = timers.wheel().is_some();
        match numbers.below(400) {
            n if stops.contains(&n) => {
                if live {
                    model.remove(&timer.key());
                    stop(&timers, timer);
                    if n % 2 == 0 {
                        reuse_memory(&timers, timer, &numbers);
                    }
                }
            }
            399 => {
                now += [0, 1, 3, 50, 70_000][numbers.below(5) as usize] * (step % 2);
                for timer in due(&timers, now) {
                    let (_, expected) = model.pop_first().unwrap();
                    assert_eq!(timer, &raw const *all[expected]);
                    fired += 1;
                }
                assert!(model.keys().all(|key| key.deadline > now));
            }
            _ => {
                if live {
                    model.remove(&timer.key());
                }
                let ahead = [5, 300, 60_000, 200_000][numbers.below(4) as usize];
                if live && numbers.below(3) == 0 {
                    stop(&timers, timer);
                }
                let key = start(&timers, timer, now, numbers.below(ahead), start_id);
                start_id += 1;
                if numbers.below(50) == 0 {
                    // As when there is no memory.
                    stop(&timers, timer);
                    timers.remove_stopped();
                    timers.insert_in_overflow(timer);
                    timer.set(ACTIVE);
                    overflowed += 1;
                }
                model.insert(key, which);
            }
        }
        if numbers.below(2) == 0 {
            let first = model.first_key_value().map(|(key, _)| key.deadline);
            assert_eq!(timers.first_deadline(), first);
        }
        wheels += u32::from(!had_wheel && timers.wheel().is_some());
    }
    let enough = if cfg!(miri) { [1; 3] } else { [1000, 500, 3] };
    let found = [fired, overflowed, wheels];
    assert!(
        found.iter().zip(enough).all(|(n, least)| *n >= least),
        "{found:?}"
    );
}

#[test]
fn what_many_timers_took_is_given_back_when_they_stop_or_fire() {
    let many = if cfg!(miri) { 120 } else { 200_000 };
    let (timers, mut numbers) = (Timers::new(), Numbers(3));
    timers.init();
    let all: Vec<_> = (0..many).map(|_| timer()).collect();
    let mut start_id = 0;
    // At one time, within reach of the wheel, beyond it.
    for (from, span) in [(5, 1), (0, 60_000), (100_000, 100_000)] {
        for fires in [false, true] {
            for timer in &all {
                let timeout = from + numbers.below(span);
                start(&timers, timer, NOW, timeout, start_id);
                start_id += 1;
            }
            assert!(bytes(&timers) > many * size_of::<usize>());
            let keeps = 5;
            if fires {
                all[..keeps].iter().for_each(|timer| stop(&timers, timer));
                assert_eq!(due(&timers, NOW + 300_000).len(), many - keeps);
                assert_eq!(timers.first_deadline(), None);
            } else {
                all[keeps..].iter().for_each(|timer| stop(&timers, timer));
                assert!(timers.first_deadline().is_some());
            }
            assert!(timers.wheel().is_none());
            assert!(bytes(&timers) <= 8192, "{} bytes", bytes(&timers));
        }
    }
}

#[test]
fn a_wheel_that_many_timers_have_left_gives_back_most_of_its_blocks() {
    let (timers, slots) = (Timers::new(), if cfg!(miri) { 20 } else { 60_000 });
    timers.init();
    let all: Vec<_> = (0..slots * 10 + 1000).map(|_| timer()).collect();
    for (at, timer) in all.iter().enumerate() {
        start(&timers, timer, NOW, 1 + at as u64 % slots as u64, at as u64);
    }
    // Enough stay for the wheel to be worth its memory.
    all[..slots * 10 + 800]
        .iter()
        .for_each(|timer| stop(&timers, timer));
    assert!(timers.wheel().is_some());
    assert!(bytes(&timers) <= (1 << 18), "{} bytes", bytes(&timers));
}

#[test]
fn a_started_timer_that_is_initialised_again_is_neither_called_twice_nor_for_ever() {
    for many in [3, if cfg!(miri) { 60 } else { 2000 }] {
        let timers = Timers::new();
        timers.init();
        let all: Vec<_> = (0..many).map(|_| timer()).collect();
        let mut starts = 0;
        for round in 0..3 {
            for (at, timer) in all.iter().enumerate() {
                if round % 2 == 1 {
                    // Undefined in libuv, where the heap leads into itself then.
                    timer.clear(ACTIVE);
                    timer.init_position();
                }
                let (timeout, start_id) = (10 + (at as u64 * 7 + round * 3) % 50, starts);
                start(&timers, timer, NOW, timeout, start_id);
                starts += 1;
            }
            assert!(timers.first_deadline() >= Some(NOW + 10));
        }
        assert_eq!(due(&timers, NOW + 100).len(), many);
        assert_eq!(timers.first_deadline(), None);
    }
}
