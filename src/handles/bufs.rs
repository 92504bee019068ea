//! Lists of buffers to write or to send.

use crate::abi::uv_buf_t;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::fd;
use core::cell::Cell;
use core::ffi::{c_int, c_uint};

/// The most buffers of a request. A larger count is a mistake, such as a negative number.
const MAX_BUFS: usize = 1024 * 1024;

/// The length of all buffers together, at most INT_MAX.
pub(super) fn total(bufs: &[uv_buf_t]) -> usize {
    let limit = c_int::MAX as usize;
    bufs.iter()
        .fold(0usize, |sum, buf| sum.saturating_add(buf.len).min(limit))
}

/// The buffers as a slice; empty if the count is a mistake.
///
/// # Safety
/// `bufs` points to `count` buffers, or `count` is 0 or such a mistake.
pub(super) unsafe fn slice<'a>(bufs: *const uv_buf_t, count: c_uint) -> &'a [uv_buf_t] {
    if count == 0 || count as usize > MAX_BUFS || bufs.is_null() {
        return &[];
    }
    // SAFETY: `bufs` is not null and points to `count` buffers.
    unsafe { core::slice::from_raw_parts(bufs, count as usize) }
}

/// A buffer without memory.
pub(super) const NONE: uv_buf_t = uv_buf_t {
    base: core::ptr::null_mut(),
    len: 0,
};

/// How many buffers fit into a request.
pub(super) const FEW: usize = 4;

/// Copies a list of buffers: to `small`, the memory in the request for [`FEW`] of them, or to a
/// block.
pub(super) fn copy(bufs: &[uv_buf_t], small: *mut uv_buf_t) -> Result<*mut uv_buf_t> {
    let copy = if bufs.len() <= FEW {
        small
    } else {
        alloc::malloc(size_of_val(bufs))?
    };
    // SAFETY: there is room for the list: for FEW in the request, or in the block.
    unsafe { copy.copy_from_nonoverlapping(bufs.as_ptr(), bufs.len()) };
    Ok(copy)
}

/// Frees the block of a list, if it is in one.
///
/// # Safety
/// `bufs` holds null or what [`copy`] returned for `small`, and nothing refers to the list.
pub(super) unsafe fn release(bufs: &Cell<*mut uv_buf_t>, small: *mut uv_buf_t) {
    let bufs = bufs.replace(core::ptr::null_mut());
    if bufs != small {
        // SAFETY: null, or a block that `copy` has allocated.
        unsafe { alloc::free(bufs.cast()) };
    }
}

/// The length of all buffers together; UV_EINVAL for an empty list, and for a length that is
/// a mistake.
pub(super) fn check(bufs: &[uv_buf_t]) -> Result<usize> {
    match total(bufs) {
        bytes if !bufs.is_empty() && bytes <= fd::MAX_BYTES => Ok(bytes),
        _ => Err(Errno::INVAL),
    }
}

/// The buffers as the kernel's vectors, which have the same layout.
pub(super) fn iovecs(bufs: &[uv_buf_t]) -> &[libc::iovec] {
    const {
        assert!(size_of::<uv_buf_t>() == size_of::<libc::iovec>());
        assert!(align_of::<uv_buf_t>() == align_of::<libc::iovec>());
    }
    // SAFETY: the two types have the same layout.
    unsafe { core::slice::from_raw_parts(bufs.as_ptr().cast(), bufs.len()) }
}

/// The result of a write or send that is not queued: a lack of buffers is UV_EAGAIN.
pub(super) fn try_result(sent: Result<usize>) -> Result<usize> {
    match sent {
        Err(Errno::NOBUFS) => Err(Errno::AGAIN),
        sent => sent,
    }
}
