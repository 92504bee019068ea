//! The C allocator, which the library uses until `uv_replace_allocator` is called.

use core::ffi::c_void;

/// `malloc(3)`.
pub(crate) unsafe extern "C" fn malloc(size: usize) -> *mut c_void {
    // SAFETY: malloc accepts any size.
    unsafe { libc::malloc(size) }
}

/// `calloc(3)`.
pub(crate) unsafe extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    // SAFETY: calloc accepts any sizes and checks their product.
    unsafe { libc::calloc(count, size) }
}

/// `realloc(3)`.
pub(crate) unsafe extern "C" fn realloc(ptr: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: `ptr` is null or came from this allocator: core::mem pairs them.
    unsafe { libc::realloc(ptr, size) }
}

/// `free(3)`.
pub(crate) unsafe extern "C" fn free(ptr: *mut c_void) {
    // SAFETY: `ptr` is null or came from this allocator: core::mem pairs them.
    unsafe { libc::free(ptr) }
}
