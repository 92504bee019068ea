//! The order of the handles for one signal.
//!
//! A ring is put in order when its handles are called and not when one is started, but
//! where that takes no more than a look at a few: so thousands may be started in any order
//! before a signal comes.

use super::registry::bit;
use super::{Signals, of_link};
use crate::abi::{uv__queue, uv_signal_t};
use core::ffi::c_int;

/// How far from the end a handle's place is looked for.
const NEAR: usize = 32;

impl Signals {
    /// Links a handle where its place is, if that is near the end.
    pub(super) fn list(&self, handle: &uv_signal_t, ring: &uv__queue, signum: c_int) {
        let (head, place) = (core::ptr::from_ref(ring), handle.place());
        let mut before = ring.prev.get();
        for _ in 0..NEAR {
            // SAFETY: the head, or a started handle's link, and that is alive.
            unsafe {
                if core::ptr::eq(before, head) || (*of_link(before)).place() < place {
                    return (*before).push_front(handle.link());
                }
                before = (*before).prev.get();
            }
        }
        self.disorder.set(self.disorder.get() | bit(signum));
        // Those for one shot are the last all the same: the first says whether there are others.
        if place.0 {
            ring.push_back(handle.link());
        } else {
            ring.push_front(handle.link());
        }
    }

    /// Puts the started handles for a signal in order.
    pub(crate) fn put_in_order(&self, signum: c_int) {
        if self.disorder.get() & bit(signum) != 0 {
            self.sort(signum);
        }
    }

    #[inline(never)]
    fn sort(&self, signum: c_int) {
        if let Some(ring) = self.ring(signum) {
            // SAFETY: a handle leaves the ring before it is closed.
            ring.sort_by_key(|link| unsafe { &*of_link(link) }.place());
        }
        self.disorder.set(self.disorder.get() & !bit(signum));
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
        let places = || signals.watching(signum).map(uv_signal_t::place);
        for (count, at) in (0..HANDLES).map(|at| at * 77 % HANDLES).enumerate() {
            let handle = &handles[at];
            if at % 3 == 0 {
                handle.set(SIGNAL_ONE_SHOT);
            }
            signals.list(handle, signals.ring(signum).unwrap(), signum);
            assert!(places().map(|(once, _)| once).is_sorted());
            assert!(count > NEAR || places().is_sorted());
        }
        assert!(!places().is_sorted());
        signals.put_in_order(signum);
        assert!(places().is_sorted() && places().count() == HANDLES);
    }
}
