//! The time of day, and sleep.

use crate::errno::{Errno, Result};
use crate::sys::call;

/// A clock's time as seconds and nanoseconds.
pub(crate) fn read(clock: libc::clockid_t) -> Result<libc::timespec> {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    call!(clock_gettime(clock, &mut now))?;
    Ok(now)
}

/// Time since some point in the past; no program sets this clock.
pub(crate) fn monotonic() -> Result<libc::timespec> {
    read(libc::CLOCK_MONOTONIC)
}

/// Time since 1970; it jumps when a program sets the clock.
pub(crate) fn realtime() -> Result<libc::timespec> {
    read(libc::CLOCK_REALTIME)
}

/// Time since the machine started, the time that it was suspended included.
pub(crate) fn since_boot() -> Result<libc::timespec> {
    read(libc::CLOCK_BOOTTIME)
}

/// Seconds and microseconds since 1970.
pub(crate) fn time_of_day() -> Result<libc::timeval> {
    let mut now = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    call!(gettimeofday(&mut now, core::ptr::null_mut()))?;
    Ok(now)
}

/// Sleeps for all of `milliseconds`, whatever signals arrive meanwhile.
pub(crate) fn sleep(milliseconds: u32) {
    let mut left = libc::timespec {
        tv_sec: (milliseconds / 1000).into(),
        tv_nsec: (milliseconds % 1000 * 1_000_000).into(),
    };
    let place: *mut libc::timespec = &mut left;
    while call!(nanosleep(place, place)) == Err(Errno::INTR) {}
}
