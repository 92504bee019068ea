//! How much memory there is. (Miscellaneous utilities)

use crate::errno::{Errno, IntoC};
use crate::system::memory;
use core::ffi::c_int;

/// Gives the memory that programs could be started with without swapping.
///
/// Returns bytes; 0 where that is not known.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_free_memory() -> u64 {
    memory::free()
}

/// Gives the physical memory of the machine.
///
/// Returns bytes; 0 where that is not known.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_total_memory() -> u64 {
    memory::total()
}

/// Gives the memory that the process may use: the least of the limits of its control group
/// and of all groups above that (versions 1 and 2), and of its own limits on address space
/// and data. It may be more than the machine has.
///
/// Returns bytes; 0 when there is no limit or none is known; `UINT64_MAX` when there is
/// a control group and neither that nor one above has a limit.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_constrained_memory() -> u64 {
    memory::constrained()
}

/// Gives the memory that the process can still get: the least that its control group and
/// the groups above that leave it, or what `uv_get_free_memory` gives where none of them has
/// a limit.
///
/// Returns bytes; 0 when nothing is left or that is not known.
#[unsafe(no_mangle)]
pub extern "C" fn uv_get_available_memory() -> u64 {
    memory::available()
}

/// Writes how much of the process is in memory, in bytes.
///
/// Returns 0, `UV_EINVAL` when the system's answer makes no sense or `rss` is null, or what
/// the system says.
///
/// # Safety
/// `rss` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_resident_set_memory(rss: *mut usize) -> c_int {
    if rss.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes a place for the number.
    memory::resident()
        .map(|bytes| unsafe { *rss = bytes })
        .into_c()
}
