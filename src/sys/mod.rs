//! The only room that calls libc. Each file covers one family of system calls and
//! offers them as thin functions that return [`Result`](crate::errno::Result).

pub(crate) mod alloc;
mod call;
pub(crate) mod child;
pub(crate) mod clock;
pub(crate) mod copy;
pub(crate) mod datagram;
pub(crate) mod dir;
pub(crate) mod env;
pub(crate) mod errno;
pub(crate) mod eventfd;
pub(crate) mod fd;
pub(crate) mod file;
pub(crate) mod guess_handle;
pub(crate) mod host;
pub(crate) mod inotify;
pub(crate) mod interfaces;
pub(crate) mod library;
pub(crate) mod monitor;
pub(crate) mod process;
pub(crate) mod random;
pub(crate) mod resolve;
pub(crate) mod signal;
pub(crate) mod signal_mask;
pub(crate) mod small_file;
pub(crate) mod socket;
pub(crate) mod spawn;
pub(crate) mod stat;
pub(crate) mod stdio;
pub(crate) mod sync;
pub(crate) mod terminal;
pub(crate) mod thread;
pub(crate) mod time;
pub(crate) mod unix_socket;
pub(crate) mod uring;
pub(crate) mod users;
pub(crate) mod worker;

pub(crate) use call::{call, call_retry, check};
