//! System calls: every call goes through `call!`, which turns −1 into an [`Errno`].

use crate::errno::{Errno, Result};
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Turns the result of a libc call, which the caller makes in its own unsafe block, into a
/// `Result`: −1 becomes the errno.
macro_rules! call {
    ($call:expr) => {{
        let result = $call;
        if result == -1 {
            Err($crate::errno::Errno::last())
        } else {
            Ok(result)
        }
    }};
}

/// `call!`, repeated while a signal interrupts it.
macro_rules! call_retry {
    ($call:expr) => {{
        loop {
            match $crate::sys::call!($call) {
                Err($crate::errno::Errno::INTR) => {}
                result => break result,
            }
        }
    }};
}

impl Errno {
    /// A connect is in progress. Never returned to C.
    pub(crate) const INPROGRESS: Errno = Errno::from_raw(libc::EINPROGRESS);
    /// There is no such child. Never returned to C.
    pub(crate) const CHILD: Errno = Errno::from_raw(libc::ECHILD);

    /// Returns the error of this thread's last failed call.
    pub(crate) fn last() -> Errno {
        Errno::from_raw(errno())
    }
}

/// Returns the calling thread's `errno`.
pub(crate) fn errno() -> c_int {
    // SAFETY: the location is the calling thread's own and always valid.
    unsafe { *libc::__errno_location() }
}

/// Sets the calling thread's `errno`.
pub(crate) fn set_errno(value: c_int) {
    // SAFETY: the location is the calling thread's own and always valid.
    unsafe { *libc::__errno_location() = value };
}

/// A system call with a substitute. A seccomp filter, which may have been written for libuv's
/// calls, may refuse it at any time with `EPERM` or `ENOSYS`.
pub(crate) struct Refusable(AtomicBool);

impl Refusable {
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Makes the call, or `fallback` if a filter refuses it. The two errors may have other
    /// causes (a firewall returns `EPERM`), so the refusal is remembered only after the
    /// substitute was not refused.
    #[inline(always)]
    pub(crate) fn or<T>(
        &self,
        call: impl FnOnce() -> Result<T>,
        fallback: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if !self.0.load(Relaxed) {
            match call() {
                Err(Errno::PERM | Errno::NOSYS) => {}
                done => return done,
            }
        }
        self.substitute(fallback)
    }

    #[cold]
    #[inline(never)]
    fn substitute<T>(&self, fallback: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = fallback();
        if !matches!(done, Err(Errno::PERM | Errno::NOSYS)) {
            self.0.store(true, Relaxed);
        }
        done
    }
}

/// The result of a pthread function, which returns the error and does not set `errno`.
pub(crate) fn check(error: c_int) -> Result {
    match error {
        0 => Ok(()),
        error => Err(Errno::from_raw(error)),
    }
}

/// The result of a function that returns null and sets `errno` when it fails.
pub(crate) fn not_null<T>(result: *mut T) -> Result<*mut T> {
    if result.is_null() {
        return Err(Errno::last());
    }
    Ok(result)
}

pub(crate) use {call, call_retry};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_call_is_remembered_once_the_other_one_works() {
        let call = Refusable::new();
        let refused = || Err(Errno::PERM);
        assert_eq!(call.or(|| Ok(1), || Ok(2)), Ok(1));
        assert_eq!(
            call.or(refused, || Err::<c_int, _>(Errno::PERM)),
            Err(Errno::PERM)
        );
        assert_eq!(call.or(|| Ok(1), || Ok(2)), Ok(1));
        assert_eq!(
            call.or(refused, || Err::<c_int, _>(Errno::AGAIN)),
            Err(Errno::AGAIN)
        );
        assert_eq!(call.or(|| Ok(1), || Ok(2)), Ok(2));
    }
}
