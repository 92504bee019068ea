//! How every system call of the library is made: −1 becomes an [`Errno`].

use crate::errno::{Errno, Result};
use core::ffi::c_int;

/// Makes one libc call and turns −1 into the errno that it left.
macro_rules! call {
    ($($call:tt)+) => {{
        // SAFETY: each use passes pointers that are valid for the length it names;
        // descriptors are plain numbers and a stale one is EBADF, not undefined.
        let result = unsafe { libc::$($call)+ };
        if result == -1 {
            Err($crate::errno::Errno::last())
        } else {
            Ok(result)
        }
    }};
}

/// Like `call!`, and again for as long as a signal interrupts it.
macro_rules! call_retry {
    ($($call:tt)+) => {{
        loop {
            match $crate::sys::call!($($call)+) {
                Err($crate::errno::Errno::INTR) => {}
                result => break result,
            }
        }
    }};
}

/// The result of a pthread function: those return the error instead of leaving it in
/// `errno`.
pub(crate) fn check(error: c_int) -> Result {
    match error {
        0 => Ok(()),
        error => Err(Errno::from_raw(error)),
    }
}

pub(crate) use {call, call_retry};
