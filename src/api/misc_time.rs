//! Clocks and sleep. (Miscellaneous utilities)
//!
//! These functions belong to no loop and may be called from any thread.

use super::store;
use crate::abi::*;
use crate::errno::Errno;
use crate::sys::clock;
use core::ffi::{c_int, c_uint};

/// Gets the time of a monotonic clock, to measure how long something takes.
///
/// The clock counts from some point in the past, has nothing to do with the time of day and
/// never goes backwards. Its precision is that of the system's clock, not necessarily a
/// nanosecond.
///
/// May be called from any thread and from a signal handler. Returns nanoseconds.
#[unsafe(no_mangle)]
pub extern "C" fn uv_hrtime() -> u64 {
    clock::monotonic()
}

/// Gets the time of a clock in seconds and nanoseconds.
///
/// `UV_CLOCK_REALTIME` counts from 1970 and jumps, also backwards, when the system's clock
/// is set. `UV_CLOCK_MONOTONIC` counts from some point in the past and never goes
/// backwards.
///
/// May be called from any thread and from a signal handler. Returns 0; `UV_EFAULT` if `ts`
/// is null; `UV_EINVAL` for another `clock_id`.
///
/// Since libuv 1.45.
///
/// # Safety
/// `ts` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_clock_gettime(
    clock_id: uv_clock_id,
    ts: *mut uv_timespec64_t,
) -> c_int {
    if ts.is_null() {
        return Errno::FAULT.raw();
    }
    let clock = match clock_id {
        UV_CLOCK_MONOTONIC => libc::CLOCK_MONOTONIC,
        UV_CLOCK_REALTIME => libc::CLOCK_REALTIME,
        _ => return Errno::INVAL.raw(),
    };
    let now = || {
        clock::read(clock).map(|now| uv_timespec64_t {
            tv_sec: now.tv_sec as _,
            tv_nsec: now.tv_nsec as _,
        })
    };
    // SAFETY: the caller passes a place for the time.
    unsafe { store(ts, now) }
}

/// Gets the time of day in seconds and microseconds since 1970, in UTC. It jumps when the
/// system's clock is set.
///
/// May be called from any thread. Returns 0, or `UV_EINVAL` if `tv` is null.
///
/// Since libuv 1.28.
///
/// # Safety
/// `tv` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_gettimeofday(tv: *mut uv_timeval64_t) -> c_int {
    let now = || {
        clock::time_of_day().map(|now| uv_timeval64_t {
            tv_sec: now.tv_sec as _,
            tv_usec: now.tv_usec as _,
        })
    };
    // SAFETY: the caller passes a place for the time, or null.
    unsafe { store(tv, now) }
}

/// Makes the calling thread sleep for at least `msec` milliseconds. Signals do not shorten
/// the sleep.
///
/// May be called from any thread; on a loop's thread no callback of the loop runs
/// meanwhile.
///
/// Since libuv 1.34.
#[unsafe(no_mangle)]
pub extern "C" fn uv_sleep(msec: c_uint) {
    clock::sleep(msec);
}
