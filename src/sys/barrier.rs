//! A memory barrier that one thread has all threads of the process execute.

use super::{call, errno};
use core::ffi::c_int;
use once_cell::race::OnceBool;

fn membarrier(command: c_int) -> bool {
    call!(syscall(libc::SYS_membarrier, command, 0, 0)).is_ok()
}

/// Whether [`on_all_threads`] works. The first call asks the kernel for it, which may
/// take it milliseconds; any thread and any signal handler may call. Keeps `errno`.
pub(crate) fn is_ready() -> bool {
    static READY: OnceBool = OnceBool::new();
    READY.get_or_init(|| {
        let saved = errno::save();
        let registered = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED as c_int);
        errno::restore(saved);
        registered
    })
}

/// Every thread of the process executes a full memory barrier before this returns.
/// False if it could not be done.
pub(crate) fn on_all_threads() -> bool {
    // The first one may lack memory, or have been forbidden since; the second one takes
    // milliseconds.
    membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED as c_int)
        || membarrier(libc::MEMBARRIER_CMD_GLOBAL as c_int)
}
