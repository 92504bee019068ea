//! The atomics and locks of the code that several threads run: `async_/sending` and
//! `threadpool/queue` take them from here, so that a loom build can compile the same files with
//! loom's (`loom/mod.rs`).

pub(super) use crate::sys::monitor::{Held, Monitor};
pub(super) use core::hint::spin_loop;
pub(super) use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, fence};
pub(super) use std::sync::Condvar;
pub(super) use std::thread::yield_now;
