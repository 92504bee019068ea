//! Starting a program in a child.
//!
//! The child shares the parent's memory until it runs the program, while the parent
//! sleeps, so that a parent of any size spawns at the same cost. Only a change of user
//! or group takes a true `fork`, which gives the child memory of its own and runs the
//! hooks of `pthread_atfork`.
//!
//! From the first instruction to the last the child allocates nothing, takes no lock
//! and calls async-signal-safe functions only. What goes wrong there it leaves in the
//! shared memory, or sends through a pipe that a successful exec closes, so the parent
//! learns of it at once.

mod clone;
mod descriptors;
mod prepare;
mod search;

use crate::errno::{Errno, Result};
use crate::sys::{call, child, fd, signal, unix_socket};
use clone::clone;
use core::ffi::{c_char, c_int, c_void};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering::*};
pub(crate) use descriptors::Slot;
use once_cell::race::OnceBool;
use prepare::enter;

/// What to start and how. The pointers are the caller's, and so is the memory that the
/// child works in.
pub(crate) struct Plan {
    pub(crate) file: *const c_char,
    /// Ends in null.
    pub(crate) args: *const *const c_char,
    /// Ends in null.
    pub(crate) env: *const *const c_char,
    /// Null for the parent's own.
    pub(crate) cwd: *const c_char,
    pub(crate) detached: bool,
    pub(crate) uid: Option<libc::uid_t>,
    pub(crate) gid: Option<libc::gid_t>,
    /// Whether the child has memory of its own, see [`must_fork`].
    pub(crate) forks: bool,
    /// The child's descriptors from 0 on: at least three.
    pub(crate) slots: *mut Slot,
    pub(crate) slot_count: c_int,
    /// Room for a shell's arguments if the file proves to be a script without an
    /// interpreter's name; needed when the plan forks.
    pub(crate) script_args: *mut *const c_char,
    /// The stack of a child that shares memory, [`STACK`] bytes; needed when the plan
    /// does not fork.
    pub(crate) stack: *mut c_void,
}

/// The size of a child's stack.
pub(crate) const STACK: usize = 64 * 1024;

struct Start<'a> {
    plan: &'a Plan,
    /// Where a child with memory of its own reports; −1 for one that shares it.
    error_fd: c_int,
    /// Where the other one does: 0, or a positive errno.
    error: AtomicI32,
}

/// Whether a child needs memory of its own, given whether it changes user or group.
pub(crate) fn must_fork(changes_identity: bool) -> bool {
    changes_identity || !memory_is_shared()
}

impl Plan {
    /// Starts the program; returns its process id once it runs.
    ///
    /// # Safety
    /// Every pointer of the plan is what its field says.
    pub(crate) unsafe fn spawn(&self) -> Result<c_int> {
        if self.file.is_null() {
            return Err(Errno::NOENT);
        }
        let mut start = Start {
            plan: self,
            error_fd: -1,
            error: AtomicI32::new(0),
        };
        if !self.forks {
            let saved = signal::block_all();
            // SAFETY: the stack has that many bytes and is the child's alone, and `enter` does
            // not return.
            let pid = unsafe { clone(enter, self.stack, STACK, (&raw const start).cast()) };
            signal::set_mask(&saved);
            return match start.error.load(Acquire) {
                0 => pid,
                error => failed(pid?, Errno::from_raw(error)),
            };
        }
        let [reading, writing] = unix_socket::pipe(false)?;
        start.error_fd = writing;
        // The hooks of pthread_atfork run in the child, and may fail visibly.
        let saved = signal::block_but_faults();
        let pid = call!(fork());
        if pid == Ok(0) {
            enter((&raw const start).cast_mut().cast());
        }
        signal::set_mask(&saved);
        let _ = fd::close(writing);
        let result = pid.and_then(|pid| outcome(reading, pid));
        let _ = fd::close(reading);
        result
    }
}

/// Whether the system keeps the promise of shared memory; emulators do not always.
fn memory_is_shared() -> bool {
    extern "C" fn mark(flag: *mut c_void) -> c_int {
        // SAFETY: the flag is the parent's, which sleeps meanwhile.
        unsafe { &*flag.cast::<AtomicBool>() }.store(true, Release);
        end_child()
    }
    let ask = || {
        let flag = AtomicBool::new(false);
        // The loader binds what the child calls on it, and saves all registers there.
        let mut stack = [MaybeUninit::<u8>::uninit(); 16 * 1024];
        let (place, argument) = (stack.as_mut_ptr().cast(), (&raw const flag).cast());
        let saved = signal::block_all();
        // SAFETY: the stack is this frame's own, and `mark` does not return.
        let pid = unsafe { clone(mark, place, stack.len(), argument) };
        signal::set_mask(&saved);
        child::await_end(pid?);
        Ok::<bool, Errno>(flag.load(Acquire))
    };
    static ANSWER: OnceBool = OnceBool::new();
    // If there is no room for a process now, the one that matters will meet that, too.
    ANSWER.get_or_try_init(ask).unwrap_or(true)
}

/// Ends the calling process without running anything of the parent's.
fn end_child() -> ! {
    // SAFETY: it does not return and touches no memory.
    unsafe { libc::_exit(127) }
}

/// The program does not run: forgets the child that tried.
fn failed(pid: c_int, error: Errno) -> Result<c_int> {
    child::await_end(pid);
    Err(error)
}

/// What a forked child says: nothing when the program runs, the error otherwise.
fn outcome(reading: c_int, pid: c_int) -> Result<c_int> {
    let mut error = [0u8; size_of::<c_int>()];
    let read = || {
        // SAFETY: the buffer has the length given.
        unsafe { fd::read(reading, error.as_mut_ptr().cast(), error.len()) }
    };
    match child::until_answered(read) {
        Ok(0) => Ok(pid),
        Ok(len) if len == error.len() => failed(pid, Errno::from_raw(c_int::from_ne_bytes(error))),
        Ok(_) => failed(pid, Errno::PIPE),
        Err(error) => {
            // Whether the program runs cannot be learnt: it must not, since the caller is
            // told of an error.
            let _ = signal::kill(pid, libc::SIGKILL);
            failed(pid, error)
        }
    }
}

/// The parent's own environment.
pub(crate) fn environment() -> *const *const c_char {
    // SAFETY: environ is read while no thread changes it, as C asks of its programs.
    unsafe { libc::environ.cast_const().cast() }
}
