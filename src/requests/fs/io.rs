//! Reads and writes of files, with lists of buffers.

use super::MAX_BYTES;
use crate::abi::{UV_FS_READ, uv_buf_t, uv_fs_t};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::file;
use core::ffi::c_uint;
use core::ptr::null_mut;

impl uv_fs_t {
    /// # Safety
    /// `bufs` is null or points to `count` buffers that stay valid until the
    /// operation is over.
    pub(super) unsafe fn set_buffers(&self, bufs: *const uv_buf_t, count: c_uint) -> Result<&Self> {
        if bufs.is_null() || count == 0 {
            return Err(Errno::INVAL);
        }
        let reads = self.fs_type.get() == UV_FS_READ;
        // SAFETY: `bufs` points to `count` buffers, as this function asks.
        if !reads && total(unsafe { core::slice::from_raw_parts(bufs, count as usize) }) > MAX_BYTES
        {
            return Err(Errno::INVAL);
        }
        self.nbufs.set(count);
        // A synchronous read does not change the caller's list and needs no copy; a write advances
        // in it.
        if reads && self.cb.get().is_none() {
            self.bufs.set(bufs.cast_mut());
            return Ok(self);
        }
        let copy = self.buffer_room(count as usize)?;
        // SAFETY: there is room for `count` buffers, which no one else has.
        unsafe { copy.copy_from_nonoverlapping(bufs, count as usize) };
        self.bufs.set(copy);
        Ok(self)
    }

    fn small_buffers(&self) -> *mut uv_buf_t {
        self.bufsml.get().cast()
    }

    fn buffer_room(&self, count: usize) -> Result<*mut uv_buf_t> {
        // SAFETY: only the type of the place is asked for, its content is not read.
        if count <= unsafe { (*self.bufsml.get()).len() } {
            return Ok(self.small_buffers());
        }
        let room = alloc::malloc(count * size_of::<uv_buf_t>());
        if room.is_null() {
            Err(Errno::NOMEM)
        } else {
            Ok(room.cast())
        }
    }

    /// Clears the list of buffers, and frees it if it was allocated.
    pub(super) fn free_buffers(&self) {
        let bufs = self.bufs.replace(null_mut());
        self.nbufs.set(0);
        let borrowed = self.fs_type.get() == UV_FS_READ && self.cb.get().is_none();
        if bufs != self.small_buffers() && !borrowed {
            // SAFETY: `buffer_room` allocated it, or it is null.
            unsafe { alloc::free(bufs.cast()) };
        }
    }

    pub(super) fn set_length(&self, length: usize) {
        // SAFETY: a length fits in the private buffer list that the request does not
        // use otherwise.
        unsafe { (*self.small_buffers()).len = length };
    }

    pub(super) fn length(&self) -> usize {
        // SAFETY: `set_length` has written it.
        unsafe { (*self.small_buffers()).len }
    }

    /// Returns the buffers, as many as one system call takes.
    pub(super) fn buffers(&self) -> &[libc::iovec] {
        let count = (self.nbufs.get() as usize).min(file::IOV_MAX);
        // SAFETY: `set_buffers` has put at least `count` buffers there; uv_buf_t and
        // iovec are laid out the same.
        unsafe { core::slice::from_raw_parts(self.bufs.get().cast(), count) }
    }

    /// Makes one read. Buffers beyond what one system call can read are left out.
    pub(super) fn read(&self) -> Result<usize> {
        let list = self.buffers();
        let result = match list {
            [one] => file::read(self.file.get(), &[capped(one)], self.off.get()),
            _ => file::read(self.file.get(), movable(list), self.off.get()),
        };
        self.free_buffers();
        result
    }

    /// Writes all buffers, with as many calls as it takes. If a later call fails, returns the
    /// number of bytes written before.
    pub(super) fn write(&self) -> Result<usize> {
        let count = self.nbufs.get() as usize;
        // SAFETY: `set_buffers` has copied `count` buffers there; no other code has the
        // copy; uv_buf_t and iovec are laid out the same.
        let mut left: &mut [libc::iovec] =
            unsafe { core::slice::from_raw_parts_mut(self.bufs.get().cast(), count) };
        let mut offset = self.off.get();
        let mut written = 0;
        let mut outcome = Ok(0);
        while !left.is_empty() {
            let next = &left[..left.len().min(file::IOV_MAX)];
            match file::write(self.file.get(), next, offset) {
                Ok(0) => break,
                Ok(n) => {
                    written += n;
                    if offset >= 0 {
                        offset += n as i64;
                    }
                    left = advance(left, n);
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.off.set(offset);
        self.free_buffers();
        if written > 0 { Ok(written) } else { outcome }
    }
}

/// Returns the number of bytes in all buffers.
fn total(bufs: &[uv_buf_t]) -> usize {
    bufs.iter()
        .fold(0, |sum: usize, buf| sum.saturating_add(buf.len))
}

fn capped(buf: &libc::iovec) -> libc::iovec {
    libc::iovec {
        iov_base: buf.iov_base,
        iov_len: buf.iov_len.min(MAX_BYTES),
    }
}

/// Returns the first buffers of `list` that fit into one call, at least one.
fn movable(list: &[libc::iovec]) -> &[libc::iovec] {
    let mut room = MAX_BYTES;
    let fits = list.iter().take_while(|buf| {
        let fits = buf.iov_len <= room;
        room = room.saturating_sub(buf.iov_len);
        fits
    });
    let count = fits.count().max(1);
    &list[..count]
}

/// Returns the buffers without their first `n` bytes.
fn advance(list: &mut [libc::iovec], mut n: usize) -> &mut [libc::iovec] {
    let mut whole = 0;
    while whole < list.len() && list[whole].iov_len <= n {
        n -= list[whole].iov_len;
        whole += 1;
    }
    let left = &mut list[whole..];
    if let Some(first) = left.first_mut() {
        first.iov_base = first.iov_base.cast::<u8>().wrapping_add(n).cast();
        first.iov_len -= n;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iov(lens: &[usize]) -> Vec<libc::iovec> {
        let iov = |&iov_len| libc::iovec {
            iov_base: 0x1000 as *mut _,
            iov_len,
        };
        lens.iter().map(iov).collect()
    }

    #[test]
    fn advancing_drops_whole_buffers_and_trims_one() {
        let mut list = iov(&[4, 0, 6, 8]);
        let rest = advance(&mut list, 7);
        assert_eq!(rest.len(), 2);
        assert_eq!((rest[0].iov_base as usize, rest[0].iov_len), (0x1003, 3));
        assert!(advance(rest, 11).is_empty());
    }

    #[test]
    fn buffers_beyond_one_call_are_left_out() {
        assert_eq!(movable(&iov(&[10, MAX_BYTES - 10, 1])).len(), 2);
        assert_eq!(movable(&iov(&[MAX_BYTES + 1, 1])).len(), 1);
        assert_eq!(movable(&iov(&[1, MAX_BYTES])).len(), 1);
    }
}
