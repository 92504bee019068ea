//! The only folder that calls libc. Each file has one family of system calls, as thin functions
//! that return [`Result`](crate::errno::Result).
//!
//! `unix/` is POSIX. `linux/` has what only Linux has, or what differs on Linux: a port to another
//! kernel needs files with these names, and a reactor. The rest of the library uses `sys::stat` and
//! does not see which folder it is in.

pub(crate) mod call;
mod linux;
mod unix;

pub(crate) use call::{call, call_retry, check, not_null};
pub(crate) use libc::{calloc, free, malloc, realloc};
pub(crate) use linux::*;
pub(crate) use unix::*;
