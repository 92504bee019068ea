//! Moves the child's descriptors to their numbers.

use super::Plan;
use crate::errno::Result;
use crate::sys::{call, call_retry, fd};
use core::ffi::c_int;

/// One descriptor of the child.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// The parent's end of a new pair, or −1.
    pub(crate) ours: c_int,
    /// The descriptor that the child gets, or −1 for none.
    pub(crate) theirs: c_int,
    /// The current number of `theirs` while the child moves descriptors.
    source: c_int,
    /// It was moved because another descriptor gets its number.
    moved: bool,
}

impl Slot {
    pub(crate) const EMPTY: Slot = Slot {
        ours: -1,
        theirs: -1,
        source: -1,
        moved: false,
    };
}

impl Plan {
    /// Moves the descriptor of each slot to the slot's number.
    pub(super) fn move_descriptors(&self, slots: &mut [Slot]) -> Result {
        // A source with a lower number than its slot would be overwritten before it is moved.
        for (at, slot) in slots.iter_mut().enumerate() {
            slot.source = slot.theirs;
            slot.moved = slot.theirs >= 0 && slot.theirs < at as c_int;
            if slot.moved {
                slot.source = duplicate(slot.theirs, self.slot_count)?;
            }
        }
        let no_output = slots[libc::STDOUT_FILENO as usize].source < 0;
        for (at, slot) in slots.iter().enumerate() {
            let at = at as c_int;
            match slot.source {
                source if source < 0 && at > libc::STDERR_FILENO => {}
                // Standard output is already open on /dev/null: duplicate it.
                source if source < 0 && at == libc::STDERR_FILENO && no_output => {
                    put(libc::STDOUT_FILENO, at)?;
                }
                source if source < 0 => open_null(at)?,
                source if source == at => fd::set_cloexec(at, false)?,
                source => put(source, at)?,
            }
            // Processes that share standard input or output do not expect EAGAIN. If the memory is
            // shared, libuv clears the flag for all descriptors.
            let blocks = at <= libc::STDERR_FILENO || !(self.forks || slot.moved);
            if slot.source >= 0 && blocks {
                let _ = fd::set_nonblocking(at, false);
            }
        }
        if !self.forks {
            for slot in slots.iter().filter(|slot| slot.source >= self.slot_count) {
                // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
                let _ = call!(unsafe { libc::close(slot.source) });
            }
        }
        Ok(())
    }
}

/// Duplicates `fd` as `at`, which is closed first if it is open.
fn put(fd: c_int, at: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::dup2(fd, at) }).map(|_| ())
}

/// Duplicates `fd` close-on-exec, as a number of at least `at_least`.
pub(super) fn duplicate(fd: c_int, at_least: c_int) -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, at_least) })
}

/// Makes `at` a descriptor of `/dev/null`.
fn open_null(at: c_int) -> Result {
    let mode = if at == libc::STDIN_FILENO {
        libc::O_RDONLY
    } else {
        libc::O_RDWR
    };
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    let _ = call!(unsafe { libc::close(at) });
    // SAFETY: the path is a C string.
    let null = call_retry!(unsafe { libc::open(c"/dev/null".as_ptr(), mode) })?;
    if null != at {
        put(null, at)?;
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        let _ = call!(unsafe { libc::close(null) });
    }
    Ok(())
}
