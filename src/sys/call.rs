//! How every system call of the library is made: −1 becomes an [`Errno`](crate::errno::Errno).

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

pub(crate) use {call, call_retry};
