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

/// Allocates `size` bytes; null for a size of 0 or when there is no memory.
pub(crate) fn malloc(size: usize) -> *mut c_void {
    if size == 0 {
        return core::ptr::null_mut();
    }
    // SAFETY: the installed function has malloc's contract.
    unsafe { (INSTALLED.0.get().malloc)(size) }
}

/// Allocates `count * size` zeroed bytes; null when there is no memory.
pub(crate) fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: the installed function has calloc's contract.
    unsafe { (INSTALLED.0.get().calloc)(count, size) }
}

/// Resizes a block; a size of 0 frees it and gives null.
///
/// # Safety
/// `ptr` is null or a live block of this allocator.
pub(crate) unsafe fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void {
    if size == 0 {
        // SAFETY: `ptr` is null or a live block of this allocator.
        unsafe { free(ptr) };
        return core::ptr::null_mut();
    }
    // SAFETY: `ptr` is null or a live block of this allocator.
    unsafe { (INSTALLED.0.get().realloc)(ptr, size) }
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

/// A copy of `bytes` with a NUL behind it; null when there is no memory.
pub(crate) fn copy_bytes(bytes: &[u8]) -> *mut c_char {
    let copy = malloc(bytes.len() + 1).cast::<u8>();
    if !copy.is_null() {
        // SAFETY: the block holds bytes.len() + 1 bytes and is fresh.
        unsafe {
            copy.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            copy.add(bytes.len()).write(0);
        }
    }
    copy.cast()
}

/// A copy of a C string; null when there is no memory.
///
/// # Safety
/// `text` is NUL-terminated.
pub(crate) unsafe fn strdup(text: *const c_char) -> *mut c_char {
    // SAFETY: `text` is NUL-terminated.
    copy_bytes(unsafe { core::ffi::CStr::from_ptr(text) }.to_bytes())
}

/// Moves `value` to the allocator's memory.
pub(crate) fn boxed<T>(value: T) -> Result<*mut T> {
    const { assert!(align_of::<T>() <= 16) };
    let place = malloc(size_of::<T>()).cast::<T>();
    if place.is_null() {
        return Err(Errno::NOMEM);
    }
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
