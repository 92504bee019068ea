//! What a forked child repairs.
//!
//! No lock is taken before a fork. In the child only the thread that forked is left, and it is
//! still in `fork`: it resets the locks of the process, whichever thread held them, and gives
//! the child a thread pool without the parent's jobs.

use super::{dispatch, signals, threadpool};
use crate::errno::Result;
use crate::sys::signal;
use core::sync::atomic::{AtomicBool, Ordering::*};

/// Whether `in_child` is registered.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Registers the handler that repairs what forked children inherit, once.
pub(super) fn repair_in_children() -> Result {
    if !REGISTERED.load(Acquire) {
        // Two threads may both register the handler, which may run twice.
        signal::at_fork_child(in_child)?;
        REGISTERED.store(true, Release);
    }
    Ok(())
}

extern "C" fn in_child() {
    signals::forked();
    threadpool::forked();
    dispatch::process_forked();
}

extern "C" fn at_load() {
    // On failure the first loop with signals and the first job try again.
    let _ = repair_in_children();
}

/// The dynamic linker calls this when the library is loaded: handlers run in the order of their
/// registration, and the program's own, which may use the library, come later.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;
