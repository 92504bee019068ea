//! Signals on their way from the process's handler to a loop: a ring of their numbers in
//! memory. The handler fills one end, one thread at a time under the lock of
//! `signals/`; the loop empties the other and takes no lock. A pipe in its place would
//! cost a write, an event and a read for each signal.
//!
//! *No sleep is missed.* The handler counts the arrival and then reads whether the loop
//! may be asleep (`wake/`); the loop says that it may be and then reads the count. All
//! four are sequentially consistent, so at least one of them sees the other.

use super::mem;
use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering::*};

/// How many wait at most, which is what libuv's pipe holds. It divides what a counter
/// counts to, so that the places stay in order when that wraps around.
const ROOM: usize = 4096;

pub(crate) struct Arrivals {
    /// [`ROOM`] places; null until `open`.
    ring: Cell<*mut AtomicU8>,
    /// How many have been put in.
    arrived: AtomicU32,
    /// How many have been taken out.
    served: AtomicU32,
}

impl Arrivals {
    pub(crate) const fn new() -> Self {
        Self {
            ring: Cell::new(null_mut()),
            arrived: AtomicU32::new(0),
            served: AtomicU32::new(0),
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.ring.get().is_null()
    }

    /// Makes room. No handler may look at the ring yet.
    pub(crate) fn open(&self) -> Result {
        let ring = mem::calloc(ROOM, size_of::<AtomicU8>());
        if ring.is_null() {
            return Err(Errno::NOMEM);
        }
        self.ring.set(ring.cast());
        Ok(())
    }

    /// Gives the room back. No handler may look at the ring any more.
    pub(crate) fn close(&self) {
        // SAFETY: null or from the allocator, and `place` finds it no more.
        unsafe { mem::free(self.ring.replace(null_mut()).cast()) };
    }

    fn place(&self, arrival: u32) -> Option<&AtomicU8> {
        // SAFETY: the ring is null or has that many places until it is closed.
        unsafe { self.ring.get().add(arrival as usize % ROOM).as_ref() }
    }

    /// How many have arrived.
    pub(crate) fn count(&self) -> u32 {
        self.arrived.load(Acquire)
    }

    /// Whether any waits.
    pub(crate) fn is_due(&self) -> bool {
        self.arrived.load(SeqCst) != self.served.load(Relaxed)
    }

    /// Whether another one finds room. The handler's side.
    pub(crate) fn has_room(&self) -> bool {
        let arrived = self.arrived.load(Relaxed);
        (arrived.wrapping_sub(self.served.load(Acquire)) as usize) < ROOM
    }

    /// Puts one in, for which there is room. The handler's side.
    pub(crate) fn put(&self, signum: c_int) {
        let arrived = self.arrived.load(Relaxed);
        if let Some(place) = self.place(arrived) {
            place.store(signum as u8, Relaxed);
            self.arrived.store(arrived.wrapping_add(1), SeqCst);
        }
    }

    /// Takes as many as there are and fit: how many, and which arrival was the first.
    pub(crate) fn take(&self, numbers: &mut [u8]) -> (usize, u32) {
        let mut served = self.served.load(Relaxed);
        let first = served.wrapping_add(1);
        let waiting = self.count().wrapping_sub(served) as usize;
        let count = waiting.min(numbers.len());
        for number in &mut numbers[..count] {
            *number = self.place(served).map_or(0, |place| place.load(Relaxed));
            served = served.wrapping_add(1);
        }
        self.served.store(served, Release);
        (count, first)
    }

    /// Drops all that wait. No handler may run meanwhile.
    pub(crate) fn forget(&self) {
        self.served.store(self.count(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shared(Arrivals);

    // SAFETY: the ring does not change while it is shared; all else is atomic.
    unsafe impl Sync for Shared {}

    impl Drop for Shared {
        fn drop(&mut self) {
            self.0.close();
        }
    }

    /// A ring through which so many have gone.
    fn ring(gone: u32) -> Shared {
        let shared = Shared(Arrivals::new());
        shared.0.open().expect("there is memory");
        shared.0.arrived.store(gone, Relaxed);
        shared.0.served.store(gone, Relaxed);
        shared
    }

    #[test]
    fn takes_in_order_and_across_the_wrap() {
        let shared = ring(u32::MAX - 2);
        let arrivals = &shared.0;
        let mut numbers = [0; 4];
        assert!(!arrivals.is_due());
        assert_eq!(arrivals.take(&mut numbers), (0, u32::MAX - 1));
        (1..=6).for_each(|signum| arrivals.put(signum));
        assert!(arrivals.is_due());
        assert_eq!(arrivals.take(&mut numbers), (4, u32::MAX - 1));
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert_eq!(arrivals.take(&mut numbers), (2, 2));
        assert_eq!(numbers[..2], [5, 6]);
        assert_eq!(arrivals.take(&mut numbers), (0, 4));
        assert!(!arrivals.is_due());
    }

    #[test]
    fn holds_so_many_and_forgets_them() {
        let shared = ring(u32::MAX - 7);
        let arrivals = &shared.0;
        let mut put = 0;
        while arrivals.has_room() {
            arrivals.put(10);
            put += 1;
        }
        assert_eq!(put, ROOM);
        assert_eq!(arrivals.take(&mut [0]).0, 1);
        assert!(arrivals.has_room());
        arrivals.forget();
        assert!(!arrivals.is_due());
        assert_eq!(arrivals.take(&mut [0]).0, 0);
    }

    #[test]
    fn hands_over_between_threads() {
        const ALL: usize = 50_000;
        let shared = ring(0);
        let mut got = 0;
        std::thread::scope(|scope| {
            let shared = &shared;
            scope.spawn(move || {
                for at in 0..ALL {
                    while !shared.0.has_room() {
                        std::thread::yield_now();
                    }
                    shared.0.put((at % 64) as c_int);
                }
            });
            while got < ALL {
                let mut numbers = [0; 32];
                let (count, _) = shared.0.take(&mut numbers);
                for number in &numbers[..count] {
                    assert_eq!(usize::from(*number), got % 64);
                    got += 1;
                }
            }
        });
        assert!(!shared.0.is_due());
    }
}
