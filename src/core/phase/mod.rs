//! The idle, prepare and check handles: who is called in a phase, in which order, while
//! the callbacks start and stop them.
//!
//! Started handles are in a list. A walk that finds the list as the one before has left
//! it copies it to a table, which is what later turns read until a handle is started or
//! stopped: that costs what it costs in a list, and turns in which nothing changes cost
//! what they cost in a table. Without memory for the table the list will do.

mod list;
mod table;

use crate::abi::uv__queue;
use core::cell::Cell;
use list::{List, Walk};
use table::{Entry, Table};

/// A handle's callback.
pub(crate) type Callback<H> = unsafe extern "C" fn(*mut H);

/// A handle that a phase calls.
pub(crate) trait Member: Sized {
    /// Its link in the phase's list.
    fn link(&self) -> &uv__queue;
    /// The handle that has this link.
    fn of_link(link: *mut uv__queue) -> *mut Self;
    /// The callback it was started with.
    fn callback(&self) -> Option<Callback<Self>>;
}

/// What is known of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// It has changed since the last walk began.
    Nothing,
    /// How long it is.
    Length,
    /// It is what the table says.
    Table,
}

pub(crate) struct Phase<H> {
    list: List<H>,
    known: Cell<Known>,
    length: Cell<usize>,
    table: Table<H>,
}

/// The least number of handles that are worth a table.
const MANY: usize = 32;

impl<H: Member> Phase<H> {
    pub(crate) const fn new() -> Self {
        Self {
            list: List::new(),
            known: Cell::new(Known::Nothing),
            length: Cell::new(0),
            table: Table::new(),
        }
    }

    /// Ties the list's ends together, once the phase is where it stays.
    pub(crate) fn init(&self) {
        self.list.init();
    }

    /// Whether a walk that began now had nobody to call.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Has a handle called from the next walk on, before all others.
    pub(crate) fn add(&self, handle: &H) {
        self.will_change();
        self.list.add(handle);
    }

    /// Has a handle called no more, be it in a walk that is going on.
    pub(crate) fn remove(&self, handle: &H) {
        self.will_change();
        self.list.remove(handle);
    }

    /// Whatever is known will not be true any more.
    fn will_change(&self) {
        if self.known.get() != Known::Nothing {
            self.forget();
        }
    }

    /// A walk that goes on in the table goes on in the list from now on.
    #[cold]
    fn forget(&self) {
        let was_in_table = self.known.replace(Known::Nothing) == Known::Table;
        if was_in_table && self.list.is_walked() {
            self.list.go_on_with(self.table.end_walk());
        }
    }

    /// Calls every handle, the one started last first. Those that a callback starts
    /// have to wait for the next walk.
    #[inline]
    pub(crate) fn call(&self) {
        if !self.is_empty() {
            self.call_all();
        }
    }

    /// Apart, so that a turn without any runs past a test and no more.
    #[inline(never)]
    fn call_all(&self) {
        if self.list.is_walked() {
            return self.call_inside();
        }
        self.list.walk(|walk| match self.known.get() {
            Known::Nothing => self.count(walk),
            Known::Table => self.call_table(walk),
            Known::Length if self.length.get() < MANY => self.call_list(walk, |_| ()),
            Known::Length => self.copy(walk),
        });
    }

    /// The same, from a callback of a walk that goes on.
    #[cold]
    fn call_inside(&self) {
        self.will_change();
        self.list.walk(|walk| self.call_list(walk, |_| ()));
    }

    /// Calls every handle, and sees how many there are.
    fn count(&self, walk: &Walk) {
        self.known.set(Known::Length);
        let mut length = 0;
        self.call_list(walk, |_| length += 1);
        self.length.set(length);
        if length < MANY && self.table.capacity() > 0 {
            self.table.reserve(0);
        }
    }

    /// Calls every handle, and writes down who they are while these are all.
    #[cold]
    fn copy(&self, walk: &Walk) {
        let has_room = self.table.reserve(self.length.get());
        self.call_list(walk, |entry| {
            if has_room && self.known.get() == Known::Length {
                self.table.push(entry);
            }
        });
        if has_room && self.known.get() == Known::Length {
            self.known.set(Known::Table);
        }
    }

    /// Calls every handle that the list has.
    fn call_list(&self, walk: &Walk, called: impl FnMut(Entry<H>)) {
        self.list.begin(walk);
        self.call_rest(walk, called);
    }

    /// Calls every handle that the list has from the walk's place on.
    fn call_rest(&self, walk: &Walk, mut called: impl FnMut(Entry<H>)) {
        while let Some(handle) = self.list.next(walk) {
            // SAFETY: a member is an active handle, and not touched after its callback.
            if let Some(callback) = unsafe { (*handle).callback() } {
                called(Entry { handle, callback });
                // SAFETY: as above.
                unsafe { callback(handle) };
            }
        }
    }

