//! What the three private words of a timer say.
//!
//! The third says where the timer's entry is: an index in the heap, or a bit, the slot
//! and the index in the wheel, or nowhere, or that the timer is linked in a list. The
//! first two words are then the link. While there is none, the first is the loop once more: `loop_` is
//! two cache lines away from all else that starting and stopping touch, and among very
//! many timers each line that is not touched counts.
//!
//! What the third word of a stopped timer says is out of date.

use super::wheel::Place;
use crate::abi::{uv_loop_t, uv_timer_t};
use core::ptr::without_provenance_mut;

const IN_WHEEL: usize = 1 << 63;
const NOWHERE: usize = usize::MAX;
const LINKED: usize = usize::MAX - 1;

impl uv_timer_t {
    /// Says that the timer, whose loop is known, has no entry and is not linked.
    pub(crate) fn init_place(&self) {
        self.node.heap()[0].set(self.loop_.get().cast());
        self.forget_place();
    }

    /// The timer's loop. The timer is not linked.
    pub(crate) fn loop_at_hand(&self) -> &uv_loop_t {
        debug_assert!(self.place() != LINKED);
        // SAFETY: `init_place` set it when the timer was made and when it was last
        // unlinked; a loop outlives its handles.
        unsafe { &*self.node.heap()[0].get().cast() }
    }

    /// The timer is linked, by `node.queue()`, and has no entry.
    pub(super) fn set_linked(&self) {
        self.set_place(LINKED);
    }

    /// Takes the timer out of the list that it is linked in, if it is.
    pub(crate) fn unlink(&self) {
        if self.place() == LINKED {
            self.node.queue().remove();
            self.init_place();
        }
    }

    /// Says that the timer has no entry.
    pub(super) fn forget_place(&self) {
        self.set_place(NOWHERE);
    }

    /// Whether the timer, which is started, has an entry.
    pub(super) fn has_entry(&self) -> bool {
        self.place() < LINKED
    }

    pub(super) fn place(&self) -> usize {
        self.node.heap()[2].get().addr()
    }

    pub(super) fn set_place(&self, place: usize) {
        self.node.heap()[2].set(without_provenance_mut(place));
    }

    pub(super) fn wheel_place(&self) -> Option<Place> {
        in_wheel(self.place())
    }

    pub(super) fn set_wheel_place(&self, place: Place) {
        self.set_place(IN_WHEEL | usize::from(place.slot) << 32 | place.index as usize);
    }

    /// Whether this entry of the wheel, which leads to the timer, is the timer's own.
    pub(super) fn is_at(&self, place: Place) -> bool {
        self.is_active() && self.wheel_place() == Some(place)
    }
}

/// The place in the wheel that a word of a timer says, if it says one.
pub(super) fn in_wheel(word: usize) -> Option<Place> {
    (word & IN_WHEEL != 0).then_some(Place {
        slot: (word >> 32) as u16,
        index: word as u32,
    })
}
