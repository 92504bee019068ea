//! Handles that were sent to, in the order in which they were initialised, which is
//! the order of their callbacks.
//!
//! They come in no order, one by one while others are being called back, and any of
//! them may be closed and have to go: sorted runs, of 2ⁿ handles at most in bin n, whose
//! first handles compete. One among n costs log n merges, and nothing is allocated.

use crate::abi::{uv__queue, uv_async_t};
use crate::core::queue::container_of;
use crate::core::run::local_queue;
use core::cell::Cell;
use core::ptr::null_mut;

/// More runs than 2³² handles can make.
const BINS: usize = 33;

/// Whether `a` was initialised before `b`. The numbers wrap around.
pub(super) fn precedes(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// # Safety
/// `link` is that of a live handle.
unsafe fn sequence(link: *mut uv__queue) -> u32 {
    // SAFETY: as this function's own contract.
    unsafe { (*of_link(link)).sequence.get() }
}

/// The handle whose link this is.
pub(super) fn of_link(link: *mut uv__queue) -> *mut uv_async_t {
    container_of!(link, uv_async_t, queue)
}

/// The sorted runs. A handle leaves by unlinking itself: its run need not know.
pub(super) struct Runs {
    bins: [uv__queue; BINS],
    /// The bins that may hold a run.
    used: Cell<u64>,
}

impl Runs {
    pub(super) const fn new() -> Self {
        Self {
            bins: [const { local_queue() }; BINS],
            used: Cell::new(0),
        }
    }

    /// Makes this empty, where it stays.
    pub(super) fn init(&self) {
        self.bins.iter().for_each(uv__queue::init);
        self.used.set(0);
    }

    /// The bins that hold a run; strikes off those that do no more.
    fn occupied(&self) -> impl Iterator<Item = usize> {
        let mut left = self.used.get();
        core::iter::from_fn(move || {
            while left != 0 {
                let bin = left.trailing_zeros() as usize;
                left &= left - 1;
                if !self.bins[bin].is_empty() {
                    return Some(bin);
                }
                self.used.set(self.used.get() & !(1 << bin));
            }
            None
        })
    }

    /// Puts a live handle in: a run of one, which grows by the runs in its way.
    pub(super) fn insert(&self, handle: &uv_async_t) {
        let run = local_queue();
        run.init();
        run.push_back(&handle.queue);
        let mut bin = 0;
        while !self.bins[bin].is_empty() {
            merge(&run, &self.bins[bin]);
            if bin == BINS - 1 {
                return;
            }
            self.bins[bin].take_into(&run);
            bin += 1;
        }
        run.take_into(&self.bins[bin]);
        self.used.set(self.used.get() | 1 << bin);
    }

    /// The handle that comes first, or null.
    pub(super) fn first(&self) -> *mut uv_async_t {
        let heads = self.occupied().map(|bin| self.bins[bin].first());
        // SAFETY: a handle is alive while it is linked.
        let number = |link| unsafe { sequence(link) };
        let first = heads.reduce(|a, b| if precedes(number(b), number(a)) { b } else { a });
        first.map_or(null_mut(), of_link)
    }
}

/// Moves a sorted run of live handles into another, in order.
fn merge(from: &uv__queue, into: &uv__queue) {
    let head = core::ptr::from_ref(into).cast_mut();
    let mut at = into.next.get();
    loop {
        let link = from.pop_front();
        if link.is_null() {
            return;
        }
        // SAFETY: links of both runs belong to live handles, but for the head.
        unsafe {
            let number = sequence(link);
            while at != head && !precedes(number, sequence(at)) {
                at = (*at).next.get();
            }
            // Behind the link before `at`, which is to say in front of `at`.
            (*at).push_back(&*link);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(sequences: impl IntoIterator<Item = u32>) -> Vec<uv_async_t> {
        let make = |sequence| {
            // SAFETY: every field of a handle may be all zeroes.
            let handle: uv_async_t = unsafe { core::mem::zeroed() };
            handle.sequence.set(sequence);
            handle
        };
        sequences.into_iter().map(make).collect()
    }

    fn runs() -> Box<Runs> {
        let runs = Box::new(Runs::new());
        runs.init();
        runs
    }

    fn pop(runs: &Runs) -> Option<u32> {
        // SAFETY: the handles of these tests outlive their runs.
        let first = unsafe { runs.first().as_ref() }?;
        first.queue.remove();
        Some(first.sequence.get())
    }

    /// All numbers below `n`, a power of two, once each and in no order.
    fn mixed(n: u32) -> impl Iterator<Item = u32> {
        (0..n).map(move |i| i.wrapping_mul(0x9e37_79b1) % n)
    }

    #[test]
    fn come_out_in_order() {
        let (all, runs) = (handles(mixed(4096)), runs());
        all.iter().for_each(|handle| runs.insert(handle));
        assert!((0..4096).all(|n| pop(&runs) == Some(n)));
        assert!(pop(&runs).is_none());
    }

    #[test]
    fn come_out_in_order_across_the_wrap() {
        let (all, runs) = (handles([2, 0, u32::MAX, 1, u32::MAX - 1]), runs());
        all.iter().for_each(|handle| runs.insert(handle));
        let order: Vec<_> = std::iter::from_fn(|| pop(&runs)).collect();
        assert_eq!(order, [u32::MAX - 1, u32::MAX, 0, 1, 2]);
    }

    #[test]
    fn any_handle_may_leave_and_come_back() {
        let (all, runs) = (handles(mixed(1024)), runs());
        all.iter().for_each(|handle| runs.insert(handle));
        all.iter().skip(1).for_each(|handle| handle.queue.remove());
        assert_eq!(pop(&runs), Some(all[0].sequence.get()));
        assert!(pop(&runs).is_none());
        all.iter().for_each(|handle| runs.insert(handle));
        assert!((0..1024).all(|n| pop(&runs) == Some(n)));
    }

    /// One leaves for each that comes, so that bins fill though runs stay short.
    #[test]
    fn the_bins_never_run_out() {
        let (all, runs) = (handles(mixed(1 << 16)), runs());
        let (first, rest) = all.split_at(64);
        first.iter().for_each(|handle| runs.insert(handle));
        for handle in rest {
            runs.insert(handle);
            let (low, new) = (pop(&runs), handle.sequence.get());
            assert!(low.is_some_and(|low| low <= new));
        }
        let left: Vec<_> = std::iter::from_fn(|| pop(&runs)).collect();
        assert_eq!(left.len(), 64);
        assert!(left.is_sorted());
    }
}
