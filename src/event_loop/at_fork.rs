//! What a forked child repairs.
//!
//! Nothing is taken before a fork. In the child only the thread that forked is left, and it
//! is still in `fork`: it makes the locks of the process free, whichever thread held them, and gives
//! the child a thread pool without the parent's jobs.

use super::{dispatch, signals, threadpool};
use crate::errno::Result;
use crate::sys::signal;
use core::sync::atomic::{AtomicBool, Ordering::*};

/// Whether `in_child` will run in children.
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// Has children that are forked from now on repair what they inherit.
pub(super) fn repair_in_children() -> Result {
    if !REGISTERED.load(Acquire) {
        // Two threads may both register the handler: twice does no harm.
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
    // If it fails, the first loop with signals and the first job try again.
    let _ = repair_in_children();
}

/// The dynamic linker calls this when the library is loaded, so that the child repairs
/// itself before it runs the program's own fork handlers, which may use the library.
#[used]
#[unsafe(link_section = ".init_array")]
static AT_LOAD: extern "C" fn() = at_load;
