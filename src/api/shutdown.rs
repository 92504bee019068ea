//! Ending the use of the library.

use crate::event_loop::at_exit;

/// Frees what the library holds for the whole process: the threads of the pool, which
/// finish what is queued, and the copy of the arguments that the process title uses.
///
/// It runs by itself when the process ends or the library is unloaded. Call it where
/// that is too late, for instance before a check for leaks. Close all loops first, and
/// call no other function of the library afterwards. Calls after the first do nothing.
///
/// Since libuv 1.38.
#[unsafe(no_mangle)]
pub extern "C" fn uv_library_shutdown() {
    at_exit::run();
}
