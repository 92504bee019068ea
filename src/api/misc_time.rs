//! Clocks and sleep. (Miscellaneous utilities)

use crate::abi::{
    UV_CLOCK_MONOTONIC, UV_CLOCK_REALTIME, uv_clock_id, uv_timespec64_t, uv_timeval64_t,
};
use crate::errno::{Errno, IntoC};
use crate::sys::{clock, time};
use core::ffi::{c_int, c_uint};

/// Reads a clock for measuring how long something takes. It has nothing to do with the
/// time of day and never goes backwards.
///
/// Returns nanoseconds since some point in the past.
#[unsafe(no_mangle)]
pub extern "C" fn uv_hrtime() -> u64 {
    clock::monotonic()
}

/// Reads a clock: `UV_CLOCK_REALTIME`, which counts from 1970 and jumps when a program
/// sets it, or `UV_CLOCK_MONOTONIC`, which counts from anywhere and never jumps.
///
/// Returns 0, `UV_EFAULT` when `ts` is null, or `UV_EINVAL` when there is no such clock.
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
    let now = match clock_id {
        UV_CLOCK_MONOTONIC => time::monotonic(),
        UV_CLOCK_REALTIME => time::realtime(),
        _ => Err(Errno::INVAL),
    };
    let now = now.map(|now| uv_timespec64_t {
        tv_sec: now.tv_sec as _,
        tv_nsec: now.tv_nsec as _,
    });
    // SAFETY: the caller passes a place for the time.
    now.map(|now| unsafe { ts.write(now) }).into_c()
}

/// Writes the time of day: seconds and microseconds since 1970.
///
/// Returns 0, or `UV_EINVAL` when `tv` is null.
///
/// # Safety
/// `tv` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_gettimeofday(tv: *mut uv_timeval64_t) -> c_int {
    if tv.is_null() {
        return Errno::INVAL.raw();
    }
    let now = time::time_of_day().map(|now| uv_timeval64_t {
        tv_sec: now.tv_sec as _,
        tv_usec: now.tv_usec as _,
    });
    // SAFETY: the caller passes a place for the time.
    now.map(|now| unsafe { tv.write(now) }).into_c()
}

/// Lets the calling thread sleep for `msec` milliseconds. Signals do not shorten it.
#[unsafe(no_mangle)]
pub extern "C" fn uv_sleep(msec: c_uint) {
    time::sleep(msec);
}
