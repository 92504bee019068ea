//! Descriptors that a peer has passed over a pipe and that wait for uv_accept. The first of them is
//! in `accepted_fd`, the others are in a block at `queued_fds`.

use crate::abi::{uv_buf_t, uv_stream_t};
use crate::errno::Result;
use crate::event_loop::alloc;
use crate::sys::fd;
use crate::sys::unix_socket::receive_passing;
use core::ffi::c_int;
use core::ptr::null_mut;

/// The head of the block, before room for `capacity` descriptors.
#[repr(C)]
struct Passed {
    len: usize,
    capacity: usize,
}

impl Passed {
    /// # Safety
    /// `this` is a block at `queued_fds`.
    unsafe fn fds(this: *mut Passed) -> *mut c_int {
        // SAFETY: the block goes on after its head.
        unsafe { this.add(1).cast() }
    }
}

/// By how many descriptors the block grows.
const STEP: usize = 8;

impl uv_stream_t {
    fn passed(&self) -> *mut Passed {
        self.queued_fds.get().cast()
    }

    /// How many descriptors are in the block.
    pub(crate) fn passed_count(&self) -> usize {
        let passed = self.passed();
        if passed.is_null() {
            return 0;
        }
        // SAFETY: `queued_fds` is null or an allocated block.
        unsafe { (*passed).len }
    }

    /// Reads bytes, and keeps the descriptors that were passed with them. Without memory for all of
    /// them, closes the rest and returns UV_ENOMEM.
    pub(super) fn receive_passing(&self, buf: &uv_buf_t) -> Result<usize> {
        let mut kept = Ok(());
        let keep = |fd| {
            kept = kept.and_then(|()| self.push_passed(fd));
            if kept.is_err() {
                let _ = fd::close(fd);
            }
        };
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        let n = unsafe { receive_passing(self.fd(), buf.base.cast(), buf.len, keep)? };
        kept.map(|()| n)
    }

    /// Adds a descriptor. If that fails, the caller closes it.
    fn push_passed(&self, fd: c_int) -> Result {
        if self.accepted_fd.get() == -1 {
            self.accepted_fd.set(fd);
            return Ok(());
        }
        let mut passed = self.passed();
        let len = self.passed_count();
        // SAFETY: `passed` is null or an allocated block with room for `capacity` descriptors.
        unsafe {
            if passed.is_null() || len == (*passed).capacity {
                let bytes = size_of::<Passed>() + (len + STEP) * size_of::<c_int>();
                passed = alloc::realloc(passed.cast::<u8>(), bytes)?.cast();
                self.queued_fds.set(passed.cast());
                (*passed).capacity = len + STEP;
            }
            Passed::fds(passed).add(len).write(fd);
            (*passed).len = len + 1;
        }
        Ok(())
    }

    /// Removes and returns the first descriptor of the block, −1 if there is none.
    pub(super) fn next_passed(&self) -> c_int {
        let (passed, len) = (self.passed(), self.passed_count());
        if len == 0 {
            return -1;
        }
        // SAFETY: the block is allocated and holds `len` descriptors.
        unsafe {
            let fds = Passed::fds(passed);
            let first = fds.read();
            fds.copy_from(fds.add(1), len - 1);
            (*passed).len = len - 1;
            if len == 1 {
                alloc::free(passed.cast());
                self.queued_fds.set(null_mut());
            }
            first
        }
    }

    /// Closes the descriptors in the block.
    pub(super) fn close_passed(&self) {
        while self.passed_count() > 0 {
            let _ = fd::close(self.next_passed());
        }
    }
}
