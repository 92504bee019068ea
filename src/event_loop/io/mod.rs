//! Watched descriptors. `watcher` is one of them, with its interest and its readiness;
//! `interest` is the type of such sets; `registration` is the fd table and what the kernel
//! watches; `reactor` makes the system calls and waits.

pub(crate) mod interest;
pub(crate) mod reactor;
pub(crate) mod registration;
pub(crate) mod watcher;
