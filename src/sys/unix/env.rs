//! The environment. As in C, no thread may change it while another thread reads it.

use crate::errno::Result;
use crate::sys::call;
use core::ffi::{CStr, c_char, c_int};

/// Returns the value of a variable, which is valid until the environment changes.
pub(crate) fn get(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: `name` ends in a NUL.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    // SAFETY: the value is a C string, which callers copy at once.
    (!value.is_null()).then(|| unsafe { CStr::from_ptr(value) })
}

/// Returns the value of a variable that configures the library. Returns `None` in a program that
/// runs with more rights than its caller (set-user-ID, set-group-ID, file capabilities), as glibc's
/// secure_getenv does: the caller must not configure it.
pub(crate) fn secure_get(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: getauxval only reads what the kernel gave the process.
    let secure = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
    if secure { None } else { get(name) }
}

/// Returns whether `UV_USE_IO_URING` is a number above 0. As in libuv, a loop gets an io_uring for
/// files only with this and its option.
pub(crate) fn asks_for_io_uring() -> bool {
    // SAFETY: the value is a C string, which atoi reads to its first odd character.
    secure_get(c"UV_USE_IO_URING").is_some_and(|value| unsafe { libc::atoi(value.as_ptr()) } > 0)
}

/// `UV_THREADPOOL_SIZE` as a number; `None` when it is unset or longer than any sensible number.
pub(crate) fn threadpool_size() -> Option<c_int> {
    let value = secure_get(c"UV_THREADPOOL_SIZE").filter(|value| value.count_bytes() <= 15)?;
    // SAFETY: `value` is a C string, of which atoi reads the leading digits.
    Some(unsafe { libc::atoi(value.as_ptr()) })
}

/// Sets a variable. `EINVAL` for a name that is empty or contains `=`.
pub(crate) fn set(name: &CStr, value: &CStr) -> Result {
    // SAFETY: both are C strings, and no other thread uses the environment.
    call!(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) }).map(drop)
}

/// Removes a variable, if there is one. `EINVAL` as for [`set`].
pub(crate) fn unset(name: &CStr) -> Result {
    // SAFETY: `name` is a C string, and no other thread uses the environment.
    call!(unsafe { libc::unsetenv(name.as_ptr()) }).map(drop)
}

/// Returns the `name=value` strings of the environment, which are valid until it changes.
pub(crate) fn all() -> impl Iterator<Item = &'static CStr> {
    // SAFETY: environ is read while no thread changes it, as for every function here.
    let entries: *mut *mut c_char = unsafe { libc::environ };
    (0..).map_while(move |index| {
        // After clearenv there is no list.
        if entries.is_null() {
            return None;
        }
        // SAFETY: the list ends with a null, which ends this iteration; other entries are C strings,
        // which callers copy at once.
        unsafe {
            let entry = *entries.add(index);
            (!entry.is_null()).then(|| CStr::from_ptr(entry))
        }
    })
}
