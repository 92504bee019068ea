//! Putting handles that were sent to in the order in which they were initialised,
//! which is the order of their callbacks.

use crate::abi::{uv__queue, uv_async_t};
use crate::core::queue::container_of;
use core::ptr::null_mut;

/// A chain of handles: each one's `queue.next` leads to the next, the last one's to
/// null.
pub(super) type Chain = *mut uv_async_t;

/// Whether `a` was initialised before `b`. The numbers wrap around.
pub(super) fn precedes(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// # Safety
/// `handle` is alive and on a chain.
pub(super) unsafe fn next(handle: Chain) -> Chain {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).queue.next.get() }.cast()
}

/// # Safety
/// `handle` is alive.
pub(super) unsafe fn set_next(handle: Chain, next: Chain) {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).queue.next.set(next.cast()) };
}

/// The handle whose link this is.
pub(super) fn of_link(link: *mut uv__queue) -> Chain {
    container_of!(link, uv_async_t, queue)
}

/// Sorts a chain: a merge sort whose runs of 2ⁿ handles wait in bin n.
///
/// # Safety
/// The handles of the chain are alive and on no other.
pub(super) unsafe fn sort(mut chain: Chain) -> Chain {
    let mut bins: [Chain; 32] = [null_mut(); 32];
    while !chain.is_null() {
        let mut run = chain;
        // SAFETY: as this function's own contract, here and below.
        unsafe {
            chain = next(run);
            set_next(run, null_mut());
            for bin in &mut bins {
                if bin.is_null() {
                    *bin = run;
                    break;
                }
                run = merge(core::mem::replace(bin, null_mut()), run);
            }
        }
    }
    // SAFETY: the bins hold sorted chains of distinct handles.
    bins.into_iter()
        .fold(null_mut(), |sorted, run| unsafe { merge(run, sorted) })
}

/// # Safety
/// Two sorted chains of live, distinct handles.
unsafe fn merge(mut a: Chain, mut b: Chain) -> Chain {
    let (mut first, mut last): (Chain, Chain) = (null_mut(), null_mut());
    // SAFETY: as this function's own contract.
    unsafe {
        while !a.is_null() && !b.is_null() {
            let from = if precedes((*b).sequence.get(), (*a).sequence.get()) {
                &mut b
            } else {
                &mut a
            };
            let taken = *from;
            *from = next(taken);
            if last.is_null() {
                first = taken;
            } else {
                set_next(last, taken);
            }
            last = taken;
        }
        let rest = if a.is_null() { b } else { a };
        if last.is_null() {
            return rest;
        }
        set_next(last, rest);
    }
    first
}

/// Merges one handle after another, in ascending order, into a queue in that order.
pub(super) struct Merge<'a> {
    head: &'a uv__queue,
    at: *mut uv__queue,
}

impl<'a> Merge<'a> {
    pub(super) fn new(head: &'a uv__queue) -> Self {
        Self {
            head,
            at: head.next.get(),
        }
    }

    /// Puts a handle in that does not precede the one before it.
    pub(super) fn insert(&mut self, handle: &uv_async_t) {
        let head = core::ptr::from_ref(self.head).cast_mut();
        // SAFETY: every link in the queue but the head belongs to a live handle.
        unsafe {
            while self.at != head
                && !precedes(handle.sequence.get(), (*of_link(self.at)).sequence.get())
            {
                self.at = (*self.at).next.get();
            }
            // Behind the link before `at`, which is to say in front of `at`.
            (*self.at).push_back(&handle.queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handles(sequences: &[u32]) -> Vec<uv_async_t> {
        let make = |&sequence| {
            // SAFETY: every field of a handle may be all zeroes.
            let handle: uv_async_t = unsafe { core::mem::zeroed() };
            handle.sequence.set(sequence);
            handle
        };
        sequences.iter().map(make).collect()
    }

    fn chain(handles: &[uv_async_t]) -> Chain {
        let link = |rest, handle: &uv_async_t| {
            let handle = core::ptr::from_ref(handle).cast_mut();
            // SAFETY: the handle is alive.
            unsafe { set_next(handle, rest) };
            handle
        };
        handles.iter().rev().fold(null_mut(), link)
    }

    fn sequences(mut chain: Chain) -> Vec<u32> {
        let mut all = Vec::new();
        while !chain.is_null() {
            // SAFETY: the chain's handles are alive.
            unsafe {
                all.push((*chain).sequence.get());
                chain = next(chain);
            }
        }
        all
    }

    #[test]
    fn sorts_any_order_and_across_the_wrap() {
        for order in [
            &[5, 1, 4, 2, 3][..],
            &[1],
            &[],
            &[2, 1, 0, u32::MAX, u32::MAX - 1],
        ] {
            let all = handles(order);
            // SAFETY: the handles are alive and on this chain only.
            let sorted = sequences(unsafe { sort(chain(&all)) });
            assert_eq!(sorted.len(), order.len());
            assert!(sorted.windows(2).all(|pair| precedes(pair[0], pair[1])));
        }
    }

    #[test]
    fn merges_into_a_queue_in_order() {
        let (first, second) = (handles(&[2, 4, 9]), handles(&[1, 3, 10]));
        let head = crate::core::run::local_queue();
        head.init();
        for some in [&first, &second] {
            let mut merge = Merge::new(&head);
            some.iter().for_each(|handle| merge.insert(handle));
        }
        let mut order = Vec::new();
        loop {
            let link = head.pop_front();
            if link.is_null() {
                break;
            }
            // SAFETY: the link belongs to one of the handles above.
            order.push(unsafe { (*of_link(link)).sequence.get() });
        }
        assert_eq!(order, [1, 2, 3, 4, 9, 10]);
    }
}
