//! Descriptors that were received over a pipe and are not accepted yet. The first is in
//! `accepted_fd`, the others are here.

use crate::abi::{uv_buf_t, uv_stream_t};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::fd;
use crate::sys::unix_socket::receive_passing;
use core::ffi::c_int;
use core::ptr::null_mut;

/// The block at `queued_fds`: this header, followed by `capacity` descriptors.
#[repr(C)]
struct Passed {
    len: usize,
    capacity: usize,
}

impl Passed {
    /// # Safety
    /// `this` is a live block.
    unsafe fn fds(this: *mut Passed) -> *mut c_int {
        // SAFETY: the descriptors begin right behind the counts.
        unsafe { this.add(1).cast() }
    }
}

/// By how many descriptors the block grows.
const STEP: usize = 8;

impl uv_stream_t {
    fn passed(&self) -> *mut Passed {
        self.queued_fds.get().cast()
    }

    /// The number of descriptors after the first.
    pub(crate) fn passed_count(&self) -> usize {
        let passed = self.passed();
        if passed.is_null() {
            return 0;
        }
        // SAFETY: a block that is there is live.
        unsafe { (*passed).len }
    }

    /// Reads bytes and keeps the descriptors that came with them. Without memory it keeps as many
    /// as it can and closes the others.
    pub(super) fn receive_passing(&self, buf: &uv_buf_t) -> Result<usize> {
        let mut kept = Ok(());
        let keep = |fd| {
            kept = kept.and_then(|()| self.keep_passed(fd));
            if kept.is_err() {
                let _ = fd::close(fd);
            }
        };
        // SAFETY: the allocation callback gave `len` writable bytes at `base`.
        let n = unsafe { receive_passing(self.fd(), buf.base.cast(), buf.len, keep)? };
        kept.map(|()| n)
    }

    fn keep_passed(&self, fd: c_int) -> Result {
        if self.accepted_fd.get() == -1 {
            self.accepted_fd.set(fd);
            return Ok(());
        }
        self.push_passed(fd)
    }

    /// Queues a received descriptor; on failure the caller closes it.
    fn push_passed(&self, fd: c_int) -> Result {
        let mut passed = self.passed();
        let len = self.passed_count();
        // SAFETY: a non-null block is live; it has room for `capacity` descriptors.
        unsafe {
            if passed.is_null() || len == (*passed).capacity {
                let bytes = size_of::<Passed>() + (len + STEP) * size_of::<c_int>();
                passed = alloc::realloc(passed.cast(), bytes).cast();
                if passed.is_null() {
                    return Err(Errno::NOMEM);
                }
                self.queued_fds.set(passed.cast());
                (*passed).capacity = len + STEP;
            }
            Passed::fds(passed).add(len).write(fd);
            (*passed).len = len + 1;
        }
        Ok(())
    }

    /// Removes and returns the first one, or −1.
    pub(super) fn next_passed(&self) -> c_int {
        let (passed, len) = (self.passed(), self.passed_count());
        if len == 0 {
            return -1;
        }
        // SAFETY: the block is live and holds `len` descriptors.
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

    /// Closes the descriptors that were not accepted.
    pub(super) fn drop_passed(&self) {
        loop {
            match self.next_passed() {
                -1 => return,
                fd => {
                    let _ = fd::close(fd);
                }
            }
        }
    }
}