    /// Calls every handle that the table has, or the list has once it is another.
    fn call_table(&self, walk: &Walk) {
        self.table.call();
        if self.known.get() != Known::Table {
            self.call_rest(walk, |_| ());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::queue::{container_of, unlinked};
    use std::cell::RefCell;
    use std::collections::VecDeque;

    struct Handle {
        link: uv__queue,
        world: *const World,
    }

    impl Member for Handle {
        fn link(&self) -> &uv__queue {
            &self.link
        }
        fn of_link(link: *mut uv__queue) -> *mut Self {
            container_of!(link, Handle, link)
        }
        fn callback(&self) -> Option<Callback<Self>> {
            Some(called)
        }
    }

    /// The phase, and beside it queues that do as libuv's do: the loop's, and what each
    /// walk that is going on has before it.
    struct World {
        phase: Phase<Handle>,
        handles: Vec<Handle>,
        listed: RefCell<VecDeque<usize>>,
        waiting: RefCell<Vec<VecDeque<usize>>>,
        seed: Cell<u64>,
        /// A callback does something every so many times.
        calm: usize,
        calls: Cell<usize>,
        in_table: Cell<usize>,
    }

    unsafe extern "C" fn called(handle: *mut Handle) {
        // SAFETY: the test's handles and their world outlive the walk.
        let world = unsafe { &*(*handle).world };
        world.call(handle);
    }

    impl World {
        fn new(size: usize, seed: u64, calm: usize) -> Box<Self> {
            let mut world = Box::new(Self {
                phase: Phase::new(),
                handles: Vec::new(),
                listed: RefCell::default(),
                waiting: RefCell::default(),
                seed: Cell::new(seed),
                calm,
                calls: Cell::new(0),
                in_table: Cell::new(0),
            });
            world.phase.init();
            let at = &raw const *world;
            let handle = |_| Handle {
                link: unlinked(),
                world: at,
            };
            world.handles = (0..size).map(handle).collect();
            world
        }

        fn below(&self, n: usize) -> usize {
            let next = self.seed.get().wrapping_mul(6364136223846793005);
            self.seed.set(next.wrapping_add(1442695040888963407));
            (self.seed.get() >> 33) as usize % n
        }

        fn call(&self, handle: *mut Handle) {
            let next = self.waiting.borrow_mut().last_mut().unwrap().pop_front();
            let me = next.expect("nobody else is to be called");
            assert!(core::ptr::eq(handle, &self.handles[me]));
            self.listed.borrow_mut().push_back(me);
            self.calls.set(self.calls.get() + 1);
            let in_table = self.phase.known.get() == Known::Table;
            self.in_table
                .set(self.in_table.get() + usize::from(in_table));
            if self.below(self.calm) > 0 {
                return;
            }
            let near = self.below(2);
            for _ in 0..self.below(4) {
                let some = self.below(self.handles.len());
                self.flip(if near == 0 { me } else { some });
            }
            if self.waiting.borrow().len() < 3 && self.below(10) == 0 {
                self.walk();
            }
        }

        /// Starts a handle, or stops it.
        fn flip(&self, which: usize) {
            let take = |queue: &mut VecDeque<usize>| {
                let at = queue.iter().position(|&one| one == which);
                at.is_some_and(|at| queue.remove(at).is_some())
            };
            let mut listed = self.listed.borrow_mut();
            if take(&mut listed) || self.waiting.borrow_mut().iter_mut().any(take) {
                return self.phase.remove(&self.handles[which]);
            }
            listed.push_front(which);
            self.phase.add(&self.handles[which]);
        }

        fn walk(&self) {
            let before = self.listed.take();
            assert_eq!(self.phase.is_empty(), before.is_empty());
            self.waiting.borrow_mut().push(before);
            self.phase.call();
            assert!(self.waiting.borrow_mut().pop().unwrap().is_empty());
            let none = self.listed.borrow().is_empty();
            assert_eq!(self.phase.is_empty(), none);
        }
    }

    #[test]
    fn walks_as_libuv_does_whatever_the_callbacks_do() {
        for seed in 0..60 {
            let calm = [1, 300, 3000][seed as usize / 3 % 3];
            let world = World::new([3, 100, 200][seed as usize % 3], seed, calm);
            for which in 0..world.handles.len() {
                world.flip(which);
            }
            for _ in 0..200 {
                if world.below(calm) < 3 {
                    for _ in 0..world.below(8) {
                        world.flip(world.below(world.handles.len()));
                    }
                }
                world.walk();
            }
            let has_tables = world.handles.len() > 2 * MANY && calm > 1;
            assert!(world.calls.get() > 100);
            assert_eq!(world.in_table.get() > 100, has_tables);
        }
    }

    #[test]
    fn a_table_is_made_for_many_handles_that_stay_and_not_kept_for_few() {
        let world = World::new(1000, 1, usize::MAX);
        let walk = |times| (0..times).for_each(|_| world.walk());
        for which in 0..1000 {
            world.flip(which);
        }
        walk(1);
        assert_eq!(world.phase.table.capacity(), 0);
        walk(1);
        assert_eq!(world.phase.table.capacity(), 1000);
        walk(1);
        assert_eq!(world.in_table.get(), 1000);
        for which in 100..1000 {
            world.flip(which);
        }
        walk(3);
        assert_eq!(world.phase.table.capacity(), 100);
        for which in MANY - 1..100 {
            world.flip(which);
        }
        walk(3);
        assert_eq!(world.phase.table.capacity(), 0);
    }
}
