//! The event loop.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_uint, c_ulong, c_void};
use core::mem::ManuallyDrop;

use super::*;

/// Count of active requests.
#[repr(C)]
pub union uv__active_reqs {
    /// Keeps the size.
    pub unused: ManuallyDrop<Cell<*mut c_void>>,
    /// The count.
    pub count: ManuallyDrop<Cell<c_uint>>,
}

/// Root of the heap of timers.
#[repr(C)]
pub struct uv__timer_heap {
    /// The timer that is due first, or null.
    pub min: Cell<*mut c_void>,
    /// Number of timers.
    pub nelts: Cell<c_uint>,
}

/// A function that is never called; keeps the layout of the loop.
pub type uv__unused_cb = Option<unsafe extern "C" fn()>;

/// An event loop.
#[repr(C)]
pub struct uv_loop_t {
    /// Free for the user.
    pub data: Cell<*mut c_void>,
    /// Number of handles that keep the loop alive.
    pub active_handles: Cell<c_uint>,
    /// All handles of the loop.
    pub handle_queue: uv__queue,
    /// Number of requests that keep the loop alive.
    pub active_reqs: uv__active_reqs,
    /// State of the engine, allocated.
    pub internal_fields: Cell<*mut c_void>,
    /// Set by `uv_stop`.
    pub stop_flag: Cell<c_uint>,
    /// Options of the loop.
    pub flags: Cell<c_ulong>,
    /// The descriptor of `uv_backend_fd`, or -1.
    pub backend_fd: Cell<c_int>,
    /// Watchers for the pending phase.
    pub pending_queue: uv__queue,
    /// Not used; empty.
    pub watcher_queue: uv__queue,
    /// The fd table: watchers by descriptor.
    pub watchers: Cell<*mut *mut uv__io_t>,
    /// Length of `watchers`.
    pub nwatchers: Cell<c_uint>,
    /// Number of registered descriptors.
    pub nfds: Cell<c_uint>,
    /// Not used; empty.
    pub wq: uv__queue,
    /// Not used.
    pub wq_mutex: UnsafeCell<uv_mutex_t>,
    /// Wakes the loop for completions of the thread pool.
    pub wq_async: uv_async_t,
    /// Not used.
    pub cloexec_lock: UnsafeCell<uv_rwlock_t>,
    /// Handles to be closed at the end of the turn, last one first.
    pub closing_handles: Cell<*mut uv_handle_t>,
    /// Children.
    pub process_handles: uv__queue,
    /// Started prepare handles.
    pub prepare_handles: uv__queue,
    /// Started check handles.
    pub check_handles: uv__queue,
    /// Started idle handles.
    pub idle_handles: uv__queue,
    /// Async handles.
    pub async_handles: uv__queue,
    /// Not used.
    pub async_unused: Cell<uv__unused_cb>,
    /// Not used.
    pub async_io_watcher: uv__io_t,
    /// Not used; -1.
    pub async_wfd: Cell<c_int>,
    /// Not used.
    pub timer_heap: uv__timer_heap,
    /// The next timer's `start_id`.
    pub timer_counter: Cell<u64>,
    /// Cached time in milliseconds, see `uv_now`.
    pub time: Cell<u64>,
    /// Not used; -1.
    pub signal_pipefd: [Cell<c_int>; 2],
    /// Not used.
    pub signal_io_watcher: uv__io_t,
    /// Watches SIGCHLD for the loop's children.
    pub child_watcher: uv_signal_t,
    /// Spare descriptor that is closed to accept and refuse a connection, or -1.
    pub emfile_fd: Cell<c_int>,
    /// Watches `inotify_fd`.
    pub inotify_read_watcher: uv__io_t,
    /// Watched paths.
    pub inotify_watchers: Cell<*mut c_void>,
    /// The inotify descriptor, or -1.
    pub inotify_fd: Cell<c_int>,
}
