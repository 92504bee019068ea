//! The order in which the handles for one signal are called: handles for one shot last, then by
//! address, as in libuv.
//!
//! A list is sorted when its handles are called, not when one is started, so that starting
//! thousands in any order is fast. A handle whose position is near the end is inserted there.

use super::registry::bit;
use super::{Signals, of_link};
use crate::abi::{uv__queue, uv_signal_t};
use core::ffi::c_int;

/// How many handles from the end `insert` searches for the position.
const NEAR: usize = 32;

impl Signals {
    /// Adds a handle to the list of its signal: at its position, if that is near the end.
    pub(super) fn insert(&self, handle: &uv_signal_t, list: &uv__queue, signum: c_int) {
        let (head, rank) = (core::ptr::from_ref(list), handle.rank());
        let mut before = list.prev.get();
        for _ in 0..NEAR {
            // SAFETY: the head, or the link of an active handle, which is alive.
            unsafe {
                if core::ptr::eq(before, head) || (*of_link(before)).rank() < rank {
                    return (*before).push_front(handle.link());
                }
                before = (*before).prev.get();
            }
        }
        self.unsorted.set(self.unsorted.get() | bit(signum));
        // Handles for one shot stay last, so that the first shows whether there are others.
        if rank.0 {
            list.push_back(handle.link());
        } else {
            list.push_front(handle.link());
        }
    }

    /// Sorts the active handles for a signal, if necessary.
    pub(super) fn sort_handles(&self, signum: c_int) {
        if self.unsorted.get() & bit(signum) != 0 {
            self.sort(signum);
        }
    }

    #[inline(never)]
    fn sort(&self, signum: c_int) {
        if let Some(list) = self.list(signum) {
            // SAFETY: a handle in the list is active and so alive.
            list.sort_by_key(|link| unsafe { &*of_link(link) }.rank());
        }
        self.unsorted.set(self.unsorted.get() & !bit(signum));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_loop::flags::SIGNAL_ONE_SHOT;

    #[test]
    fn those_for_one_shot_are_last_at_any_time_and_all_in_order_when_called() {
        const HANDLES: usize = 200;
        let (signals, signum) = (Signals::new(), 1);
        signals.init();
        // SAFETY: every field of a handle may be all zeroes.
        let handle = |_| unsafe { core::mem::zeroed::<uv_signal_t>() };
        let handles: Vec<_> = (0..HANDLES).map(handle).collect();
        let ranks = || signals.watching(signum).map(uv_signal_t::rank);
        for (count, at) in (0..HANDLES).map(|at| at * 77 % HANDLES).enumerate() {
            let handle = &handles[at];
            if at % 3 == 0 {
                handle.set(SIGNAL_ONE_SHOT);
            }
            signals.insert(handle, signals.list(signum).unwrap(), signum);
            assert!(ranks().map(|(once, _)| once).is_sorted());
            assert!(count > NEAR || ranks().is_sorted());
        }
        assert!(!ranks().is_sorted());
        signals.sort_handles(signum);
        assert!(ranks().is_sorted() && ranks().count() == HANDLES);
    }
}
