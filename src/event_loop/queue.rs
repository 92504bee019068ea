//! The intrusive queue: a circular list whose links are inside the handles, so that adding and
//! removing one neither allocates nor searches.

use crate::abi::uv__queue;
use core::cell::Cell;
use core::ptr::null_mut;

/// The object that holds a link, from the link's address.
macro_rules! container_of {
    ($link:expr, $type:ty, $($field:tt)+) => {
        $link.cast::<u8>().wrapping_sub(core::mem::offset_of!($type, $($field)+)).cast::<$type>()
    };
}
pub(crate) use container_of;

/// A link in no queue, or the head of a queue before `init` at its final address.
pub(crate) const fn unlinked() -> uv__queue {
    uv__queue {
        next: Cell::new(null_mut()),
        prev: Cell::new(null_mut()),
    }
}

impl uv__queue {
    fn me(&self) -> *mut uv__queue {
        core::ptr::from_ref(self).cast_mut()
    }

    /// Makes this the head of an empty queue, or a link in no queue.
    pub(crate) fn init(&self) {
        self.next.set(self.me());
        self.prev.set(self.me());
    }

    /// Whether the queue is empty, or the link is in no queue.
    pub(crate) fn is_empty(&self) -> bool {
        self.next.get() == self.me()
    }

    /// Adds `link` at the end.
    pub(crate) fn push_back(&self, link: &uv__queue) {
        let last = self.prev.get();
        link.next.set(self.me());
        link.prev.set(last);
        // SAFETY: `last` is the last link or the head, and a link is alive while it is in a queue.
        unsafe { (*last).next.set(link.me()) };
        self.prev.set(link.me());
    }

    /// Adds `link` at the front.
    pub(crate) fn push_front(&self, link: &uv__queue) {
        let first = self.next.get();
        link.prev.set(self.me());
        link.next.set(first);
        // SAFETY: `first` is the first link or the head, and a link is alive while it is in a queue.
        unsafe { (*first).prev.set(link.me()) };
        self.next.set(link.me());
    }

    /// Removes this link from its queue, if it is in one, and makes it a link in no queue.
    pub(crate) fn remove(&self) {
        self.detach();
        self.init();
    }

    /// Removes this link from its queue without changing the link itself, which the caller adds
    /// to a queue before it is used again.
    pub(crate) fn detach(&self) {
        let (next, prev) = (self.next.get(), self.prev.get());
        // SAFETY: the neighbours are links of the same queue, which are alive while they are in it.
        unsafe {
            (*prev).next.set(next);
            (*next).prev.set(prev);
        }
    }

    /// The first link, or null.
    pub(crate) fn first(&self) -> *mut uv__queue {
        if self.is_empty() {
            null_mut()
        } else {
            self.next.get()
        }
    }

    /// Removes and returns the first link, or null.
    pub(crate) fn pop_front(&self) -> *mut uv__queue {
        let first = self.first();
        if !first.is_null() {
            // SAFETY: a link is alive while it is in a queue.
            unsafe { (*first).remove() };
        }
        first
    }

    /// Removes and returns the first link until the queue is empty. Links that are added meanwhile
    /// are included.
    pub(crate) fn drain(&self) -> impl Iterator<Item = *mut uv__queue> {
        core::iter::from_fn(|| Some(self.pop_front()).filter(|link| !link.is_null()))
    }

    /// The links, in order. The current one may be removed meanwhile, the next may not.
    pub(crate) fn iter(&self) -> impl Iterator<Item = *mut uv__queue> {
        let mut next = self.next.get();
        core::iter::from_fn(move || {
            let link = Some(next).filter(|&link| link != self.me())?;
            // SAFETY: a link is alive while it is in a queue.
            next = unsafe { (*link).next.get() };
            Some(link)
        })
    }

    /// Moves all links to the end of the queue `head`, in order.
    pub(crate) fn append_to(&self, head: &uv__queue) {
        if self.is_empty() {
            return;
        }
        let (first, last, before) = (self.next.get(), self.prev.get(), head.prev.get());
        // SAFETY: all three are links of the two queues or their heads, alive while they are in.
        unsafe {
            (*first).prev.set(before);
            (*before).next.set(first);
            (*last).next.set(head.me());
        }
        head.prev.set(last);
        self.init();
    }

    /// Sorts by key, stably: a natural merge sort, which is fast if the queue is nearly sorted.
    pub(crate) fn sort_by_key<K: Ord>(&self, key: impl Fn(*mut uv__queue) -> K) {
        let (sorted, one, other) = (unlinked(), unlinked(), unlinked());
        loop {
            sorted.init();
            let mut runs = 0;
            while !self.is_empty() {
                self.take_run(&one, &key);
                self.take_run(&other, &key);
                one.merge(&other, &sorted, &key);
                runs += 1;
            }
            sorted.append_to(self);
            if runs <= 1 {
                return;
            }
        }
    }

