//! A loop's signal queue: the numbers of signals that were caught and not delivered yet.
//!
//! Signal handlers on any thread add numbers and the loop removes them; neither takes a lock. A
//! pipe, which libuv uses, costs a write, an event and a read for each signal.
//!
//! The queue is a circular buffer of [`SLOTS`] slots. Each signal gets a sequence number `n` and
//! goes into slot `n % SLOTS`; `n / SLOTS` is its lap. A slot holds a lap and a signal number,
//! which is 0 while the slot is free for that lap. A handler fills the slot at `tail` with one
//! compare-and-swap and then advances `tail`. If it is interrupted between the two, or is left
//! behind by a fork, the next handler, or the loop, advances `tail` in its place: no step waits
//! for another thread. A handler that read `tail` long ago finds another lap in the slot and
//! starts again.
//!
//! *No wake-up is lost.* The handler fills the slot and then reads whether the loop is asleep
//! (`async_/`); the loop marks itself as asleep and then reads the slot. All four operations are
//! sequentially consistent, so at least one side sees the other.

use super::SIGNALS;
use crate::errno::Result;
use crate::event_loop::alloc;
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering::*};

/// The capacity, which is that of libuv's pipe. A power of two, so that the slots stay in order
/// when the sequence number wraps around.
const SLOTS: u32 = 4096;
/// The shift of the lap in a slot; the signal's number is below.
const LAP: u32 = 8;

const _: () = assert!(SIGNALS < 1 << LAP && SLOTS.is_power_of_two() && SLOTS >= 1 << LAP);

pub(crate) struct Queue {
    /// [`SLOTS`] slots; null until `open`.
    slots: Cell<*mut AtomicU32>,
    /// The sequence number that handlers try next; at most one behind the last one used.
    tail: AtomicU32,
    /// The sequence number up to which the loop has counted signals. Used by the loop's thread
    /// only, like `taken`.
    seen: Cell<u32>,
    /// The sequence number up to which the loop has removed signals.
    taken: Cell<u32>,
}

/// The content of a free slot for a sequence number.
fn free(sequence: u32) -> u32 {
    (sequence / SLOTS) << LAP
}

