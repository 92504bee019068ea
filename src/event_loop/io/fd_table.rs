//! The loop's table of watchers, by descriptor. A slot is emptied before its watcher's
//! handle is closed: what is found in one is alive.

use crate::event_loop::alloc;
use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::{Errno, Result};
use core::ffi::{c_int, c_uint};

/// What the kernel reports a descriptor by: its number, and that of its registration.
pub(super) fn token(fd: c_int, generation: u32) -> usize {
    (generation as usize) << 32 | fd as u32 as usize
}

impl uv_loop_t {
    /// The watcher of a descriptor, or null.
    pub(crate) fn slot(&self, fd: c_int) -> *mut uv__io_t {
        // As an unsigned number what is negative is beyond any table.
        if fd as c_uint >= self.nwatchers.get() {
            return core::ptr::null_mut();
        }
        // SAFETY: the table has nwatchers entries.
        unsafe { *self.watchers.get().add(fd as c_uint as usize) }
    }

    /// Notes whose a descriptor is; nobody's with null.
    pub(super) fn set_slot(&self, fd: c_int, watcher: *mut uv__io_t) {
        if (fd as c_uint) < self.nwatchers.get() {
            // SAFETY: the table has nwatchers entries.
            unsafe { *self.watchers.get().add(fd as usize) = watcher };
        }
    }

    /// Who has the descriptor that a token names.
    pub(crate) fn holder(&self, token: usize) -> *mut uv__io_t {
        self.slot(token as u32 as c_int)
    }

    /// The watcher that a report with this token is for, unless that one is gone.
    pub(crate) fn reported(&self, token: usize) -> Option<&uv__io_t> {
        // SAFETY: a slot is emptied before its watcher's handle is closed.
        let watcher = unsafe { self.holder(token).as_ref() };
        watcher.filter(|watcher| watcher.generation.get() == (token >> 32) as u32)
    }

    /// Whether a live watcher has this descriptor.
    pub(crate) fn watches(&self, fd: c_int) -> bool {
        let watcher = self.slot(fd);
        // SAFETY: a slot is emptied before its watcher's handle is closed.
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
