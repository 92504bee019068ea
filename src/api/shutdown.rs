//! Ending the use of the library.

use crate::event_loop::at_exit;

/// Lets go of what the library holds for the whole process: the thread pool's
/// threads, and the process title's copy of the arguments.
///
/// It runs by itself when the process ends or the library is unloaded; call it where
/// that is too late, for instance to check for leaks, and call nothing of the library
/// afterwards. Only the first call does anything. No loop may be running.
#[unsafe(no_mangle)]
pub extern "C" fn uv_library_shutdown() {
    at_exit::run();
}
