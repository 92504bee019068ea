//! The timers' heap: four children to a node, in one block of memory.
//!
//! With four children, which share two cache lines, the tree is half as deep as a binary
//! one; entries carry their keys, so that sifting does not follow pointers to timers, which
//! would cost a cache miss each. A timer knows the index of its entry.
//!
//! Moving a deadline *later* only writes the timer: its entry keeps the earlier key and is
//! put right when it comes to the top (`settle`), before anything reads the top. That makes
//! restarting a timer, the commonest operation, nearly free.

use super::Key;
use crate::abi::uv_timer_t;
use crate::errno::Result;
use crate::event_loop::alloc;
use core::cell::Cell;

#[derive(Clone, Copy)]
struct Entry {
    key: Key,
    timer: *const uv_timer_t,
}

pub(super) struct Heap {
    entries: Cell<*mut Entry>,
    pub(super) len: Cell<usize>,
    capacity: Cell<usize>,
}

const ARITY: usize = 4;
/// The entries of the smallest block, which is kept until the loop closes.
const LEAST: usize = 64;

impl Heap {
    pub(super) const fn new() -> Self {
        Self {
            entries: Cell::new(core::ptr::null_mut()),
            len: Cell::new(0),
            capacity: Cell::new(0),
        }
    }

    /// The size of the block in bytes.
    #[cfg(test)]
    pub(super) fn block_bytes(&self) -> usize {
        self.capacity.get() * size_of::<Entry>()
    }

    fn get(&self, index: usize) -> Entry {
        debug_assert!(index < self.len.get());
        // SAFETY: the index is below `len`, and that many entries are initialised.
        unsafe { *self.entries.get().add(index) }
    }

    fn put(&self, index: usize, entry: Entry) {
        // SAFETY: the index is below `capacity`; the entry is not that of the stopped timer, which
        // is being removed if there is one, so its timer is alive.
        unsafe {
            *self.entries.get().add(index) = entry;
            (*entry.timer).set_position(index);
        }
    }

    fn reserve(&self) -> Result {
        if self.len.get() < self.capacity.get() {
            return Ok(());
        }
        self.resize((self.capacity.get() * 2).max(LEAST))
    }

    /// Halves the block if three quarters of it are empty; as many entries must be added or
    /// removed before the next resize. If there is no memory, the block stays.
    fn shrink(&self) {
        let capacity = self.capacity.get();
        if capacity > LEAST && self.len.get() < capacity / 4 {
            let _ = self.resize(capacity / 2);
        }
    }

    #[cold]
    fn resize(&self, capacity: usize) -> Result {
        // SAFETY: `entries` is null or a block of the allocator.
        let entries = unsafe { alloc::realloc(self.entries.get(), capacity)? };
        self.entries.set(entries);
        self.capacity.set(capacity);
        Ok(())
    }

    /// Adds a timer. Fails if there is no memory.
    pub(super) fn insert(&self, timer: &uv_timer_t, key: Key) -> Result {
        self.reserve()?;
        let index = self.len.get();
        self.len.set(index + 1);
        self.sift_up(index, Entry { key, timer });
        Ok(())
    }

    /// Removes the entry at `index`.
    pub(super) fn remove(&self, index: usize) {
        let last = self.len.get() - 1;
        let moved = self.get(last);
        self.len.set(last);
        if index < last {
            if index > 0 && moved.key < self.get((index - 1) / ARITY).key {
                self.sift_up(index, moved);
            } else {
                self.sift_down(index, moved);
            }
        }
        self.shrink();
    }

    /// Whether the entry at `index` may keep its key for a timer that is now due at `key`,
    /// because it sorts no later.
    pub(super) fn may_stay(&self, index: usize, key: Key) -> bool {
        self.get(index).key <= key
    }

    /// The timer that is due first, and its key.
    pub(super) fn first(&self) -> Option<(Key, *const uv_timer_t)> {
        self.settle();
        (self.len.get() > 0).then(|| {
            let top = self.get(0);
            (top.key, top.timer)
        })
    }

