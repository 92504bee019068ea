//! The inotify watches of a loop, each with the handles that share it.

use crate::abi::{uv__queue, uv_fs_event_t};
use crate::errno::Result;
use crate::event_loop::alloc;
use crate::event_loop::queue::{container_of, unlinked};
use core::cell::Cell;
use core::ffi::c_int;
use core::ptr::null_mut;

/// An inotify watch and the handles that share it.
pub(super) struct Watch {
    pub(super) wd: c_int,
    pub(super) handles: uv__queue,
    /// Whether its handles are being called: then it stays even without any.
    pub(super) calling: Cell<bool>,
    /// Whether its descriptor is closed, so that it is in no table. Its handles that are being
    /// called join a new watch later.
    pub(super) abandoned: Cell<bool>,
}

impl Watch {
    pub(super) fn new(wd: c_int) -> Result<*mut Watch> {
        let watch = alloc::boxed(Watch {
            wd,
            handles: unlinked(),
            calling: Cell::new(false),
            abandoned: Cell::new(false),
        })?;
        // SAFETY: just made, and it stays where it is.
        unsafe { (*watch).handles.init() };
        Ok(watch)
    }

    /// Removes and returns the first handle.
    pub(super) fn pop(&self) -> Option<&uv_fs_event_t> {
        pop(&self.handles)
    }
}

/// Removes and returns the first handle of a list.
pub(super) fn pop(list: &uv__queue) -> Option<&uv_fs_event_t> {
    let link = list.drain().next()?;
    // SAFETY: the link is in a handle, which is alive: stopping takes it out.
    Some(unsafe { &*container_of!(link, uv_fs_event_t, watchers) })
}

/// The watches of a loop, sorted by number. The kernel counts upwards, so a new one is mostly
/// added at the end.
pub(super) struct Watches {
    items: Cell<*mut *mut Watch>,
    len: Cell<usize>,
    capacity: Cell<usize>,
    /// The number of the loop's inotify descriptor; the next one has another.
    pub(super) epoch: Cell<u32>,
    /// The number of failed reads in a row.
    pub(super) failures: Cell<u32>,
}

impl Watches {
    pub(super) const fn new() -> Watches {
        Watches {
            items: Cell::new(null_mut()),
            len: Cell::new(0),
            capacity: Cell::new(0),
            epoch: Cell::new(0),
            failures: Cell::new(0),
        }
    }

    pub(super) fn all(&self) -> &[*mut Watch] {
        if self.len.get() == 0 {
            return &[];
        }
        // SAFETY: the block holds that many.
        unsafe { core::slice::from_raw_parts(self.items.get(), self.len.get()) }
    }

    fn position(&self, wd: c_int) -> core::result::Result<usize, usize> {
        // SAFETY: watches in the table are alive.
        self.all()
            .binary_search_by_key(&wd, |watch| unsafe { (**watch).wd })
    }

    pub(super) fn find(&self, wd: c_int) -> Option<*mut Watch> {
        self.position(wd).ok().map(|at| self.all()[at])
    }

    /// The watch with the lowest number from `wd` on.
    pub(super) fn find_from(&self, wd: c_int) -> Option<*mut Watch> {
        let at = self.position(wd).unwrap_or_else(|at| at);
        self.all().get(at).copied()
    }

    pub(super) fn insert(&self, watch: *mut Watch) -> Result {
        let len = self.len.get();
        if len == self.capacity.get() {
            let capacity = (len * 2).max(8);
            // SAFETY: the table is null or a block of the allocator.
            let items = unsafe { alloc::realloc(self.items.get(), capacity)? };
            self.items.set(items);
            self.capacity.set(capacity);
        }
        // SAFETY: the watch is alive; the table has room for one more.
        unsafe {
            let at = self.position((*watch).wd).unwrap_or_else(|at| at);
            let place = self.items.get().add(at);
            place.copy_to(place.add(1), len - at);
            place.write(watch);
        }
        self.len.set(len + 1);
        Ok(())
    }

    pub(super) fn remove(&self, wd: c_int) {
        if let Ok(at) = self.position(wd) {
            let len = self.len.get() - 1;
            // SAFETY: the entries behind `at` are the table's.
            unsafe {
                let place = self.items.get().add(at);
                place.copy_from(place.add(1), len - at);
            }
            self.len.set(len);
        }
    }

    /// Removes all watches after the descriptor was closed. Calls `each` for each, and frees it,
    /// unless its handles are being called, which frees it later.
    pub(super) fn clear(&self, mut each: impl FnMut(&Watch)) {
        let (items, len) = (self.items.replace(null_mut()), self.len.replace(0));
        self.capacity.set(0);
        self.failures.set(0);
        self.epoch.set(self.epoch.get().wrapping_add(1));
        for at in 0..len {
            // SAFETY: the old table has `len` watches, which nothing else frees: they are in
            // no table, and those being called are left to their callers.
            unsafe {
                let watch = *items.add(at);
                (*watch).abandoned.set(true);
                each(&*watch);
                if !(*watch).calling.get() {
                    alloc::unbox(watch);
                }
            }
        }
        // SAFETY: the old table is a block of the allocator's, not used again.
        unsafe { alloc::free(items.cast()) };
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        // SAFETY: no handle means no watch; the table is the allocator's, or null.
        unsafe { alloc::free(self.items.get().cast()) };
    }
}