    /// Moves the sorted run at the front to `run`.
    fn take_run<K: Ord>(&self, run: &uv__queue, key: &impl Fn(*mut uv__queue) -> K) {
        run.init();
        let mut last = None;
        while let Some(first) = self
            .key_of_first(key)
            .filter(|first| last.as_ref() <= Some(first))
        {
            last = Some(first);
            self.move_first(run);
        }
    }

    /// Merges two sorted queues to the end of `sorted`.
    fn merge<K: Ord>(
        &self,
        other: &uv__queue,
        sorted: &uv__queue,
        key: &impl Fn(*mut uv__queue) -> K,
    ) {
        while let (Some(mine), Some(its)) = (self.key_of_first(key), other.key_of_first(key)) {
            let least = if its < mine { other } else { self };
            least.move_first(sorted);
        }
        self.append_to(sorted);
        other.append_to(sorted);
    }

    /// Merges the sorted queue `batch` into this one, which is sorted. Stops searching at the
    /// position of the last link of `batch`.
    pub(crate) fn merge_in_order<K: Ord>(
        &self,
        batch: &uv__queue,
        key: impl Fn(*mut uv__queue) -> K,
    ) {
        let mut at = self.next.get();
        while let Some(first) = batch.key_of_first(&key) {
            if self.is_empty() || key(self.prev.get()) < first {
                return batch.append_to(self);
            }
            // Ends at the last link, whose key is not less.
            while key(at) < first {
                // SAFETY: a link is alive while it is in a queue.
                at = unsafe { (*at).next.get() };
            }
            // SAFETY: `at` is a link of this queue. Adding at the end of the circular list that
            // begins with `at` adds before `at`.
            batch.move_first(unsafe { &*at });
        }
    }

    /// Moves each link to `chosen` or to `others`, in order.
    pub(crate) fn split(
        &self,
        chosen: &uv__queue,
        others: &uv__queue,
        is_chosen: impl Fn(*mut uv__queue) -> bool,
    ) {
        while !self.is_empty() {
            let to = if is_chosen(self.first()) {
                chosen
            } else {
                others
            };
            self.move_first(to);
        }
    }

    fn key_of_first<K>(&self, key: &impl Fn(*mut uv__queue) -> K) -> Option<K> {
        let first = self.first();
        (!first.is_null()).then(|| key(first))
    }

    fn move_first(&self, to: &uv__queue) {
        // SAFETY: the queue is not empty, and a link is alive while it is in a queue.
        let first = unsafe { &*self.first() };
        first.detach();
        to.push_back(first);
    }

    /// Moves all links to the queue `head`, which need not be initialised, in order.
    pub(crate) fn take_into(&self, head: &uv__queue) {
        if self.is_empty() {
            head.init();
            return;
        }
        let (first, last) = (self.next.get(), self.prev.get());
        head.next.set(first);
        head.prev.set(last);
        // SAFETY: both are links of this queue, alive while they are in it.
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

    #[test]
    fn keeps_the_order_of_insertion() {
        let (head, a, b, c) = (unlinked(), unlinked(), unlinked(), unlinked());
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
        let (head, local, a, b) = (unlinked(), unlinked(), unlinked(), unlinked());
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
        let (head, more, a, b, c) = (unlinked(), unlinked(), unlinked(), unlinked(), unlinked());
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

    #[test]
    fn sorts_as_vectors_do() {
        let mut random = 1u32;
        for count in [0, 1, 2, 3, 10, if cfg!(miri) { 60 } else { 1000 }] {
            let links: Vec<uv__queue> = (0..count).map(|_| unlinked()).collect();
            let mut keys: Vec<u32> = Vec::new();
            let head = unlinked();
            head.init();
            for at in &links {
                random = random.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                keys.push(random >> 8 & 0xff);
                head.push_back(at);
            }
            let index =
                |at: *mut uv__queue| (at.addr() - links.as_ptr().addr()) / size_of::<uv__queue>();
            head.sort_by_key(|at| keys[index(at)]);
            let mut expected: Vec<usize> = (0..count).collect();
            expected.sort_by_key(|at| keys[*at]);
            let mut found = Vec::new();
            while !head.is_empty() {
                found.push(index(head.pop_front()));
            }
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn merges_and_splits_in_order() {
        let links: [uv__queue; 8] = core::array::from_fn(|_| unlinked());
        let index =
            |at: *mut uv__queue| (at.addr() - links.as_ptr().addr()) / size_of::<uv__queue>();
        for chosen in 0..1usize << links.len() {
            let heads: [uv__queue; 3] = core::array::from_fn(|_| unlinked());
            let [all, some, rest] = &heads;
            heads.iter().for_each(uv__queue::init);
            links.iter().for_each(|link| all.push_back(link));
            all.split(some, rest, |at| chosen >> index(at) & 1 != 0);
            assert!(all.is_empty());
            rest.merge_in_order(some, index);
            assert!(some.is_empty());
            let found = core::iter::from_fn(|| Some(rest.pop_front()).filter(|at| !at.is_null()));
            assert!(found.map(index).eq(0..links.len()));
        }
    }

    fn a_fresh(a: &uv__queue) -> &uv__queue {
        a.remove();
        a
    }
}
