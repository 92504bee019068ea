//! Replacing the memory allocator.

use crate::abi::{uv_calloc_func, uv_free_func, uv_malloc_func, uv_realloc_func};
use crate::errno::Errno;
use crate::event_loop::alloc::{self, Allocator};
use core::ffi::c_int;

/// Replaces the four functions that the library allocates with.
///
/// Call it before any other function of the library and while one thread runs: memory
/// that one allocator gave must not be freed by another. The functions must be usable
/// from several threads at once.
///
/// Returns 0, or `UV_EINVAL` when one of the pointers is null.
///
/// # Safety
/// The functions keep the contracts of `malloc`, `realloc`, `calloc` and `free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_replace_allocator(
    malloc_func: uv_malloc_func,
    realloc_func: uv_realloc_func,
    calloc_func: uv_calloc_func,
    free_func: uv_free_func,
) -> c_int {
    let (Some(malloc), Some(realloc), Some(calloc), Some(free)) =
        (malloc_func, realloc_func, calloc_func, free_func)
    else {
        return Errno::INVAL.raw();
    };
    alloc::install(Allocator {
        malloc,
        realloc,
        calloc,
        free,
    });
    0
}
