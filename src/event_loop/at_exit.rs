//! What is released when the process exits or the library is unloaded.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

static DONE: AtomicBool = AtomicBool::new(false);

/// Releases what belongs to the process rather than to a loop. The second call does nothing.
pub(crate) fn run() {
    if DONE.swap(true, Relaxed) {
        return;
    }
    super::dispatch::library_shutdown();
}

extern "C" fn at_exit() {
    run();
}

/// The dynamic linker calls this when the process ends or the library is unloaded.
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_EXIT: extern "C" fn() = at_exit;
