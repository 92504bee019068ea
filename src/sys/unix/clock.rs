//! Clocks, and sleeping.

use crate::errno::{Errno, Result};
use crate::sys::call;
use once_cell::race::OnceBool;

const MILLISECOND: u64 = 1_000_000;

fn whole(time: libc::timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A time of so many nanoseconds.
pub(crate) fn timespec(nanoseconds: u64) -> libc::timespec {
    libc::timespec {
        tv_sec: (nanoseconds / 1_000_000_000) as libc::time_t,
        tv_nsec: (nanoseconds % 1_000_000_000) as libc::c_long,
    }
}

fn nanoseconds(clock: libc::clockid_t) -> u64 {
    // Reading an existing clock cannot fail.
    read(clock).map_or(0, whole)
}

/// Returns nanoseconds on the monotonic clock.
pub(crate) fn monotonic() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC)
}

/// Returns milliseconds on the loop's clock: the coarse monotonic clock if its resolution is a
/// millisecond or better, else the precise one.
pub(crate) fn loop_milliseconds() -> u64 {
    static COARSE_IS_ENOUGH: OnceBool = OnceBool::new();
    let clock = if COARSE_IS_ENOUGH.get_or_init(|| coarse_resolution() <= MILLISECOND) {
        libc::CLOCK_MONOTONIC_COARSE
    } else {
        libc::CLOCK_MONOTONIC
    };
    nanoseconds(clock) / MILLISECOND
}

fn coarse_resolution() -> u64 {
    let mut resolution = timespec(0);
    // SAFETY: `resolution` is a timespec.
    call!(unsafe { libc::clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut resolution) })
        .map_or(u64::MAX, |_| whole(resolution))
}

/// Returns a clock's time.
pub(crate) fn read(clock: libc::clockid_t) -> Result<libc::timespec> {
    let mut now = timespec(0);
    // SAFETY: `now` is a timespec.
    call!(unsafe { libc::clock_gettime(clock, &mut now) })?;
    Ok(now)
}

/// Returns seconds and microseconds since 1970.
pub(crate) fn time_of_day() -> Result<libc::timeval> {
    let mut now = libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    // SAFETY: `now` is a timeval, and no time zone is asked for.
    call!(unsafe { libc::gettimeofday(&mut now, core::ptr::null_mut()) })?;
    Ok(now)
}

/// Sleeps for `milliseconds`; signals do not end the sleep.
pub(crate) fn sleep(milliseconds: u32) {
    let mut left = timespec(u64::from(milliseconds) * MILLISECOND);
    let remaining: *mut libc::timespec = &mut left;
    // SAFETY: `remaining` points to a timespec, which the call may overwrite.
    while call!(unsafe { libc::nanosleep(remaining, remaining) }) == Err(Errno::INTR) {}
}
