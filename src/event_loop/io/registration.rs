//! Registration: which descriptors the kernel watches for which watcher.
//!
//! The fd table finds the watcher of a descriptor. An entry is cleared before its watcher's
//! handle is closed, so a watcher that is found there is alive. A token of the kernel's events
//! holds the descriptor and a generation, which tells events of an older registration from
//! those of the present one.

use super::interest::Interest;
use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;

/// The token of a registration.
fn token(fd: c_int, generation: u32) -> usize {
    (generation as usize) << 32 | fd as u32 as usize
}

impl uv__io_t {
    /// Sets what the kernel watches for this watcher, and counts the watched descriptors.
    fn count_armed(&self, loop_: &uv_loop_t, armed: Interest) {
        let count = &loop_.engine().registered;
        let (was_none, is_none) = (self.armed().is_empty(), armed.is_empty());
        count.set(count.get() + u32::from(was_none) - u32::from(is_none));
        self.set_armed(armed);
    }

    /// Makes the kernel watch exactly `armed`.
    pub(crate) fn arm(&self, loop_: &uv_loop_t, armed: Interest) -> Result {
        let (fd, new) = (self.fd.get(), self.armed().is_empty());
        if fd < 0 {
            return Err(Errno::BADF);
        }
        let engine = loop_.engine();
        if new {
            self.enter_fd_table(loop_)?;
            self.generation.set(engine.next_generation());
        }
        let token = token(fd, self.generation.get());
        let registered = if self.keeps_readiness() {
            engine.reactor().edge(fd, token, armed, new)
        } else {
            engine.reactor().level(fd, token, armed, new)
        };
        match registered {
            Ok(()) => self.count_armed(loop_, armed),
            Err(_) if new => loop_.set_watcher_at(fd, null_mut()),
            Err(_) => {}
        }
        registered
    }

    /// Gives the registration a new generation, so that events that the kernel reported
    /// before are recognised as old. The caller arms the watcher next.
    pub(crate) fn renew_generation(&self, loop_: &uv_loop_t) {
        self.generation.set(loop_.engine().next_generation());
    }

    /// Stops the kernel from watching the descriptor, and clears the readiness.
    pub(crate) fn disarm(&self, loop_: &uv_loop_t) {
        if !self.armed().is_empty() {
            loop_.engine().reactor().deregister(self.fd.get());
            self.leave_fd_table(loop_);
        }
        self.events.set(0);
    }

    fn leave_fd_table(&self, loop_: &uv_loop_t) {
        self.count_armed(loop_, Interest::NONE);
        if loop_.watcher_at(self.fd.get()) == core::ptr::from_ref(self).cast_mut() {
            loop_.set_watcher_at(self.fd.get(), null_mut());
        }
    }

    /// Makes this the watcher of its descriptor in the fd table. An entry of a watcher without
    /// interest is replaced: the program has closed that watcher's descriptor, and the kernel
    /// has given the number to this one.
    fn enter_fd_table(&self, loop_: &uv_loop_t) -> Result {
        loop_.grow_table(self.fd.get())?;
        let holder = loop_.watcher_at(self.fd.get());
        if !holder.is_null() {
            // SAFETY: an fd table entry is cleared before its watcher's handle is closed.
            let holder = unsafe { &*holder };
            if !holder.interest().is_empty() {
                return Err(Errno::EXIST);
            }
            holder.count_armed(loop_, Interest::NONE);
            holder.events.set(0);
        }
        loop_.set_watcher_at(self.fd.get(), core::ptr::from_ref(self).cast_mut());
        Ok(())
    }

    /// Ends the watcher, whose handle closes. The registration is removed even if the descriptor
    /// is closed next: it lives as long as any copy of the descriptor, so a connection that was
    /// passed to another process would go on waking this one.
    pub(crate) fn close(&self, loop_: &uv_loop_t) {
        self.unwant(loop_, Interest(u32::MAX));
        self.pending_queue.remove();
        self.watcher_queue.remove();
        self.disarm(loop_);
    }

    /// Registers the descriptor in the new epoll set of a forked child.
    pub(crate) fn rearm_after_fork(&self, loop_: &uv_loop_t) -> Result {
        let armed = self.armed();
        self.count_armed(loop_, Interest::NONE);
        self.events.set(0);
        if self.interest().is_empty() {
            self.leave_fd_table(loop_);
            return Ok(());
        }
        loop_.set_watcher_at(self.fd.get(), null_mut());
        self.arm(loop_, armed)
    }
}

impl uv_loop_t {
    /// The watcher of a descriptor, or null.
    pub(crate) fn watcher_at(&self, fd: c_int) -> *mut uv__io_t {
        // A negative number is beyond the end as an unsigned one.
        if fd as c_uint >= self.nwatchers.get() {
            return null_mut();
        }
        // SAFETY: the table has nwatchers entries.
        unsafe { *self.watchers.get().add(fd as c_uint as usize) }
    }

    /// Sets the watcher of a descriptor; null clears the entry.
    fn set_watcher_at(&self, fd: c_int, watcher: *mut uv__io_t) {
        if (fd as c_uint) < self.nwatchers.get() {
            // SAFETY: the table has nwatchers entries.
            unsafe { *self.watchers.get().add(fd as usize) = watcher };
        }
    }

    /// The watcher of the descriptor that a token names, or null.
    pub(crate) fn watcher_of(&self, token: usize) -> *mut uv__io_t {
        self.watcher_at(token as u32 as c_int)
    }

    /// The watcher that an event with this token is for, or `None` if its registration is gone.
    pub(crate) fn live_watcher_of(&self, token: usize) -> Option<&uv__io_t> {
        // SAFETY: an entry is cleared before its watcher's handle is closed.
        let watcher = unsafe { self.watcher_of(token).as_ref() };
        watcher.filter(|watcher| watcher.generation.get() == (token >> 32) as u32)
    }

    /// Whether a handle has an interest in this descriptor.
    pub(crate) fn watches(&self, fd: c_int) -> bool {
        let watcher = self.watcher_at(fd);
        // SAFETY: an entry is cleared before its watcher's handle is closed.
        !watcher.is_null() && !unsafe { &*watcher }.interest().is_empty()
    }

    /// Grows the table so that it has an entry for `fd`.
    fn grow_table(&self, fd: c_int) -> Result {
        let (len, need) = (self.nwatchers.get() as usize, fd as usize + 1);
        if need <= len {
            return Ok(());
        }
        let grown = need.next_power_of_two().max(64);
        // SAFETY: the table is null or a block of the allocator.
        let table = unsafe { alloc::realloc(self.watchers.get(), grown)? };
        // SAFETY: the block has `grown` entries; those from `len` on are fresh.
        unsafe { table.add(len).write_bytes(0, grown - len) };
        self.watchers.set(table);
        self.nwatchers.set(grown as c_uint);
        Ok(())
    }
}
