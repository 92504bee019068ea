//! Going through a list whose members come and go: the idle, prepare and check handles,
//! while their callbacks start and stop them.

use crate::abi::{uv__queue, uv_loop_t};
use core::cell::Cell;

/// Where one walk through a list is. It lives on the stack of the walk; a callback that
/// runs the loop again begins another one, so they form a chain.
pub(crate) struct Cursor {
    next: Cell<*mut uv__queue>,
    outer: *const Cursor,
}

impl uv_loop_t {
    /// Calls `each` with every member. Those that it adds at the front have to wait for
    /// the next walk.
    pub(crate) fn walk_phase(&self, list: &uv__queue, each: impl Fn(*mut uv__queue)) {
        let end = core::ptr::from_ref(list).cast_mut();
        let innermost = &self.engine().phase_cursor;
        let cursor = Cursor {
            next: list.next.clone(),
            outer: innermost.get(),
        };
        innermost.set(&raw const cursor);
        while cursor.next.get() != end {
            let link = cursor.next.get();
            // SAFETY: the link is a member: `leave_phase` takes the cursor off one that goes.
            cursor.next.set(unsafe { (*link).next.get() });
            each(link);
        }
        innermost.set(cursor.outer);
    }

    /// Takes a link out of its list, and every walk off it.
    pub(crate) fn leave_phase(&self, link: &uv__queue) {
        let mut cursor = self.engine().phase_cursor.get();
        // SAFETY: null, or on the stack of a walk that is still going on.
        while let Some(walk) = unsafe { cursor.as_ref() } {
            if core::ptr::eq(walk.next.get(), link) {
                walk.next.set(link.next.get());
            }
            cursor = walk.outer;
        }
        link.remove();
    }
}
