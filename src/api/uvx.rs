//! Extensions, which libuv does not have: `uvx.h`. A program finds one at run time with
//! `dlsym`, so that the same binary runs on libuv without it.

use crate::abi::{UVX_VERSION_MAJOR, UVX_VERSION_MINOR, UVX_VERSION_PATCH, uv_loop_t};
use crate::errno::Errno;
use core::ffi::{c_int, c_uint};

/// Returns the version of the extensions in the library, in the form of
/// `UVX_VERSION_HEX`: `(major << 16) | (minor << 8) | patch`.
///
/// A function that a minor version adds stays in all later ones of the major version.
/// May be called from any thread and from a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn uvx_version() -> c_uint {
    UVX_VERSION_MAJOR << 16 | UVX_VERSION_MINOR << 8 | UVX_VERSION_PATCH
}

/// Runs one turn of the loop and waits in it for at most `nanoseconds`.
///
/// The turn is that of [`uv_run`](super::loop_::uv_run) with `UV_RUN_ONCE`: the same
/// phases in the same order, with the same rules for [`uv_stop`](super::loop_::uv_stop),
/// idle handles and loops that are not alive. Only the poll differs: it ends after
/// `nanoseconds` even if no event has come. With 0 it looks for events and does not wait;
/// with `UINT64_MAX` it waits as `uv_run` does. The time that callbacks take is not
/// counted, and a signal that interrupts the wait does not start it anew. Timers that are
/// due when the poll ends run; one that is due within the time ends the wait.
///
/// The wait ends as precisely as the kernel's timers do: with `epoll_pwait2`, or with
/// `ppoll` where the kernel or a filter refuses that. Add the thread's timer slack, 50
/// microseconds unless the program changes it. When a timer is due is reckoned from the
/// loop's time ([`uv_now`](super::loop_::uv_now)), as in `uv_run`. A loop whose
/// descriptors the program has closed by their numbers may return earlier, or up to a
/// millisecond later.
///
/// Returns what `uv_run` returns: nonzero if there are active handles or requests left,
/// so that the loop should run again, else 0. Returns `UV_EINVAL` if `loop` is null,
/// zeroed memory, or closed; every other result is 0 or greater.
///
/// May be called in a callback of the same loop: the inner turn then runs to its end
/// first. Only one thread may run a loop at a time.
///
/// # Safety
/// `loop_` is null, or a loop that is initialised or was closed, or zeroed memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uvx_run_for(loop_: *mut uv_loop_t, nanoseconds: u64) -> c_int {
    // SAFETY: null, or memory of a loop, which outlives the call.
    match unsafe { loop_.as_ref() } {
        Some(loop_) if loop_.is_open() => loop_.run_for(nanoseconds).into(),
        _ => Errno::INVAL.raw(),
    }
}
