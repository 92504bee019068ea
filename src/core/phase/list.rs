//! A list whose members come and go while it is walked.
//!
//! libuv moves the members to a list on the walk's stack and back one by one. Here they
//! stay where they are, which spares two writes to each; what the walk has before it are
//! the members from its cursor on. A callback that runs the loop again begins another
//! walk: its members are those that come before the outer one's cursor.

use super::Member;
use crate::abi::uv__queue;
use crate::core::queue::unlinked;
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::{from_ref, null, null_mut};

/// One walk through the list. It lives on the stack of who walks.
pub(super) struct Walk {
    /// The member that comes next, or where the walk ends. Null while the walk goes on in
    /// the table: there is a member behind it then.
    next: Cell<*mut uv__queue>,
    outer: *const Walk,
}

pub(super) struct List<H> {
    head: uv__queue,
    innermost: Cell<*const Walk>,
    members: PhantomData<*const H>,
}

impl<H: Member> List<H> {
    pub(super) const fn new() -> Self {
        Self {
            head: unlinked(),
            innermost: Cell::new(null()),
            members: PhantomData,
        }
    }

    /// Ties the ends together, once the list is where it stays.
    pub(super) fn init(&self) {
        self.head.init();
    }

    /// Whether a walk that began now had nobody to call.
    pub(super) fn is_empty(&self) -> bool {
        self.head.is_empty() || self.is_walked() && self.has_all_before_it()
    }

    /// Whether every member is one that the innermost walk has before it.
    #[cold]
    fn has_all_before_it(&self) -> bool {
        self.head.next.get() == self.end_for(self.innermost.get())
    }

    /// Where a walk ends that the callbacks of another one begin.
    fn end_for(&self, outer: *const Walk) -> *mut uv__queue {
        // SAFETY: null, or on the stack of a walk that is still going on.
        let outer = unsafe { outer.as_ref() };
        outer.map_or(from_ref(&self.head).cast_mut(), |walk| walk.next.get())
    }

    /// Adds a handle, which comes first from the next walk on.
    pub(super) fn add(&self, handle: &H) {
        self.head.push_front(handle.link());
    }

    /// Takes a handle out, and every walk off it.
    pub(super) fn remove(&self, handle: &H) {
        let link = handle.link();
        let mut walk = self.innermost.get();
        // SAFETY: null, or on the stack of a walk that is still going on.
        while let Some(inner) = unsafe { walk.as_ref() } {
            if core::ptr::eq(inner.next.get(), link) {
                inner.next.set(link.next.get());
            }
            walk = inner.outer;
        }
        link.detach();
    }

    /// Whether a walk is going on.
    pub(super) fn is_walked(&self) -> bool {
        !self.innermost.get().is_null()
    }

    /// Has the innermost walk go on with a member, or end.
    pub(super) fn go_on_with(&self, handle: Option<*mut H>) {
        let head = from_ref(&self.head).cast_mut();
        let next = handle.map_or(head, |handle| {
            // SAFETY: a member is an active handle.
            from_ref(unsafe { (*handle).link() }).cast_mut()
        });
        // SAFETY: null, or on the stack of a walk that is still going on.
        if let Some(walk) = unsafe { self.innermost.get().as_ref() } {
            walk.next.set(next);
        }
    }

    /// Has `walk` do what it does as one walk through the list.
    pub(super) fn walk(&self, walk: impl FnOnce(&Walk)) {
        let outer = self.innermost.get();
        let next = Cell::new(null_mut());
        let new = Walk { next, outer };
        self.innermost.set(&raw const new);
        walk(&new);
        self.innermost.set(outer);
    }

    /// The walk has every member before it.
    pub(super) fn begin(&self, walk: &Walk) {
        walk.next.set(self.head.next.get());
    }

    /// Takes the walk past the next member, and returns it.
    pub(super) fn next(&self, walk: &Walk) -> Option<*mut H> {
        let link = walk.next.get();
        (link != self.end_for(walk.outer)).then(|| {
            // SAFETY: the link is a member: `remove` takes the walk off one that goes.
            walk.next.set(unsafe { (*link).next.get() });
            H::of_link(link)
        })
    }
}
