//! Initialisation that happens once, and values that each thread has of its own. (Threading and
//! synchronization utilities)
//!
//! The functions belong to no loop and may be called from any thread.

use crate::abi::{uv_key_t, uv_once_t};
use crate::errno::IntoC;
use crate::sys::sync;
use core::ffi::{c_int, c_void};

/// Calls `callback` if no earlier call with the same `guard` has done so.
///
/// `*guard` starts as `UV_ONCE_INIT` and is shared by all callers, usually as a static
/// variable. `callback` runs on the calling thread, before the call returns. Calls on other
/// threads meanwhile wait until it has returned. If `callback` is null, nothing happens.
/// `callback` must not call `uv_once` with the same guard.
///
/// # Safety
/// `guard` started as `UV_ONCE_INIT` and is only used here.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_once(guard: *mut uv_once_t, callback: Option<extern "C" fn()>) {
    if let Some(callback) = callback {
        // SAFETY: the caller passes such a guard.
        unsafe { sync::once(guard, callback) };
    }
}

/// Makes a key under which each thread keeps a pointer of its own, null at first.
///
/// Nothing is freed or called when a thread ends. A process has at most 1,024 keys on
/// glibc, those of other libraries included.
///
/// May be called from any thread. Returns 0, `UV_EAGAIN` if there are too many keys, or
/// `UV_ENOMEM`.
///
/// # Safety
/// `key` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_create(key: *mut uv_key_t) -> c_int {
    // SAFETY: the caller passes a place for the key.
    unsafe { sync::key_create(key) }.into_c()
}

/// Deletes a key. What the threads keep under it is not freed; no thread may use the key
/// any more.
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_delete(key: *mut uv_key_t) {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_delete(*key) };
}

/// Gets the pointer that the calling thread keeps under a key.
///
/// Returns the pointer, or null if the thread has not set one.
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_get(key: *mut uv_key_t) -> *mut c_void {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_get(*key) }
}

/// Sets the pointer that the calling thread keeps under a key. The library does not look at
/// what it points to.
///
/// If there is no memory for the entry, the process ends with abort(3).
///
/// # Safety
/// `*key` came from `uv_key_create` and has not been deleted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_key_set(key: *mut uv_key_t, value: *mut c_void) {
    // SAFETY: the caller passes such a key.
    unsafe { sync::key_set(*key, value) };
}
