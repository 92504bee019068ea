//! The edge: the functions that C calls, one file per page of libuv's documentation.
//! Each turns pointers into references, calls a method and turns the result into a
//! number. Nothing inside the library calls them.

use crate::errno::{Errno, IntoC, Result};
use core::ffi::c_int;

mod allocator;
mod async_;
mod check;
mod dll;
mod dns;
mod error;
mod fs;
mod fs_event;
mod fs_poll;
mod handle;
mod idle;
mod loop_;
mod metrics;
mod misc;
mod misc_machine;
mod misc_memory;
mod misc_net;
mod misc_net_interfaces;
mod misc_process;
mod misc_text;
mod misc_time;
mod misc_user;
mod pipe;
mod poll;
mod prepare;
mod process;
mod random;
mod request;
mod shutdown;
mod signal;
mod stream;
mod sync;
mod sync_conditions;
mod sync_once;
mod tcp;
mod thread;
mod threadpool;
mod timer;
mod tty;
mod udp;
mod udp_options;
mod uvx;
mod version;

/// Writes what `get` returns to `place`. Returns 0, its error, or `UV_EINVAL` if `place` is null.
///
/// # Safety
/// `place` is null or valid for writes.
unsafe fn store<T>(place: *mut T, get: impl FnOnce() -> Result<T>) -> c_int {
    if place.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: `place` is valid, as it is not null.
    get().map(|value| unsafe { place.write(value) }).into_c()
}
