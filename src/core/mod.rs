//! The engine: the loop's phases, the poll, the queues, the timers' heap, memory.
//! It reaches the handles through `dispatch` alone.

pub(crate) mod ahead;
pub(crate) mod async_;
mod at_fork;
pub(crate) mod dispatch;
pub(crate) mod engine;
pub mod flags;
pub(crate) mod handle;
pub(crate) mod interest;
pub(crate) mod lifecycle;
#[cfg(all(test, loom))]
mod loom;
pub(crate) mod mem;
mod mpsc;
mod news;
pub(crate) mod phase;
mod poll;
mod poll_failed;
mod primitives;
pub(crate) mod queue;
pub(crate) mod reactor;
pub(crate) mod ring;
pub(crate) mod run;
pub(crate) mod shutdown;
pub(crate) mod signals;
pub(crate) mod slots;
pub(crate) mod threadpool;
pub(crate) mod timers;
pub(crate) mod watcher;
