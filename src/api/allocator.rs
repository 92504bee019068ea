//! Replacing the memory allocator.

use crate::abi::{uv_calloc_func, uv_free_func, uv_malloc_func, uv_realloc_func};
use crate::errno::Errno;
use crate::event_loop::alloc::{self, Allocator};
use core::ffi::c_int;

/// Replaces the functions with which the library allocates memory.
///
/// They take the place of malloc(3), realloc(3), calloc(3) and free(3) and must keep
/// the contracts of these. None may be null. They are called from several threads at
/// once, those of the pool included. They may return null: a function of the library
/// that cannot do without the memory then fails with `UV_ENOMEM`, or with null if it
/// returns a pointer.
///
/// Call it before any other function of the library, while the process has one thread.
/// Later the library would free memory with another allocator than it came from. The
/// functions stay in use until the process ends.
///
/// Returns 0; `UV_EINVAL` if one of the pointers is null, and then none is replaced.
///
/// Since libuv 1.6.
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
