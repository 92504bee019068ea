//! The only room that calls libc. Each file covers one family of system calls and offers them
//! as thin functions that return [`Result`](crate::errno::Result).
//!
//! `unix/` is POSIX. `linux/` is what only Linux has, and what it does in its own way: a port to
//! another kernel supplies files with these names, and a reactor. The rest of the library names
//! `sys::stat` and does not see from which of the two it comes.

pub(crate) mod call;
mod linux;
mod unix;

pub(crate) use call::{call, call_retry, check};
pub(crate) use linux::{
    affinity, child, copy, dir, epoll, inotify, interfaces, lock, random, small_file, spawn, stat,
    sysinfo, uring, waker,
};
pub(crate) use unix::{
    alloc, clock, datagram, env, fd, file, guess_handle, host, library, monitor, process, resolve,
    signal, socket, stdio, sync, terminal, thread, unix_socket, users, worker,
};
