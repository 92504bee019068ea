//! Watched descriptors. `watcher` is one of them, with its interest and its readiness;
//! `readiness` says when the two meet; `fd_table` finds a watcher by its descriptor; `reactor`
//! registers with the kernel and waits.

pub(crate) mod fd_table;
pub(crate) mod interest;
pub(crate) mod reactor;
pub(crate) mod readiness;
pub(crate) mod watcher;