/// The signal in a slot if its lap is that of the sequence number; 0 if the slot is free.
fn number(word: u32, sequence: u32) -> Option<u32> {
    let number = word ^ free(sequence);
    (number < 1 << LAP).then_some(number)
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Cell::new(null_mut()),
            tail: AtomicU32::new(0),
            seen: Cell::new(0),
            taken: Cell::new(0),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.slots.get().is_null()
    }

    /// Allocates the slots. No handler uses the queue yet.
    pub(super) fn open(&self) -> Result {
        let slots = alloc::calloc(SLOTS as usize, size_of::<AtomicU32>())?;
        self.slots.set(slots);
        Ok(())
    }

    /// Frees the slots. No handler uses the queue any more.
    pub(super) fn close(&self) {
        // SAFETY: null or a block of the allocator, which nothing refers to any more.
        unsafe { alloc::free(self.slots.replace(null_mut()).cast()) };
    }

    fn slot(&self, sequence: u32) -> Option<&AtomicU32> {
        let at = (sequence % SLOTS) as usize;
        // SAFETY: the block is null or has that many slots until `close`.
        unsafe { self.slots.get().add(at).as_ref() }
    }

    /// The signal with a sequence number, if it is in the queue.
    fn get(&self, sequence: u32) -> Option<u32> {
        let word = self.slot(sequence)?.load(SeqCst);
        number(word, sequence).filter(|number| *number != 0)
    }

    /// Moves `tail` past a sequence number that is in use.
    fn advance(&self, sequence: u32) {
        // On failure another thread has done it.
        let next = sequence.wrapping_add(1);
        let _ = self.tail.compare_exchange(sequence, next, SeqCst, Relaxed);
    }

    /// Adds a signal; false if the queue is full. Async-signal-safe, from any thread.
    pub(super) fn push(&self, signum: c_int) -> bool {
        loop {
            let sequence = self.tail.load(SeqCst);
            let Some(slot) = self.slot(sequence) else {
                return false;
            };
            let free = free(sequence);
            match slot.compare_exchange(free, free | signum as u32, SeqCst, SeqCst) {
                Ok(_) => {
                    self.advance(sequence);
                    return true;
                }
                Err(word) if number(word, sequence).is_some() => self.advance(sequence),
                // The slot holds a signal of the lap before.
                Err(word) if number(word, sequence.wrapping_sub(SLOTS)).is_some() => return false,
                // The slot is of a later lap: `tail` has moved.
                Err(_) => {}
            }
        }
    }

    /// Whether the queue is not empty.
    pub(crate) fn is_due(&self) -> bool {
        self.get(self.taken.get()).is_some()
    }

    /// The sequence number of the next signal that `see` returns.
    pub(super) fn seen(&self) -> u32 {
        self.seen.get()
    }

    /// Returns the next signal that the loop has not counted yet.
    pub(super) fn see(&self) -> Option<u32> {
        let sequence = self.seen.get();
        let signum = self.get(sequence)?;
        // `take` frees the slot, so handlers must be past it.
        self.advance(sequence);
        self.seen.set(sequence.wrapping_add(1));
        Some(signum)
    }

    /// Removes the signals that were counted, as many as fit; returns how many, and the sequence
    /// number after the first.
    pub(super) fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
        let first = self.taken.get();
        let mut count = 0;
        while count < numbers.len() && self.taken.get() != self.seen.get() {
            let sequence = self.taken.get();
            numbers[count] = self.get(sequence).unwrap_or(0) as u8;
            if let Some(slot) = self.slot(sequence) {
                slot.store(free(sequence.wrapping_add(SLOTS)), SeqCst);
            }
            self.taken.set(sequence.wrapping_add(1));
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

    // SAFETY: the slots do not move while the queue is shared, one thread uses the cells, and the
    // rest is atomic.
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

    /// A queue that so many signals have passed through.
    fn queue(gone: u32) -> Shared {
        let shared = Shared(Queue::new());
        shared.0.open().expect("there is memory");
        for at in 0..SLOTS {
            let lap = if at < gone % SLOTS {
                gone.wrapping_add(SLOTS)
            } else {
                gone
            };
            let slot = shared.0.slot(at).expect("the queue is open");
            slot.store(free(lap / SLOTS * SLOTS), Relaxed);
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
        assert!((1..=6).all(|signum| shared.0.push(signum)));
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
            let pushed = (0..2 * SLOTS).filter(|_| shared.0.push(64)).count();
            assert_eq!(pushed, SLOTS as usize);
            assert_eq!(shared.take(&mut [0]).0, 1);
            assert!(shared.0.push(1) && !shared.0.push(2));
            let mut numbers = [0; 2 * SLOTS as usize];
            assert_eq!(shared.take(&mut numbers).0, SLOTS as usize);
            assert_eq!(numbers[SLOTS as usize - 2..][..3], [64, 1, 0]);
            assert!(!shared.0.is_due());
        }
    }

    #[test]
    fn goes_on_where_a_thread_stopped_between_filling_and_advancing() {
        let shared = queue(u32::MAX);
        let stop_after_filling = |signum: u32| {
            let sequence = shared.0.tail.load(Relaxed);
            let slot = shared.0.slot(sequence).expect("the queue is open");
            slot.store(free(sequence) | signum, Relaxed);
            sequence
        };
        let mut numbers = [0; 4];
        stop_after_filling(7);
        assert!(shared.0.is_due() && shared.0.push(8));
        let stopped = stop_after_filling(9);
        assert_eq!(shared.take(&mut numbers).0, 3);
        assert_eq!(numbers[..3], [7, 8, 9]);
        // It wakes up long after.
        assert!(shared.0.push(10));
        shared.0.advance(stopped);
        assert!(shared.0.push(11));
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
                        while !shared.0.push((1 + thread * 20 + at % 20) as c_int) {
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
