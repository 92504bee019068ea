//! Fetching what is needed next while something else is going on.
//!
//! With thousands of connections no handle is in the caches when its turn comes. The
//! handlers of one round are called in the order of a list, so the next handle's
//! memory can be on its way while the present one's system calls run. That takes two to
//! four percent off an echo over a thousand connections, and nothing off one over a
//! hundred: most of what misses the caches is the kernel's.

use crate::abi::{uv__io_t, uv__queue};
use core::mem::offset_of;

/// The size of a cache line wherever we prefetch.
const LINE: usize = 64;

/// Has the lines around a watcher's link brought in: a stream's four, in whose middle
/// its watcher's links are. Any address will do, the list's head included: a fetch
/// reads nothing that the program could notice, and never faults.
pub(crate) fn fetch_around(link: *const uv__queue) {
    let link = link.cast::<i8>();
    for lines in -2..=1 {
        fetch(link.wrapping_offset(lines * LINE as isize));
    }
}

/// The same for a watcher, or for none where it is null.
pub(crate) fn fetch_watcher(watcher: *const uv__io_t) {
    let link = watcher.wrapping_byte_add(offset_of!(uv__io_t, watcher_queue));
    fetch_around(link.cast());
}

#[cfg(target_arch = "x86_64")]
fn fetch(at: *const i8) {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: every x86_64 processor has the instruction, and it never faults.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at) };
}

#[cfg(target_arch = "aarch64")]
fn fetch(at: *const i8) {
    // SAFETY: the instruction is a hint, which changes nothing and never faults.
    unsafe {
        core::arch::asm!(
            "prfm pldl1keep, [{at}]",
            at = in(reg) at,
            options(readonly, nostack, preserves_flags)
        );
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn fetch(_at: *const i8) {}

#[cfg(test)]
mod tests {
    use super::fetch_around;

    #[test]
    fn any_address_will_do() {
        for at in [0, 1, usize::MAX, usize::MAX / 2] {
            fetch_around(core::ptr::without_provenance(at));
        }
    }
}
