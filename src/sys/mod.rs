//! The only room that calls libc. Each file covers one family of system calls and
//! offers them as thin functions that return [`Result`](crate::errno::Result).

pub(crate) mod alloc;
mod call;
pub(crate) mod clock;
pub(crate) mod errno;
pub(crate) mod fd;
pub(crate) mod signal_mask;
pub(crate) mod socket;

pub(crate) use call::{call, call_retry};
