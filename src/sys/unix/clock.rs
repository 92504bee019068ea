//! Clocks.

use crate::sys::{call, time};
use once_cell::race::OnceBool;

const MILLISECOND: u64 = 1_000_000;

fn whole(time: libc::timespec) -> u64 {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn nanoseconds(clock: libc::clockid_t) -> u64 {
    // A clock that the kernel knows cannot fail.
    time::read(clock).map_or(0, whole)
}

/// Nanoseconds on the monotonic clock.
pub(crate) fn monotonic() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC)
}

/// Milliseconds on the loop's clock: the coarse monotonic one where its grain is a
/// millisecond or better, the precise one elsewhere.
pub(crate) fn loop_milliseconds() -> u64 {
    static COARSE_WILL_DO: OnceBool = OnceBool::new();
    let clock = if COARSE_WILL_DO.get_or_init(|| grain_of_coarse() <= MILLISECOND) {
        libc::CLOCK_MONOTONIC_COARSE
    } else {
        libc::CLOCK_MONOTONIC
    };
    nanoseconds(clock) / MILLISECOND
}

fn grain_of_coarse() -> u64 {
    // SAFETY: a timespec is plain numbers, for which zero is valid.
    let mut grain: libc::timespec = unsafe { core::mem::zeroed() };
    match call!(clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut grain)) {
        Ok(_) => whole(grain),
        Err(_) => u64::MAX,
    }
}
