//! The small handles: loop phases, wake-ups, descriptors, signals, files.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uint, c_void};
use core::sync::atomic::AtomicI32;

use super::*;

/// Runs before the loop looks for events.
#[repr(C)]
pub struct uv_prepare_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub prepare_cb: Cell<uv_prepare_cb>,
    /// Link in the loop's list.
    pub queue: uv__queue,
}

/// Runs after the loop has looked for events.
#[repr(C)]
pub struct uv_check_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub check_cb: Cell<uv_check_cb>,
    /// Link in the loop's list.
    pub queue: uv__queue,
}

/// Runs on every turn and keeps the loop from blocking.
#[repr(C)]
pub struct uv_idle_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub idle_cb: Cell<uv_idle_cb>,
    /// Link in the loop's list.
    pub queue: uv__queue,
}

/// Wakes the loop from any thread.
#[repr(C)]
pub struct uv_async_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub async_cb: Cell<uv_async_cb>,
    /// Links of the engine.
    pub queue: uv__queue,
    /// Whether it has been sent and has not run.
    pub pending: AtomicI32,
    /// For the engine's use.
    pub sequence: Cell<u32>,
}

/// Watches a descriptor that belongs to the user.
#[repr(C)]
pub struct uv_poll_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub poll_cb: Cell<uv_poll_cb>,
    /// Watches the descriptor.
    pub io_watcher: uv__io_t,
}

/// Node of the tree of signal handles.
#[repr(C)]
pub struct uv__signal_node {
    /// Left subtree.
    pub rbe_left: Cell<*mut uv_signal_t>,
    /// Right subtree.
    pub rbe_right: Cell<*mut uv_signal_t>,
    /// Parent.
    pub rbe_parent: Cell<*mut uv_signal_t>,
    /// Colour.
    pub rbe_color: Cell<c_int>,
}

/// Watches a signal.
#[repr(C)]
pub struct uv_signal_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The callback.
    pub signal_cb: Cell<uv_signal_cb>,
    /// The signal watched, or 0. Read only.
    pub signum: Cell<c_int>,
    /// Links of the engine.
    pub tree_entry: uv__signal_node,
    /// Signals caught.
    pub caught_signals: Cell<c_uint>,
    /// Signals whose callback has run.
    pub dispatched_signals: Cell<c_uint>,
}

/// Watches a file or a directory by the system's notifications.
#[repr(C)]
pub struct uv_fs_event_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// The path watched, allocated, or null.
    pub path: Cell<*mut c_char>,
    /// The callback.
    pub cb: Cell<uv_fs_event_cb>,
    /// Link in the list of watchers of one descriptor.
    pub watchers: uv__queue,
    /// The system's watch descriptor, or -1.
    pub wd: Cell<c_int>,
}

/// Watches a file by asking for its status again and again.
#[repr(C)]
pub struct uv_fs_poll_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// State of the polling, or null.
    pub poll_ctx: Cell<*mut c_void>,
}

extends! {
    uv_prepare_t => uv_handle_t;
    uv_check_t => uv_handle_t;
    uv_idle_t => uv_handle_t;
    uv_async_t => uv_handle_t;
    uv_poll_t => uv_handle_t;
    uv_signal_t => uv_handle_t;
    uv_fs_event_t => uv_handle_t;
    uv_fs_poll_t => uv_handle_t;
}
