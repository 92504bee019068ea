//! The path that a pipe is bound to, in the block at `pipe_fname`: a C string, followed by the
//! device and the inode of the socket that was bound. Closing the pipe unlinks the path only if
//! it still leads to that socket: another process may have bound the same path since.

use crate::errno::Result;
use crate::event_loop::alloc;
use crate::sys::file;
use crate::sys::stat::{Target, stat};
use core::ffi::{CStr, c_char};

/// Device and inode; zeros if they could not be read.
type Identity = [u64; 2];

/// A block for this path, which has no NUL.
pub(super) fn new(path: &[u8]) -> Result<*const c_char> {
    let block: *mut u8 = alloc::calloc(path.len() + 1 + size_of::<Identity>(), 1)?;
    // SAFETY: the block is fresh and longer than the path; zeros follow that.
    unsafe { block.copy_from_nonoverlapping(path.as_ptr(), path.len()) };
    Ok(block.cast_const().cast())
}

/// Stores the device and inode of the socket, which has just been bound to the path.
///
/// # Safety
/// `block` is null or came from [`new`].
pub(super) unsafe fn remember_socket(block: *const c_char) {
    if block.is_null() {
        return;
    }
    // SAFETY: the path ends with a NUL, and behind that is room for the identity.
    unsafe {
        let bound = identity(CStr::from_ptr(block)).unwrap_or_default();
        place(block).write_unaligned(bound);
    }
}

/// Unlinks the path unless it leads to another file. If that cannot be determined, unlinks it, as
/// libuv always does.
///
/// The socket must still be open, which keeps its inode number from being reused.
///
/// # Safety
/// `block` came from [`new`].
pub(super) unsafe fn unlink(block: *const c_char) {
    // SAFETY: the path ends with a NUL, and the identity is behind that.
    let (path, bound) = unsafe { (CStr::from_ptr(block), place(block).read_unaligned()) };
    let known = bound != Identity::default();
    let leads_elsewhere = known && identity(path).is_ok_and(|present| present != bound);
    if !leads_elsewhere {
        let _ = file::unlink(path);
    }
}

/// Frees the block.
///
/// # Safety
/// `block` is null or came from [`new`], and is not used again.
pub(super) unsafe fn free(block: *const c_char) {
    // SAFETY: null, or a block of the allocator's.
    unsafe { alloc::free(block.cast_mut().cast()) };
}

/// # Safety
/// `block` came from [`new`].
unsafe fn place(block: *const c_char) -> *mut Identity {
    // SAFETY: the block is longer than the string and its NUL, by an identity.
    unsafe {
        let length = CStr::from_ptr(block).count_bytes();
        block.add(length + 1).cast_mut().cast()
    }
}

fn identity(path: &CStr) -> Result<Identity> {
    let status = stat(Target::Link(path))?;
    Ok([status.st_dev, status.st_ino])
}
