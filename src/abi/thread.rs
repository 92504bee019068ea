//! Threads and the means to synchronise them: the system's own types.

use core::ffi::{c_int, c_uint, c_void};

/// Guard of a function that runs once; starts as `UV_ONCE_INIT`.
pub type uv_once_t = c_int;
/// A thread.
pub type uv_thread_t = libc::pthread_t;
/// A mutual exclusion lock.
pub type uv_mutex_t = libc::pthread_mutex_t;
/// A lock for many readers or one writer.
pub type uv_rwlock_t = libc::pthread_rwlock_t;
/// A counting semaphore.
pub type uv_sem_t = libc::sem_t;
/// A condition variable.
pub type uv_cond_t = libc::pthread_cond_t;
/// Key of a value that every thread has for itself.
pub type uv_key_t = libc::pthread_key_t;
/// A barrier that a fixed number of threads wait at.
pub type uv_barrier_t = libc::pthread_barrier_t;

/// Body of a thread.
pub type uv_thread_cb = Option<unsafe extern "C" fn(arg: *mut c_void)>;

/// How `uv_thread_create_ex` sets a thread up.
#[repr(C)]
pub struct uv_thread_options_t {
    /// Which of the following fields count: `UV_THREAD_HAS_STACK_SIZE`.
    pub flags: c_uint,
    /// Size of the stack in bytes; 0 asks for the default.
    pub stack_size: usize,
}
