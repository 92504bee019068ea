//! What the process as a whole holds, and letting go of it.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

static DONE: AtomicBool = AtomicBool::new(false);

/// Releases everything that belongs to the process rather than to a loop; once.
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
