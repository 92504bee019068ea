//! Lists of buffers that C hands over to be written or sent.

use crate::abi::uv_buf_t;
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

/// Refuses an empty list, and sums that only a mistake explains.
pub(super) fn check(bufs: &[uv_buf_t]) -> Result {
    if bufs.is_empty() || total(bufs) > fd::MAX_BYTES {
        return Err(Errno::INVAL);
    }
    Ok(())
}

/// The buffers as the kernel's vectors: the two have one layout.
pub(super) fn iovecs<'a>(bufs: &[uv_buf_t]) -> &'a mut [libc::iovec] {
    const {
        assert!(size_of::<uv_buf_t>() == size_of::<libc::iovec>());
        assert!(align_of::<uv_buf_t>() == align_of::<libc::iovec>());
    }
    // SAFETY: same layout; the system calls that get this slice only read it.
    unsafe { core::slice::from_raw_parts_mut(bufs.as_ptr().cast_mut().cast(), bufs.len()) }
}
