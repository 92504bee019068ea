//! `uv_process_t`: child processes.

use crate::errno::IntoC;
use crate::sys::signal;
use core::ffi::c_int;

/// Sends a signal to a process: `kill(2)`. With a `signum` of 0 it only asks whether
/// the process is there.
///
/// Returns 0; `UV_EINVAL` for a number that is no signal; `UV_ESRCH`; `UV_EPERM`.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_kill(pid: c_int, signum: c_int) -> c_int {
    signal::kill(pid, signum).into_c()
}
