//! Shared libraries.

use crate::abi::uv_lib_t;
use crate::system::c_str;
use core::ffi::{c_char, c_int, c_void};

/// Loads a shared library, or the running program itself when `filename` is null.
///
/// `lib` need not be initialised. Call `uv_dlclose` for it in any case, as it may hold
/// an error message.
///
/// Returns 0, or -1: then `uv_dlerror` gives a message.
///
/// # Safety
/// `filename` is a C string or null; `lib` is writable. The library's initialisers run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlopen(filename: *const c_char, lib: *mut uv_lib_t) -> c_int {
    // SAFETY: the caller passes a structure of two pointers and a C string or null.
    let opened = unsafe { (*lib).open(filename) };
    if opened.is_ok() { 0 } else { -1 }
}

/// Unloads a library and frees its error message. An error while unloading is ignored.
///
/// # Safety
/// `lib` was passed to `uv_dlopen`, and nothing in the library is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlclose(lib: *mut uv_lib_t) {
    // SAFETY: the caller passes an opened library.
    unsafe { (*lib).close() };
}

/// Looks a symbol up and writes its address to `ptr`, which may be null for a symbol.
///
/// Returns 0, or -1: then `uv_dlerror` gives a message.
///
/// # Safety
/// `lib` was opened by `uv_dlopen`; `name` is a C string; `ptr` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlsym(
    lib: *mut uv_lib_t,
    name: *const c_char,
    ptr: *mut *mut c_void,
) -> c_int {
    // SAFETY: the caller passes an opened library, a C string and a place for a pointer.
    let found = unsafe { c_str(name).is_ok_and(|name| (*lib).symbol(name, &mut *ptr).is_ok()) };
    if found { 0 } else { -1 }
}

/// Gives the message of the last call for `lib` that failed.
///
/// Returns the message, or `no error` when no call has failed. It is the library's:
/// valid until the next call for `lib`, and not to be freed.
///
/// # Safety
/// `lib` was passed to `uv_dlopen`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlerror(lib: *const uv_lib_t) -> *const c_char {
    // SAFETY: the caller passes a library that uv_dlopen has initialised.
    unsafe { (*lib).error() }
}
