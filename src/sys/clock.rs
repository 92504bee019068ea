//! Clocks.

use super::{call, time};
use core::sync::atomic::{AtomicI32, Ordering};

fn nanoseconds(clock: libc::clockid_t) -> u64 {
    // A clock that the kernel knows cannot fail.
    time::read(clock).map_or(0, |now| {
        now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
    })
}

/// Nanoseconds on the monotonic clock.
pub(crate) fn monotonic() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC)
}

/// Milliseconds on the loop's clock: the coarse monotonic one where its grain is a
/// millisecond or better, the precise one elsewhere.
pub(crate) fn loop_milliseconds() -> u64 {
    static CLOCK: AtomicI32 = AtomicI32::new(-1);
    let mut clock = CLOCK.load(Ordering::Relaxed);
    if clock == -1 {
        let mut grain = libc::timespec {
            tv_sec: 1,
            tv_nsec: 0,
        };
        let coarse = call!(clock_getres(libc::CLOCK_MONOTONIC_COARSE, &mut grain)).is_ok()
            && grain.tv_sec == 0
            && grain.tv_nsec <= 1_000_000;
        clock = if coarse {
            libc::CLOCK_MONOTONIC_COARSE
        } else {
            libc::CLOCK_MONOTONIC
        };
        CLOCK.store(clock, Ordering::Relaxed);
    }
    nanoseconds(clock) / 1_000_000
}
