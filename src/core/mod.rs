//! The engine: the loop's phases, the poll, the queues, the timers' heap, memory.
//! It reaches the handles through `dispatch` alone.

pub(crate) mod ahead;
pub(crate) mod dispatch;
pub(crate) mod engine;
pub mod flags;
pub(crate) mod handle;
pub(crate) mod interest;
pub(crate) mod lifecycle;
pub(crate) mod mem;
mod news;
pub(crate) mod phase;
mod poll_failed;
pub(crate) mod queue;
pub(crate) mod reactor;
pub(crate) mod ring;
pub(crate) mod run;
mod serve;
pub(crate) mod shutdown;
pub(crate) mod signals;
pub(crate) mod slots;
pub(crate) mod timers;
pub(crate) mod wake;
pub(crate) mod watcher;
pub(crate) mod workers;
