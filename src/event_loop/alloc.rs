//! Memory: all allocations of the library go through the four functions that
//! `uv_replace_allocator` sets, and may fail.

use crate::errno::{Errno, Result};
use crate::sys;
use core::cell::Cell;
use core::ffi::{c_char, c_void};

/// `malloc`'s type.
pub(crate) type Malloc = unsafe extern "C" fn(usize) -> *mut c_void;
/// `realloc`'s type.
pub(crate) type Realloc = unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void;
/// `calloc`'s type.
pub(crate) type Calloc = unsafe extern "C" fn(usize, usize) -> *mut c_void;
/// `free`'s type.
pub(crate) type Free = unsafe extern "C" fn(*mut c_void);

/// The four functions in use.
#[derive(Clone, Copy)]
pub(crate) struct Allocator {
    pub(crate) malloc: Malloc,
    pub(crate) realloc: Realloc,
    pub(crate) calloc: Calloc,
    pub(crate) free: Free,
}

struct Installed(Cell<Allocator>);

// SAFETY: libuv's contract is that the allocator is replaced before any other call and while
// one thread runs; from then on the cell is only read.
unsafe impl Sync for Installed {}

static INSTALLED: Installed = Installed(Cell::new(Allocator {
    malloc: sys::malloc,
    realloc: sys::realloc,
    calloc: sys::calloc,
    free: sys::free,
}));

/// Replaces the allocator.
pub(crate) fn install(allocator: Allocator) {
    INSTALLED.0.set(allocator);
}

/// A block from the allocator; `ENOMEM` if it is null.
fn checked<T>(block: *mut c_void) -> Result<*mut T> {
    const { assert!(align_of::<T>() <= 16) };
    if block.is_null() {
        return Err(Errno::NOMEM);
    }
    Ok(block.cast())
}

/// Allocates `size` bytes, which are aligned for a `T`. `ENOMEM` if `size` is 0.
pub(crate) fn malloc<T>(size: usize) -> Result<*mut T> {
    if size == 0 {
        return Err(Errno::NOMEM);
    }
    // SAFETY: the installed function has malloc's contract.
    checked(unsafe { (INSTALLED.0.get().malloc)(size) })
}

/// Allocates `count * size` zeroed bytes, which are aligned for a `T`.
pub(crate) fn calloc<T>(count: usize, size: usize) -> Result<*mut T> {
    // SAFETY: the installed function has calloc's contract.
    checked(unsafe { (INSTALLED.0.get().calloc)(count, size) })
}

/// Resizes a block for `count` values. For 0 frees it and returns `ENOMEM`.
///
/// # Safety
/// `block` is null or a live block of this allocator.
pub(crate) unsafe fn realloc<T>(block: *mut T, count: usize) -> Result<*mut T> {
    let size = count * size_of::<T>();
    if size == 0 {
        // SAFETY: `block` is null or a live block of this allocator.
        unsafe { free(block.cast()) };
        return Err(Errno::NOMEM);
    }
    // SAFETY: `block` is null or a live block of this allocator.
    checked(unsafe { (INSTALLED.0.get().realloc)(block.cast(), size) })
}

/// Frees a block and keeps `errno`: callers free on their error paths.
///
/// # Safety
/// `ptr` is null or a live block of this allocator, not used again.
pub(crate) unsafe fn free(ptr: *mut c_void) {
    let errno = sys::call::errno();
    // SAFETY: `ptr` is null or a live block of this allocator.
    unsafe { (INSTALLED.0.get().free)(ptr) };
    sys::call::set_errno(errno);
}

/// A copy of `bytes` with a NUL behind it.
pub(crate) fn copy_bytes(bytes: &[u8]) -> Result<*mut c_char> {
    let copy: *mut u8 = malloc(bytes.len() + 1)?;
    // SAFETY: the block holds bytes.len() + 1 bytes and is fresh.
    unsafe {
        copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        copy.add(bytes.len()).write(0);
    }
    Ok(copy.cast())
}

/// A copy of a C string.
///
/// # Safety
/// `text` is NUL-terminated.
pub(crate) unsafe fn strdup(text: *const c_char) -> Result<*mut c_char> {
    // SAFETY: `text` is NUL-terminated.
    copy_bytes(unsafe { core::ffi::CStr::from_ptr(text) }.to_bytes())
}

/// Moves `value` to the allocator's memory.
pub(crate) fn boxed<T>(value: T) -> Result<*mut T> {
    let place: *mut T = malloc(size_of::<T>())?;
    // SAFETY: the block is fresh, large enough, and aligned as malloc aligns.
    unsafe { place.write(value) };
    Ok(place)
}

/// Drops and frees what [`boxed`] made.
///
/// # Safety
/// `place` came from [`boxed`] and is not used again.
pub(crate) unsafe fn unbox<T>(place: *mut T) {
    // SAFETY: `place` holds a live T in a block of this allocator.
    unsafe {
        place.drop_in_place();
        free(place.cast());
    }
}
