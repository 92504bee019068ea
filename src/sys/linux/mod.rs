//! System calls that only Linux has, or that differ on Linux.

pub(crate) mod affinity;
pub(crate) mod cgroup;
pub(crate) mod child;
pub(crate) mod copy;
pub(crate) mod cpu;
pub(crate) mod dir;
pub(crate) mod epoll;
pub(crate) mod inotify;
pub(crate) mod interfaces;
pub(crate) mod lock;
pub(crate) mod machine;
pub(crate) mod random;
pub(crate) mod small_file;
pub(crate) mod spawn;
pub(crate) mod stat;
pub(crate) mod uring;
