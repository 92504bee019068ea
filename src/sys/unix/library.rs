//! Shared libraries.

use core::ffi::{CStr, c_char, c_void};

/// Loads a library, or gives the program itself for a null name; null on failure.
///
/// # Safety
/// `name` is null or a C string, and the library's initialisers may run.
pub(crate) unsafe fn open(name: *const c_char) -> *mut c_void {
    // SAFETY: `name` is null or NUL-terminated.
    unsafe { libc::dlopen(name, libc::RTLD_LAZY) }
}

/// Lets go of a library.
///
/// # Safety
/// `library` came from [`open`], and nothing in it is used any more.
pub(crate) unsafe fn close(library: *mut c_void) {
    // There is no caller to report an error to.
    // SAFETY: `library` came from dlopen and was not closed.
    let _ = unsafe { libc::dlclose(library) };
}

/// Looks a symbol up. Null is a failure only if [`error`] has something to say.
///
/// # Safety
/// `library` came from [`open`].
pub(crate) unsafe fn symbol(library: *mut c_void, name: &CStr) -> *mut c_void {
    // SAFETY: `library` came from dlopen and was not closed.
    unsafe { libc::dlsym(library, name.as_ptr()) }
}

/// What the calling thread's last failure was, told once, good until its next one.
pub(crate) fn error() -> Option<&'static CStr> {
    // SAFETY: dlerror takes nothing.
    let text = unsafe { libc::dlerror() };
    // SAFETY: the text is a C string, which callers copy at once.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}
