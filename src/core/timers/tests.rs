//! The heap and the wheel together, against a sorted map and by the bytes they keep.

use super::*;
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

/// Miri takes minutes for what the processor does in a second.
const STEPS: u64 = if cfg!(miri) { 6_000 } else { 120_000 };

/// `core::timers` with the functions that handles have around it.
fn stop(timers: &Timers, timer: &uv_timer_t) {
    timer.unlink();
    timers.remove(timer);
}

fn start(timers: &Timers, timer: &uv_timer_t, deadline: u64, start_id: u64) -> Key {
    timer.unlink();
    let key = Key { deadline, start_id };
    timers.start(timer, key, NOW.min(deadline));
    key
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
    let all: Vec<_> = (0..3000).map(|_| timer()).collect();
    let mut model: BTreeMap<Key, usize> = BTreeMap::new();
    let (mut now, mut start_id) = (NOW, 0u64);
    let (mut fired, mut unplaced, mut wheels) = (0, 0, 0);
    for step in 0..STEPS {
        let which = numbers.below(3000) as usize;
        let timer = &all[which];
        let live = model.get(&timer.key()) == Some(&which);
        // From time to time most of the timers stop.
        let stops = if step % 10_000 < 8_000 { 0..40 } else { 0..380 };
        let had_wheel = timers.wheel().is_some();
        match numbers.below(400) {
            n if stops.contains(&n) => {
                if live {
                    stop(&timers, timer);
                    model.remove(&timer.key());
                    // The program may use the memory for another timer.
                    timer.start_id.set(u64::MAX);
                    timer.init_place();
                }
            }
            399 => {
                now += [0, 1, 3, 50, 70_000][numbers.below(5) as usize] * (step % 2);
                let round = unlinked();
                round.init();
                timers.take_due(now, &round, |_| ());
                loop {
                    let link = round.pop_front();
                    if link.is_null() {
                        break;
                    }
                    let (_, expected) = model.pop_first().unwrap();
                    // SAFETY: the test's timers outlive all of this.
                    unsafe { (*of_link(link)).init_place() };
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
        wheels += u32::from(!had_wheel && timers.wheel().is_some());
    }
    assert!(cfg!(miri) || fired > 1000 && unplaced > 1000 && wheels > 1);
}

#[test]
fn what_many_timers_took_is_given_back_when_they_stop_or_fire() {
    let many = if cfg!(miri) { 2_000 } else { 200_000 };
    let (timers, mut numbers) = (Timers::new(), Numbers(3));
    timers.init();
    let all: Vec<_> = (0..many).map(|_| timer()).collect();
    let mut start_id = 0;
    // At one time, within reach of the wheel, beyond it.
    for (from, span) in [(5, 1), (0, 60_000), (100_000, 100_000)] {
        for fires in [false, true] {
            for timer in &all {
                let deadline = NOW + from + numbers.below(span);
                start(&timers, timer, deadline, start_id);
                start_id += 1;
            }
            assert!(bytes(&timers) > many * size_of::<usize>());
            let keeps = 10;
            if fires {
                all[..keeps].iter().for_each(|timer| stop(&timers, timer));
                let round = unlinked();
                round.init();
                timers.take_due(NOW + 300_000, &round, |timer| {
                    timer.timeout.set(0);
                });
                while !round.is_empty() {
                    // SAFETY: the test's timers outlive all of this.
                    unsafe { (*of_link(round.pop_front())).init_place() };
                }
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
    let (timers, slots) = (Timers::new(), if cfg!(miri) { 200 } else { 60_000 });
    timers.init();
    let all: Vec<_> = (0..slots * 10 + 1000).map(|_| timer()).collect();
    for (at, timer) in all.iter().enumerate() {
        let deadline = NOW + 1 + at as u64 % slots as u64;
        start(&timers, timer, deadline, at as u64);
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
    for many in [3, 2000] {
        let timers = Timers::new();
        timers.init();
        let all: Vec<_> = (0..many).map(|_| timer()).collect();
        for round in 0..3 {
            for (at, timer) in all.iter().enumerate() {
                if round % 2 == 1 {
                    // Undefined in libuv, where the heap leads into itself then.
                    timer.init_place();
                }
                let deadline = NOW + 10 + (at as u64 * 7 + round * 3) % 50;
                start(&timers, timer, deadline, round * many as u64 + at as u64);
            }
            assert!(timers.first_deadline() >= Some(NOW + 10));
        }
        let round = unlinked();
        round.init();
        timers.take_due(NOW + 100, &round, |_| ());
        let mut fired = 0;
        while !round.is_empty() {
            // SAFETY: the test's timers outlive all of this.
            unsafe { (*of_link(round.pop_front())).init_place() };
            fired += 1;
        }
        assert_eq!(fired, many);
        assert_eq!(timers.first_deadline(), None);
    }
}
