//! The intrusive queue: a ring of links that live inside the handles themselves,
//! so that putting one in or taking one out neither allocates nor searches.

use crate::abi::uv__queue;

/// The object that holds a link, from the link's address.
macro_rules! container_of {
    ($link:expr, $type:ty, $($field:tt)+) => {
        $link.cast::<u8>().wrapping_sub(core::mem::offset_of!($type, $($field)+)).cast::<$type>()
    };
}
pub(crate) use container_of;

impl uv__queue {
    fn me(&self) -> *mut uv__queue {
        core::ptr::from_ref(self).cast_mut()
    }

    /// Makes this an empty ring: a head without members, or a link in no queue.
    pub(crate) fn init(&self) {
        self.next.set(self.me());
        self.prev.set(self.me());
    }

    /// Whether the head has no members (or the link is in no queue).
    pub(crate) fn is_empty(&self) -> bool {
        self.next.get() == self.me()
    }

    /// Puts `link` behind the last member.
    pub(crate) fn push_back(&self, link: &uv__queue) {
        let last = self.prev.get();
        link.next.set(self.me());
        link.prev.set(last);
        // SAFETY: `last` is a member of this ring (or its head), alive while linked.
        unsafe { (*last).next.set(link.me()) };
        self.prev.set(link.me());
    }

    /// Puts `link` before the first member.
    pub(crate) fn push_front(&self, link: &uv__queue) {
        let first = self.next.get();
        link.prev.set(self.me());
        link.next.set(first);
        // SAFETY: `first` is a member of this ring (or its head), alive while linked.
        unsafe { (*first).prev.set(link.me()) };
        self.next.set(link.me());
    }

    /// Takes this link out of its ring; harmless when it is in none.
    pub(crate) fn remove(&self) {
        self.detach();
        self.init();
    }

    /// Takes this link out of its ring, without a word in the link itself: for one that
    /// is not looked at until it is in a ring again.
    pub(crate) fn detach(&self) {
        let (next, prev) = (self.next.get(), self.prev.get());
        // SAFETY: the neighbours are members of the ring, alive while linked.
        unsafe {
            (*prev).next.set(next);
            (*next).prev.set(prev);
        }
    }

    /// The first member, or null.
    pub(crate) fn first(&self) -> *mut uv__queue {
        if self.is_empty() {
            core::ptr::null_mut()
        } else {
            self.next.get()
        }
    }

    /// Takes out the first member and returns it, or null.
    pub(crate) fn pop_front(&self) -> *mut uv__queue {
        let first = self.first();
        if !first.is_null() {
            // SAFETY: a member is alive while it is linked.
            unsafe { (*first).remove() };
        }
        first
    }

    /// Moves all members behind those of `head`, in order.
    pub(crate) fn append_to(&self, head: &uv__queue) {
        if self.is_empty() {
            return;
        }
        let (first, last, before) = (self.next.get(), self.prev.get(), head.prev.get());
        // SAFETY: all three are members of the two rings (or the head), alive while linked.
        unsafe {
            (*first).prev.set(before);
            (*before).next.set(first);
            (*last).next.set(head.me());
        }
        head.prev.set(last);
        self.init();
    }

    /// Moves all members to `head`, which need not be initialised, in order.
    pub(crate) fn take_into(&self, head: &uv__queue) {
        if self.is_empty() {
            head.init();
            return;
        }
        let (first, last) = (self.next.get(), self.prev.get());
        head.next.set(first);
        head.prev.set(last);
        // SAFETY: both are members of this ring, alive while linked.
        unsafe {
            (*first).prev.set(head.me());
            (*last).next.set(head.me());
        }
        self.init();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;
    use core::ptr::null_mut;

    fn link() -> uv__queue {
        uv__queue {
            next: Cell::new(null_mut()),
            prev: Cell::new(null_mut()),
        }
    }

    #[test]
    fn keeps_the_order_of_insertion() {
        let (head, a, b, c) = (link(), link(), link(), link());
        head.init();
        head.push_back(&b);
        head.push_back(&c);
        head.push_front(&a);
        assert_eq!(head.pop_front(), a.me());
        b.remove();
        assert_eq!(head.pop_front(), c.me());
        assert!(head.is_empty() && head.pop_front().is_null());
    }

    #[test]
    fn a_taken_queue_leaves_its_head_empty() {
        let (head, local, a, b) = (link(), link(), link(), link());
        head.init();
        head.take_into(&local);
        assert!(local.is_empty());
        head.push_back(&a);
        head.push_back(&b);
        head.take_into(&local);
        assert!(head.is_empty());
        head.push_back(a_fresh(&a));
        assert_eq!(local.first(), b.me());
    }

    #[test]
    fn an_appended_queue_comes_behind() {
        let (head, more, a, b, c) = (link(), link(), link(), link(), link());
        head.init();
        more.init();
        more.append_to(&head);
        assert!(head.is_empty());
        head.push_back(&a);
        more.push_back(&b);
        more.push_back(&c);
        more.append_to(&head);
        assert!(more.is_empty());
        for expected in [&a, &b, &c] {
            assert_eq!(head.pop_front(), expected.me());
        }
        assert!(head.is_empty());
    }

    fn a_fresh(a: &uv__queue) -> &uv__queue {
        a.remove();
        a
    }
}
