//! Child processes.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_uint};

use super::*;

/// What becomes one descriptor of a child.
#[repr(C)]
pub union uv__stdio_data {
    /// Stream to create or to inherit.
    pub stream: *mut uv_stream_t,
    /// Descriptor to inherit.
    pub fd: c_int,
}

/// One descriptor of a child and where it comes from.
#[repr(C)]
pub struct uv_stdio_container_t {
    /// How `data` is meant.
    pub flags: uv_stdio_flags,
    /// The source.
    pub data: uv__stdio_data,
}

/// How `uv_spawn` starts a child.
#[repr(C)]
pub struct uv_process_options_t {
    /// Runs when the child has ended.
    pub exit_cb: uv_exit_cb,
    /// Program to run.
    pub file: *const c_char,
    /// Arguments, the program's name first, null last.
    pub args: *mut *mut c_char,
    /// Environment, null last; null for the parent's.
    pub env: *mut *mut c_char,
    /// Working directory, or null for the parent's.
    pub cwd: *const c_char,
    /// Bits of `enum uv_process_flags`.
    pub flags: c_uint,
    /// Length of `stdio`.
    pub stdio_count: c_int,
    /// Descriptors of the child, counted from 0.
    pub stdio: *mut uv_stdio_container_t,
    /// User to run as, with `UV_PROCESS_SETUID`.
    pub uid: uv_uid_t,
    /// Group to run as, with `UV_PROCESS_SETGID`.
    pub gid: uv_gid_t,
}

/// A child process.
#[repr(C)]
pub struct uv_process_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// Runs when the child has ended.
    pub exit_cb: Cell<uv_exit_cb>,
    /// Its process id. Read only.
    pub pid: Cell<c_int>,
    /// Link in the loop's list of children.
    pub queue: uv__queue,
    /// Status that the system reported.
    pub status: Cell<c_int>,
}

extends! {
    uv_process_t => uv_handle_t;
}
