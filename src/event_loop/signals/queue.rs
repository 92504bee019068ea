//! A loop's signal queue: the numbers of signals that arrived and were not delivered.
//!
//! Signal handlers of any number of threads put numbers in, the loop takes them out, and
//! neither takes a lock. A pipe, as libuv has it, would cost a write, an event and a read
//! for each signal.
//!
//! A ring of [`ROOM`] slots. Arrival number `n` goes into slot `n % ROOM`, and `n / ROOM` is
//! its lap. A slot holds a lap and a signal number, which is 0 while the slot is free for that
//! lap. A handler fills the slot at `tail` with one compare-and-swap, which is the
//! moment at which the signal has arrived, and then advances `tail`. If it is interrupted
//! between the two, or is left behind by a fork, the next handler, or the loop, advances
//! `tail` in its place. So there is no half-made entry for which anyone would have to wait.
//! A handler that read `tail` long ago finds another lap in the slot and starts again.
//!
//! *No sleep is missed.* The handler fills the slot and then reads whether the loop may
//! sleep (`async_/`); the loop says that it may and then reads the slot. All four are
//! sequentially consistent, so at least one of them sees the other.

use super::SIGNALS;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::*};

/// How many can wait, which is what libuv's pipe holds. A power of two, so that slots stay
/// in order when an arrival's number wraps around.
const ROOM: u32 = 4096;
/// How far left of the signal's number a slot has its lap.
const LAP: u32 = 8;

const _: () = assert!(SIGNALS < 1 << LAP && ROOM.is_power_of_two() && ROOM >= 1 << LAP);

pub(crate) struct Queue {
    /// [`ROOM`] slots; null until `open`.
    ring: Cell<*mut AtomicU32>,
    /// The arrival that handlers try next; behind the last one by one at most.
    tail: AtomicU32,
    /// How many the loop has seen in the queue. The loop's thread only, like `taken`.
    seen: Cell<u32>,
    /// How many the loop has taken out.
    taken: Cell<u32>,
}

/// What the slot of an arrival holds while it is free.
fn free(arrival: u32) -> u32 {
    (arrival / ROOM) << LAP
}

