//! A list whose members come and go while it is walked: the handles of a phase for
//! which its table has no memory.

use super::Member;
use crate::abi::uv__queue;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::{from_ref, null, null_mut};

/// Where one walk through the list is. It lives on the stack of the walk; a callback
/// that runs the loop again begins another one, so they form a chain.
struct Cursor {
    next: Cell<*mut uv__queue>,
    outer: *const Cursor,
}

pub(super) struct List<H> {
    head: uv__queue,
    innermost: Cell<*const Cursor>,
    members: PhantomData<*const H>,
}

impl<H: Member> List<H> {
    pub(super) const fn new() -> Self {
        Self {
            head: uv__queue {
                next: Cell::new(null_mut()),
                prev: Cell::new(null_mut()),
            },
            innermost: Cell::new(null()),
            members: PhantomData,
        }
    }

    /// Ties the ends together, once the list is where it stays.
    pub(super) fn init(&self) {
        self.head.init();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.is_empty()
    }

    /// Adds a handle, which comes first from the next walk on.
    pub(super) fn add(&self, handle: &H) {
        self.head.push_front(handle.link());
    }

    /// Takes a handle out, and every walk off it.
    pub(super) fn remove(&self, handle: &H) {
        let link = handle.link();
        let mut cursor = self.innermost.get();
        // SAFETY: null, or on the stack of a walk that is still going on.
        while let Some(walk) = unsafe { cursor.as_ref() } {
            if core::ptr::eq(walk.next.get(), link) {
                walk.next.set(link.next.get());
            }
            cursor = walk.outer;
        }
        link.remove();
    }

    /// Calls every member back, those left out that are added meanwhile.
    pub(super) fn call(&self) {
        let end = from_ref(&self.head).cast_mut();
        let cursor = Cursor {
            next: self.head.next.clone(),
            outer: self.innermost.get(),
        };
        self.innermost.set(&raw const cursor);
        while cursor.next.get() != end {
            let link = cursor.next.get();
            // SAFETY: the link is a member: `remove` takes the cursor off one that goes.
            cursor.next.set(unsafe { (*link).next.get() });
            let handle = H::of_link(link);
            // SAFETY: a member is an active handle, and not touched afterwards.
            if let Some(callback) = unsafe { (*handle).callback() } {
                // SAFETY: as above.
                unsafe { callback(handle) };
            }
        }
        self.innermost.set(cursor.outer);
    }
}
