//! Worker threads of the pool.

use crate::errno::Result;
use crate::sys::check;
use core::ffi::{CStr, c_int, c_void};
use core::mem::MaybeUninit;

/// A worker thread.
pub(crate) type Thread = libc::pthread_t;

/// The function that a thread runs.
pub(crate) type Entry = extern "C" fn(*mut c_void) -> *mut c_void;

/// Starts a thread with a stack of `stack` bytes.
pub(crate) fn spawn(entry: Entry, stack: usize) -> Result<Thread> {
    let mut attributes = MaybeUninit::uninit();
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the attributes are initialised before use and destroyed once; `entry`
    // ignores its argument; `thread` is read only after pthread_create has set it.
    unsafe {
        check(libc::pthread_attr_init(attributes.as_mut_ptr()))?;
        let created = check(libc::pthread_attr_setstacksize(
            attributes.as_mut_ptr(),
            stack,
        ))
        .and_then(|()| {
            let (out, with) = (thread.as_mut_ptr(), attributes.as_ptr());
            check(libc::pthread_create(
                out,
                with,
                entry,
                core::ptr::null_mut(),
            ))
        });
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        created.map(|()| thread.assume_init())
    }
}

/// Waits for a thread to end, unless it is the calling one.
pub(crate) fn join(thread: Thread) {
    // SAFETY: the pool joins each of its threads once.
    unsafe {
        if libc::pthread_equal(thread, libc::pthread_self()) == 0 {
            libc::pthread_join(thread, core::ptr::null_mut());
        }
    }
}

/// Names the calling thread, with at most 15 bytes.
pub(crate) fn set_name(name: &CStr) {
    // SAFETY: the thread is the calling one and the name is NUL-terminated.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
}

/// The value of the environment variable `UV_THREADPOOL_SIZE` as atoi reads it; `None` if it is
/// unset, or too long for a number.
pub(crate) fn configured_size() -> Option<c_int> {
    let value = crate::sys::env::secure_get(c"UV_THREADPOOL_SIZE")?;
    let sensible = value.count_bytes() <= 15;
    // SAFETY: the value is a C string, which atoi reads to its first odd character.
    sensible.then(|| unsafe { libc::atoi(value.as_ptr()) })
}
