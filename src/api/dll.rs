//! Shared libraries.
//!
//! These functions use no loop and may be called from any thread; one `uv_lib_t` is
//! used by one thread at a time.

use crate::abi::uv_lib_t;
use crate::system::c_str;
use core::ffi::{c_char, c_int, c_void};

/// Loads a shared library, as dlopen(3) does with `RTLD_LAZY`.
///
/// `filename` is the library's path; null means the running program. `lib` need not be
/// initialised; do not pass one that is open. Call [`uv_dlclose`] for it in any case,
/// after a failure, too, because it may hold an error message.
///
/// Returns 0, or -1 if the library cannot be loaded; [`uv_dlerror`] has the message.
///
/// May be called from any thread.
///
/// # Safety
/// `filename` is a C string or null; `lib` is writable. The library's initialisers run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlopen(filename: *const c_char, lib: *mut uv_lib_t) -> c_int {
    // SAFETY: the caller passes a structure of two pointers and a C string or null.
    let opened = unsafe { (*lib).open(filename) };
    if opened.is_ok() { 0 } else { -1 }
}

/// Closes a library that [`uv_dlopen`] has loaded, and frees the error message in
/// `lib`.
///
/// Nothing in the library may be used afterwards, and no message of [`uv_dlerror`].
/// Errors of dlclose(3) are ignored.
///
/// May be called from any thread, as long as no other uses `lib`.
///
/// # Safety
/// `lib` was passed to `uv_dlopen`, and nothing in the library is used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlclose(lib: *mut uv_lib_t) {
    // SAFETY: the caller passes an opened library.
    unsafe { (*lib).close() };
}

/// Copies the address of the symbol `name` in a library to `*ptr`.
///
/// A symbol may have a null address. After a failure `*ptr` is null, or, if `name` is
/// null, unchanged. The address is valid until [`uv_dlclose`].
///
/// Returns 0, or -1 if there is no such symbol; [`uv_dlerror`] has the message.
///
/// May be called from any thread, as long as no other uses `lib`.
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

/// Returns the message of the last failure of [`uv_dlopen`] or [`uv_dlsym`] for `lib`,
/// or `no error` if there was none.
///
/// A call that succeeds does not always clear the message: look at it only after -1.
/// The text belongs to `lib` and must not be freed. It is valid until the next call of
/// `uv_dlsym` or [`uv_dlclose`] for `lib`.
///
/// May be called from any thread, as long as no other uses `lib`.
///
/// # Safety
/// `lib` was passed to `uv_dlopen`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_dlerror(lib: *const uv_lib_t) -> *const c_char {
    // SAFETY: the caller passes a library that uv_dlopen has initialised.
    unsafe { (*lib).error() }
}
