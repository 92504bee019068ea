//! How much memory there is. (Miscellaneous utilities)
//!
//! All of these functions may be called from any thread.

use super::store;
use crate::sys::machine;
use crate::system::process;
use core::ffi::c_int;

/// Returns how much memory programs can still get without swapping, in bytes.
///
/// Caches that the kernel would give up count as free. The limits of control groups do not
/// count, see [`uv_get_available_memory`]. 0 means that it is not known.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_free_memory() -> u64 {
    machine::free_memory()
}

/// Returns the size of the machine's physical memory in bytes, or 0 if it is not known.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_total_memory() -> u64 {
    machine::total_memory()
}

/// Returns how much memory the process may use, in bytes.
///
/// That is the least of the limits of its control group and of all groups above that (versions
/// 1 and 2), and of its own limits on address space and data (`RLIMIT_AS`, `RLIMIT_DATA`). It
/// may be more than the machine has.
///
/// The result is 0 if no limit is known, and `UINT64_MAX` if the control groups can be read and
/// there is no limit.
///
/// May be called from any thread. Since libuv 1.29.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_constrained_memory() -> u64 {
    process::constrained_memory()
}

/// Returns how much more memory the process can get, in bytes.
///
/// That is the least that its control group and the groups above that leave it. If none of them
/// has a limit that is at most the machine's memory, the result is that of
/// [`uv_get_free_memory`]. 0 means that nothing is left or that it is not known.
///
/// May be called from any thread. Since libuv 1.45.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_available_memory() -> u64 {
    process::available_memory()
}

/// Writes how much of the process is in physical memory, in bytes.
///
/// Returns 0; `UV_EINVAL` if `rss` is null or `/proc/self/stat` is not as expected; or an error
/// of reading that file. After an error nothing is written.
///
/// May be called from any thread.
///
/// # Safety
/// `rss` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_resident_set_memory(rss: *mut usize) -> c_int {
    // SAFETY: the caller passes a place for the number, or null.
    unsafe { store(rss, machine::resident_memory) }
}
