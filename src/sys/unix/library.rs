//! Shared libraries.

use core::ffi::{CStr, c_char, c_void};

/// Loads a library, or opens the program itself if `name` is null. Returns null on failure.
///
/// # Safety
/// `name` is null or a C string, and the library's initialisers may run.
pub(crate) unsafe fn open(name: *const c_char) -> *mut c_void {
    // SAFETY: `name` is null or NUL-terminated.
    unsafe { libc::dlopen(name, libc::RTLD_LAZY) }
}

/// Closes a library.
///
/// # Safety
/// `library` came from [`open`], and nothing in it is used any more.
pub(crate) unsafe fn close(library: *mut c_void) {
    // `uv_dlclose` returns no error.
    // SAFETY: `library` came from dlopen and was not closed.
    let _ = unsafe { libc::dlclose(library) };
}

/// Looks a symbol up. Null is a failure only if [`error`] returns a message.
///
/// # Safety
/// `library` came from [`open`].
pub(crate) unsafe fn symbol(library: *mut c_void, name: &CStr) -> *mut c_void {
    // SAFETY: `library` came from dlopen and was not closed.
    unsafe { libc::dlsym(library, name.as_ptr()) }
}

/// Returns the message of the calling thread's last failure, once. It is valid until the next
/// failure.
pub(crate) fn error() -> Option<&'static CStr> {
    // SAFETY: dlerror takes nothing.
    let text = unsafe { libc::dlerror() };
    // SAFETY: the text is a C string, which callers copy at once.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}
