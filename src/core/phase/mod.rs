//! The idle, prepare and check handles: who is called in a phase, in which order, while
//! the callbacks start and stop them.
//!
//! Started handles are in a table. Starting one cannot fail in libuv: when the table
//! does not find the memory to grow, the handle goes to a list, and so do those after it
//! until the list is empty again. The list's members are therefore all newer.

mod list;
mod table;

use crate::abi::uv__queue;
use core::cell::Cell;
use core::ptr::{null_mut, without_provenance_mut};
use list::List;
use table::Table;

/// Where in the table a handle is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(usize);

/// A handle's callback.
pub(crate) type Callback<H> = unsafe extern "C" fn(*mut H);

/// A handle that a phase calls.
pub(crate) trait Member: Sized {
    /// Two words for the phase's use.
    fn link(&self) -> &uv__queue;
    /// The handle that has this link.
    fn of_link(link: *mut uv__queue) -> *mut Self;
    /// The callback it was started with.
    fn callback(&self) -> Option<Callback<Self>>;

    /// Says where in the table the handle is.
    fn set_place(&self, place: Place) {
        self.link().next.set(without_provenance_mut(place.0));
        self.link().prev.set(null_mut());
    }

    /// Where in the table the handle is, if it is not in the list.
    fn place(&self) -> Option<Place> {
        let link = self.link();
        link.prev
            .get()
            .is_null()
            .then(|| Place(link.next.get().addr()))
    }
}

pub(crate) struct Phase<H> {
    table: Table<H>,
    overflow: List<H>,
    active: Cell<usize>,
}

impl<H: Member> Phase<H> {
    pub(crate) const fn new() -> Self {
        Self {
            table: Table::new(),
            overflow: List::new(),
            active: Cell::new(0),
        }
    }

    /// Ties the list's ends together, once the phase is where it stays.
    pub(crate) fn init(&self) {
        self.overflow.init();
    }

    /// Whether no handle is started.
    pub(crate) fn is_empty(&self) -> bool {
        self.active.get() == 0
    }

    /// Has a handle called from the next walk on, before all others.
    pub(crate) fn add(&self, handle: &H, callback: Callback<H>) {
        self.active.set(self.active.get() + 1);
        let in_table = if self.overflow.is_empty() {
            self.table.add(handle, callback)
        } else {
            None
        };
        match in_table {
            Some(place) => handle.set_place(place),
            None => self.overflow.add(handle),
        }
    }

    /// Has a handle called no more, be it in a walk that is going on.
    pub(crate) fn remove(&self, handle: &H) {
        self.active.set(self.active.get() - 1);
        match handle.place() {
            Some(place) => self.table.remove(place),
            None => self.overflow.remove(handle),
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
        self.table.call_after(|| self.overflow.call());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::queue::container_of;
    use crate::core::run::local_queue;
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

    /// The phase, and beside it two queues that do as libuv's do.
    struct World {
        phase: Phase<Handle>,
        handles: Vec<Handle>,
        listed: RefCell<VecDeque<usize>>,
        waiting: RefCell<VecDeque<usize>>,
        seed: Cell<u64>,
        calls: Cell<usize>,
    }

    unsafe extern "C" fn called(handle: *mut Handle) {
        // SAFETY: the test's handles and their world outlive the walk.
        let world = unsafe { &*(*handle).world };
        let expected = world.waiting.borrow_mut().pop_front().expect("a call");
        assert!(core::ptr::eq(handle, &world.handles[expected]));
        world.listed.borrow_mut().push_back(expected);
        world.calls.set(world.calls.get() + 1);
        let (busy, near) = (world.below(4), world.below(2));
        for _ in 0..busy {
            let some = world.below(world.handles.len());
            world.flip(if near == 0 { expected } else { some });
        }
    }

    impl World {
        fn new(size: usize, seed: u64) -> Box<Self> {
            let mut world = Box::new(Self {
                phase: Phase::new(),
                handles: Vec::new(),
                listed: RefCell::default(),
                waiting: RefCell::default(),
                seed: Cell::new(seed),
                calls: Cell::new(0),
            });
            world.phase.init();
            let at = &raw const *world;
            let handle = |_| Handle {
                link: local_queue(),
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

        /// Starts a handle, or stops it.
        fn flip(&self, which: usize) {
            let was = |queue: &RefCell<VecDeque<usize>>| {
                let mut queue = queue.borrow_mut();
                let at = queue.iter().position(|&one| one == which);
                at.is_some_and(|at| queue.remove(at).is_some())
            };
            if was(&self.listed) || was(&self.waiting) {
                return self.phase.remove(&self.handles[which]);
            }
            self.listed.borrow_mut().push_front(which);
            self.phase.add(&self.handles[which], called);
        }

        fn walk(&self) {
            self.waiting.swap(&self.listed);
            self.phase.call();
            assert!(self.waiting.borrow().is_empty());
            let active = self.listed.borrow().len();
            assert_eq!(self.phase.is_empty(), active == 0);
        }
    }

    #[test]
    fn walks_as_libuv_does_whatever_the_callbacks_do() {
        for seed in 0..40 {
            let world = World::new([3, 20, 200][seed as usize % 3], seed);
            for _ in 0..200 {
                for _ in 0..world.below(8) {
                    world.flip(world.below(world.handles.len()));
                }
                world.walk();
            }
            assert!(world.calls.get() > 100);
        }
    }

    #[test]
    fn without_memory_the_order_is_the_same() {
        for seed in 0..40 {
            let world = World::new(30, seed);
            for turn in 0..200 {
                if turn % 20 == 0 {
                    // As when the table finds no room for one.
                    let which = world.below(30);
                    if !world.listed.borrow().contains(&which) {
                        world.listed.borrow_mut().push_front(which);
                        let phase = &world.phase;
                        phase.active.set(phase.active.get() + 1);
                        phase.overflow.add(&world.handles[which]);
                    }
                }
                world.flip(world.below(30));
                world.walk();
            }
            assert!(world.calls.get() > 100);
        }
    }

    #[test]
    fn a_table_does_not_grow_for_handles_that_come_and_go() {
        let world = World::new(4, 1);
        for which in [0, 1, 2] {
            world.flip(which);
        }
        for _ in 0..1000 {
            for which in [0, 3, 1] {
                world.flip(which);
                world.flip(which);
                world.flip(which);
            }
            let oldest = *world.listed.borrow().back().unwrap();
            world.flip(oldest);
        }
        assert!(world.phase.table.capacity() <= 16);
    }
}