/// The number in a slot's word, if it is that arrival's; 0 if the slot is free.
fn number(word: u32, arrival: u32) -> Option<u32> {
    let number = word ^ free(arrival);
    (number < 1 << LAP).then_some(number)
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            ring: Cell::new(null_mut()),
            tail: AtomicU32::new(0),
            seen: Cell::new(0),
            taken: Cell::new(0),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.ring.get().is_null()
    }

    /// Makes room. No handler looks at the queue yet, and it was never open before.
    pub(super) fn open(&self) -> Result {
        let ring = alloc::calloc(ROOM as usize, size_of::<AtomicU32>());
        if ring.is_null() {
            return Err(Errno::NOMEM);
        }
        self.ring.set(ring.cast());
        Ok(())
    }

    /// Gives the room back. No handler looks at the queue any more.
    pub(super) fn close(&self) {
        // SAFETY: null or from the allocator, and `slot` finds it no more.
        unsafe { alloc::free(self.ring.replace(null_mut()).cast()) };
    }

    fn slot(&self, arrival: u32) -> Option<&AtomicU32> {
        let at = (arrival % ROOM) as usize;
        // SAFETY: the ring is null or has that many slots until it is closed.
        unsafe { self.ring.get().add(at).as_ref() }
    }

    /// The signal of an arrival, if it is in the queue.
    fn get(&self, arrival: u32) -> Option<u32> {
        let word = self.slot(arrival)?.load(SeqCst);
        number(word, arrival).filter(|number| *number != 0)
    }

    /// An arrival is in its slot: the next one goes behind it.
    fn advance(&self, arrival: u32) {
        // If it fails, another thread has done it.
        let next = arrival.wrapping_add(1);
        let _ = self.tail.compare_exchange(arrival, next, SeqCst, Relaxed);
    }

    /// Puts a signal in; false when there is no room. Signal handlers of any thread.
    pub(super) fn put(&self, signum: c_int) -> bool {
        loop {
            let arrival = self.tail.load(SeqCst);
            let Some(slot) = self.slot(arrival) else {
                return false;
            };
            let free = free(arrival);
            match slot.compare_exchange(free, free | signum as u32, SeqCst, SeqCst) {
                Ok(_) => {
                    self.advance(arrival);
                    return true;
                }
                Err(word) if number(word, arrival).is_some() => self.advance(arrival),
                // Still that of the lap before.
                Err(word) if number(word, arrival.wrapping_sub(ROOM)).is_some() => return false,
                // Of a later lap: `tail` has moved on.
                Err(_) => {}
            }
        }
    }

    /// Whether a signal waits to be taken.
    pub(crate) fn is_due(&self) -> bool {
        self.get(self.taken.get()).is_some()
    }

    /// How many signals of the queue the loop has seen.
    pub(crate) fn seen(&self) -> u32 {
        self.seen.get()
    }

    /// Looks for the next arrival that the loop has not seen: its signal.
    pub(super) fn see(&self) -> Option<u32> {
        let arrival = self.seen.get();
        let signum = self.get(arrival)?;
        // The slot becomes free when the arrival is taken: handlers must be past it by then.
        self.advance(arrival);
        self.seen.set(arrival.wrapping_add(1));
        Some(signum)
    }

    /// Takes as many out as were seen and fit: how many, and the number of the first.
    pub(super) fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
        let first = self.taken.get();
        let mut count = 0;
        while count < numbers.len() && self.taken.get() != self.seen.get() {
            let arrival = self.taken.get();
            numbers[count] = self.get(arrival).unwrap_or(0) as u8;
            if let Some(slot) = self.slot(arrival) {
                slot.store(free(arrival.wrapping_add(ROOM)), SeqCst);
            }
            self.taken.set(arrival.wrapping_add(1));
            count += 1;
        }
        (count, first.wrapping_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    struct Shared(Queue);

    // SAFETY: the ring does not change while it is shared, the cells are the taking
    // thread's alone, and all else is atomic.
    unsafe impl Sync for Shared {}

    impl Drop for Shared {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    impl Shared {
        fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
            while self.0.see().is_some() {}
            self.0.take(numbers)
        }
    }

    /// A queue through which so many have gone.
    fn queue(gone: u32) -> Shared {
        let shared = Shared(Queue::new());
        shared.0.open().expect("there is memory");
        for at in 0..ROOM {
            let lap = if at < gone % ROOM {
                gone.wrapping_add(ROOM)
            } else {
                gone
            };
            let slot = shared.0.slot(at).expect("the queue is open");
            slot.store(free(lap / ROOM * ROOM), Relaxed);
        }
        shared.0.tail.store(gone, Relaxed);
        shared.0.seen.set(gone);
        shared.0.taken.set(gone);
        shared
    }

    #[test]
    fn takes_in_order_and_across_the_wrap() {
        let shared = queue(u32::MAX - 2);
        let mut numbers = [0; 4];
        assert!(!shared.0.is_due());
        assert_eq!(shared.take(&mut numbers), (0, u32::MAX - 1));
        assert!((1..=6).all(|signum| shared.0.put(signum)));
        assert!(shared.0.is_due());
        assert_eq!(shared.take(&mut numbers), (4, u32::MAX - 1));
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(shared.take(&mut numbers), (2, 2));
        assert_eq!(numbers[..2], [5, 6]);
        assert_eq!(shared.take(&mut numbers), (0, 4));
        assert!(!shared.0.is_due());
    }

    #[test]
    fn holds_so_many() {
        for gone in [0, 5, u32::MAX - 7] {
            let shared = queue(gone);
            let put = (0..2 * ROOM).filter(|_| shared.0.put(64)).count();
            assert_eq!(put, ROOM as usize);
            assert_eq!(shared.take(&mut [0]).0, 1);
            assert!(shared.0.put(1) && !shared.0.put(2));
            let mut numbers = [0; 2 * ROOM as usize];
            assert_eq!(shared.take(&mut numbers).0, ROOM as usize);
            assert_eq!(numbers[ROOM as usize - 2..][..3], [64, 1, 0]);
            assert!(!shared.0.is_due());
        }
    }

    #[test]
    fn goes_on_where_a_thread_stopped_between_filling_and_advancing() {
        let shared = queue(u32::MAX);
        let stop_after_filling = |signum: u32| {
            let arrival = shared.0.tail.load(Relaxed);
            let slot = shared.0.slot(arrival).expect("the queue is open");
            slot.store(free(arrival) | signum, Relaxed);
            arrival
        };
        let mut numbers = [0; 4];
        stop_after_filling(7);
        assert!(shared.0.is_due() && shared.0.put(8));
        let stopped = stop_after_filling(9);
        assert_eq!(shared.take(&mut numbers).0, 3);
        assert_eq!(numbers[..3], [7, 8, 9]);
        // It wakes up long after.
        assert!(shared.0.put(10));
        shared.0.advance(stopped);
        assert!(shared.0.put(11));
        assert_eq!(shared.take(&mut numbers).0, 2);
        assert_eq!(numbers[..2], [10, 11]);
    }

    #[test]
    fn hands_over_from_several_threads_each_in_its_order() {
        const THREADS: usize = 3;
        const EACH: usize = if cfg!(miri) { 30 } else { 30_000 };
        let (shared, left) = (queue(u32::MAX - 9), AtomicUsize::new(THREADS));
        let mut got = [0; THREADS];
        std::thread::scope(|scope| {
            let (shared, left) = (&shared, &left);
            for thread in 0..THREADS {
                scope.spawn(move || {
                    for at in 0..EACH {
                        while !shared.0.put((1 + thread * 20 + at % 20) as c_int) {
                            std::thread::yield_now();
                        }
                    }
                    left.fetch_sub(1, SeqCst);
                });
            }
            loop {
                let over = left.load(SeqCst) == 0;
                let mut numbers = [0; 32];
                let (count, _) = shared.take(&mut numbers);
                for signum in numbers[..count].iter().map(|n| usize::from(*n) - 1) {
                    assert_eq!(signum % 20, got[signum / 20] % 20);
                    got[signum / 20] += 1;
                }
                if over && count == 0 {
                    return;
                }
            }
        });
        assert_eq!(got, [EACH; THREADS]);
    }
}
