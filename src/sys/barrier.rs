//! A memory barrier that one thread has all threads of the process execute.

use super::{call, errno};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use once_cell::race::OnceBool;

fn membarrier(command: c_int) -> bool {
    call!(syscall(libc::SYS_membarrier, command, 0, 0)).is_ok()
}

static READY: OnceBool = OnceBool::new();

/// Whether [`on_all_threads`] works.
pub(crate) fn is_ready() -> bool {
    READY.get() == Some(true)
}

/// Asks the kernel for it while that is cheap: as long as there is one thread.
pub(crate) fn prepare_early() {
    if READY.get().is_none() && is_single_threaded() {
        prepare();
    }
}

/// Asks the kernel for it, unless somebody has. That takes milliseconds when there are
/// several threads. Any thread and any signal handler may call; keeps `errno`.
pub(crate) fn prepare() {
    READY.get_or_init(|| {
        let saved = errno::save();
        let registered = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED as c_int);
        errno::restore(saved);
        registered
    });
}

/// The directory of a process's threads has a link for each and two of its own.
fn is_single_threaded() -> bool {
    let mut found = MaybeUninit::<libc::stat>::zeroed();
    let path = c"/proc/self/task".as_ptr();
    // SAFETY: the path is a string, and there is room for the answer.
    let done = call!(stat(path, found.as_mut_ptr()));
    // SAFETY: all zeroes are a valid answer too.
    done.is_ok() && unsafe { found.assume_init() }.st_nlink == 3
}

/// Every thread of the process executes a full memory barrier before this returns.
/// False if it could not be done.
pub(crate) fn on_all_threads() -> bool {
    // The first one may lack memory, or have been forbidden since; the second one takes
    // milliseconds.
    membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED as c_int)
        || membarrier(libc::MEMBARRIER_CMD_GLOBAL as c_int)
}
