//! The fd table: the loop's watchers by descriptor. An entry is cleared before its watcher's
//! handle is closed, so a watcher that is found here is alive.

use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use core::ffi::{c_int, c_uint};

/// The token of a registration: the descriptor, and the generation that makes an event of an
/// older registration recognisable.
pub(super) fn token(fd: c_int, generation: u32) -> usize {
    (generation as usize) << 32 | fd as u32 as usize
}

impl uv_loop_t {
    /// The watcher of a descriptor, or null.
    pub(crate) fn watcher_at(&self, fd: c_int) -> *mut uv__io_t {
        // As an unsigned number what is negative is beyond any table.
        if fd as c_uint >= self.nwatchers.get() {
            return core::ptr::null_mut();
        }
        // SAFETY: the table has nwatchers entries.
        unsafe { *self.watchers.get().add(fd as c_uint as usize) }
    }

    /// Sets the watcher of a descriptor; null clears the entry.
    pub(super) fn set_watcher_at(&self, fd: c_int, watcher: *mut uv__io_t) {
        if (fd as c_uint) < self.nwatchers.get() {
            // SAFETY: the table has nwatchers entries.
            unsafe { *self.watchers.get().add(fd as usize) = watcher };
        }
    }

    /// The watcher of the descriptor that a token names, or null.
    pub(crate) fn watcher_of(&self, token: usize) -> *mut uv__io_t {
        self.watcher_at(token as u32 as c_int)
    }

    /// The watcher that an event with this token is for, unless that watcher is gone.
    pub(crate) fn live_watcher_of(&self, token: usize) -> Option<&uv__io_t> {
        // SAFETY: an entry is cleared before its watcher's handle is closed.
        let watcher = unsafe { self.watcher_of(token).as_ref() };
        watcher.filter(|watcher| watcher.generation.get() == (token >> 32) as u32)
    }

    /// Whether a live watcher has this descriptor.
    pub(crate) fn watches(&self, fd: c_int) -> bool {
        let watcher = self.watcher_at(fd);
        // SAFETY: an entry is cleared before its watcher's handle is closed.
        !watcher.is_null() && !unsafe { &*watcher }.interest().is_empty()
    }

    /// Makes room for a descriptor's entry.
    pub(super) fn grow_table(&self, fd: c_int) -> Result {
        let (len, need) = (self.nwatchers.get() as usize, fd as usize + 1);
        if need <= len {
            return Ok(());
        }
        let grown = need.next_power_of_two().max(64);
        // SAFETY: the table is null or a block of the allocator.
        let table = unsafe {
            alloc::realloc(
                self.watchers.get().cast(),
                grown * size_of::<*mut uv__io_t>(),
            )
        };
        if table.is_null() {
            return Err(Errno::NOMEM);
        }
        let table = table.cast::<*mut uv__io_t>();
        // SAFETY: the block has `grown` entries; those from `len` on are fresh.
        unsafe { table.add(len).write_bytes(0, grown - len) };
        self.watchers.set(table);
        self.nwatchers.set(grown as c_uint);
        Ok(())
    }
}
