//! The engine: the loop's phases, the poll, the queues, the timers' heap, memory.
//! It reaches the handles through `dispatch` alone.

pub(crate) mod alloc;
pub(crate) mod async_;
pub(crate) mod at_exit;
mod at_fork;
pub(crate) mod dispatch;
pub mod flags;
pub(crate) mod handle;
pub(crate) mod io;
pub(crate) mod lifecycle;
pub(crate) mod list;
#[cfg(all(test, loom))]
mod loom;
pub(crate) mod phases;
mod poll;
mod poll_failed;
pub(crate) mod prefetch;
mod primitives;
pub(crate) mod queue;
pub(crate) mod run;
pub(crate) mod signals;
pub(crate) mod state;
pub(crate) mod threadpool;
pub(crate) mod timers;
pub(crate) mod uring;
