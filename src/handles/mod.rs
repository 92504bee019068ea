//! One file per kind of handle: what each does with the events of its descriptor, and what
//! its calls mean. Methods live on the C structs themselves.

mod backoff;
pub(crate) mod base;
mod bound_path;
mod bufs;
mod fs_event;
mod fs_poll;
mod phases;
pub(crate) mod pipe;
mod poll;
pub(crate) mod print;
mod process;
mod stream;
pub(crate) mod tcp;
pub(crate) mod tty;
mod udp;
