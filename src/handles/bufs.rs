//! Lists of buffers that C hands over to be written or sent.

use crate::abi::{uv_alloc_cb, uv_buf_t, uv_handle_t};
use crate::errno::{Errno, Result};
use crate::sys::fd;
use core::ffi::{c_int, c_uint};

/// The most buffers of a request: more is a sign of a negative count.
const MAX_BUFS: usize = 1024 * 1024;

/// All bytes of some buffers; absurd sums saturate.
pub(super) fn total(bufs: &[uv_buf_t]) -> usize {
    let limit = c_int::MAX as usize;
    bufs.iter()
        .fold(0usize, |sum, buf| sum.saturating_add(buf.len).min(limit))
}

/// The buffers as Rust sees them: none for a count that only a mistake explains.
///
/// # Safety
/// `bufs` points to `count` buffers, or `count` is 0 or such a mistake.
pub(super) unsafe fn slice<'a>(bufs: *const uv_buf_t, count: c_uint) -> &'a [uv_buf_t] {
    if count == 0 || count as usize > MAX_BUFS || bufs.is_null() {
        return &[];
    }
    // SAFETY: as this function's own contract.
    unsafe { core::slice::from_raw_parts(bufs, count as usize) }
}

/// A buffer without memory.
pub(super) fn none() -> uv_buf_t {
    uv_buf_t {
        base: core::ptr::null_mut(),
        len: 0,
    }
}

/// Asks for a buffer to read into; `buf` stays as it is where no callback is to be asked.
#[inline]
pub(super) fn ask(buf: &mut uv_buf_t, alloc: uv_alloc_cb, handle: &uv_handle_t, suggested: usize) {
    if let Some(alloc) = alloc {
        let handle = core::ptr::from_ref(handle).cast_mut();
        // SAFETY: the handle is alive, and `buf` outlives the call.
        unsafe { alloc(handle, suggested, buf) };
    }
}

/// All bytes of some buffers. Refuses an empty list, and sums that only a mistake
/// explains.
pub(super) fn check(bufs: &[uv_buf_t]) -> Result<usize> {
    match total(bufs) {
        bytes if !bufs.is_empty() && bytes <= fd::MAX_BYTES => Ok(bytes),
        _ => Err(Errno::INVAL),
    }
}

/// The buffers as the kernel's vectors: the two have one layout.
pub(super) fn iovecs(bufs: &[uv_buf_t]) -> &[libc::iovec] {
    const {
        assert!(size_of::<uv_buf_t>() == size_of::<libc::iovec>());
        assert!(align_of::<uv_buf_t>() == align_of::<libc::iovec>());
    }
    // SAFETY: the same memory, as a type of the same layout.
    unsafe { core::slice::from_raw_parts(bufs.as_ptr().cast(), bufs.len()) }
}