    /// Moves the top entry down while its timer has a later deadline, until the top is exact.
    /// Drops an entry whose timer has another position: the program has initialised an active
    /// timer again, which libuv leaves undefined.
    fn settle(&self) {
        while self.len.get() > 0 {
            let top = self.get(0);
            // SAFETY: `Timers` removes the stopped timer's entry first, so this timer is active and
            // alive.
            let timer = unsafe { &*top.timer };
            if timer.position() != 0 || !timer.is_active() {
                self.remove(0);
                continue;
            }
            let key = timer.key();
            if key == top.key {
                return;
            }
            self.sift_down(0, Entry { key, ..top });
        }
    }

    fn sift_up(&self, mut index: usize, entry: Entry) {
        while index > 0 {
            let parent = (index - 1) / ARITY;
            let above = self.get(parent);
            if above.key <= entry.key {
                break;
            }
            self.put(index, above);
            index = parent;
        }
        self.put(index, entry);
    }

    fn sift_down(&self, mut index: usize, entry: Entry) {
        let len = self.len.get();
        loop {
            let first = index * ARITY + 1;
            if first >= len {
                break;
            }
            let mut least = first;
            let mut below = self.get(first);
            for child in first + 1..(first + ARITY).min(len) {
                let candidate = self.get(child);
                if candidate.key < below.key {
                    (least, below) = (child, candidate);
                }
            }
            if entry.key <= below.key {
                break;
            }
            self.put(index, below);
            index = least;
        }
        self.put(index, entry);
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // SAFETY: `entries` is null or a block of the allocator, which nothing uses after `self`.
        unsafe { alloc::free(self.entries.get().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer() -> Box<uv_timer_t> {
        // SAFETY: every field of a timer may be all zeroes.
        let timer: Box<uv_timer_t> = unsafe { Box::new(core::mem::zeroed()) };
        timer.set(crate::event_loop::flags::ACTIVE);
        timer
    }

    fn set(timer: &uv_timer_t, deadline: u64, start_id: u64) -> Key {
        timer.timeout.set(deadline);
        timer.start_id.set(start_id);
        timer.key()
    }

    fn drain(heap: &Heap) -> Vec<u64> {
        let mut order = Vec::new();
        while let Some((key, timer)) = heap.first() {
            order.push(key.deadline);
            // SAFETY: the test's timers outlive the heap.
            heap.remove(unsafe { (*timer).position() });
        }
        order
    }

    #[test]
    fn pops_in_order_of_deadline_whatever_is_removed() {
        let heap = Heap::new();
        let mut seed = 12345u64;
        let timers: Vec<_> = (0..500).map(|_| timer()).collect();
        for (i, t) in timers.iter().enumerate() {
            seed = seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            heap.insert(t, set(t, seed >> 54, i as u64)).unwrap();
        }
        for t in timers.iter().step_by(3) {
            heap.remove(t.position());
        }
        let order = drain(&heap);
        assert_eq!(order.len(), 500 - 167);
        assert!(order.is_sorted());
    }

    #[test]
    fn equal_deadlines_come_in_order_of_start() {
        let heap = Heap::new();
        let timers: Vec<_> = (0..40).map(|_| timer()).collect();
        for (i, t) in timers.iter().enumerate().rev() {
            heap.insert(t, set(t, 7, i as u64)).unwrap();
        }
        for t in &timers {
            let (_, first) = heap.first().unwrap();
            assert_eq!(first, &raw const **t);
            heap.remove(t.position());
        }
    }

    #[test]
    fn a_deadline_moved_later_is_exact_when_looked_at() {
        let heap = Heap::new();
        let (a, b) = (timer(), timer());
        heap.insert(&a, set(&a, 10, 0)).unwrap();
        heap.insert(&b, set(&b, 20, 1)).unwrap();
        let later = set(&a, 30, 2);
        assert!(heap.may_stay(a.position(), later));
        assert_eq!(heap.first().unwrap().0.deadline, 20);
        assert_eq!(drain(&heap), [20, 30]);
    }
}
