//! Starting a program in a child.
//!
//! The child shares the parent's memory until it runs the program, while the parent sleeps, so that
//! a parent of any size spawns at the same cost. Only a change of user or group needs a real
//! `fork`, which gives the child its own memory and runs the handlers of `pthread_atfork`.
//!
//! The child allocates nothing, takes no lock and calls async-signal-safe functions only. It
//! reports an error in the shared memory, or through a pipe that a successful exec closes, so the
//! parent gets it before `uv_spawn` returns.

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

/// The program to start, and how. The caller provides the pointers and the memory that the child
/// uses.
pub(crate) struct Plan {
    pub(crate) file: *const c_char,
    /// Ends in null.
    pub(crate) args: *const *const c_char,
    /// Ends in null.
    pub(crate) env: *const *const c_char,
    /// Null for the parent's directory.
    pub(crate) cwd: *const c_char,
    pub(crate) detached: bool,
    pub(crate) uid: Option<libc::uid_t>,
    pub(crate) gid: Option<libc::gid_t>,
    /// The child has its own memory, see [`must_fork`].
    pub(crate) forks: bool,
    /// The child's descriptors from 0 on: at least three.
    pub(crate) slots: *mut Slot,
    pub(crate) slot_count: c_int,
    /// Memory for the arguments of a shell, which runs a script without an interpreter line; needed
    /// if the plan forks.
    pub(crate) script_args: *mut *const c_char,
    /// The stack of a child that shares memory, [`STACK`] bytes; needed if the plan does not fork.
    pub(crate) stack: *mut c_void,
}

/// The size of a child's stack.
pub(crate) const STACK: usize = 64 * 1024;

struct Start<'a> {
    plan: &'a Plan,
    /// The pipe for the error of a child with its own memory; −1 for a child that shares memory.
    error_fd: c_int,
    /// The error of a child that shares memory: 0, or a positive errno.
    error: AtomicI32,
}

/// Returns whether a child needs its own memory: if it changes user or group, or if memory cannot
/// be shared.
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
        // The handlers of pthread_atfork run in the child, and a crash there must not be blocked.
        let saved = signal::block_but_faults();
        // SAFETY: the child makes only async-signal-safe calls until it runs its program.
        let pid = call!(unsafe { libc::fork() });
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

/// Returns whether a child really shares this process's memory. In some emulators it does not.
fn memory_is_shared() -> bool {
    extern "C" fn mark(flag: *mut c_void) -> c_int {
        // SAFETY: the flag is the parent's, which sleeps meanwhile.
        unsafe { &*flag.cast::<AtomicBool>() }.store(true, Release);
        end_child()
    }
    let ask = || {
        let flag = AtomicBool::new(false);
        // The dynamic loader saves all registers on it when it binds the child's functions.
        let mut stack = [MaybeUninit::<u8>::uninit(); 16 * 1024];
        let (stack_base, argument) = (stack.as_mut_ptr().cast(), (&raw const flag).cast());
        let saved = signal::block_all();
        // SAFETY: the stack is this frame's own, and `mark` does not return.
        let pid = unsafe { clone(mark, stack_base, stack.len(), argument) };
        signal::set_mask(&saved);
        child::wait_for_exit(pid?);
        Ok::<bool, Errno>(flag.load(Acquire))
    };
    static ANSWER: OnceBool = OnceBool::new();
    // If no process can be created now, the spawn fails with the same error.
    ANSWER.get_or_try_init(ask).unwrap_or(true)
}

/// Ends the calling process without the parent's exit handlers.
fn end_child() -> ! {
    // SAFETY: it does not return and touches no memory.
    unsafe { libc::_exit(127) }
}

/// Reaps a child whose program was not started, and returns the error.
fn failed(pid: c_int, error: Errno) -> Result<c_int> {
    child::wait_for_exit(pid);
    Err(error)
}

/// Reads the error of a forked child; the end of file means that the program runs.
fn outcome(reading: c_int, pid: c_int) -> Result<c_int> {
    let mut error = [0u8; size_of::<c_int>()];
    match child::retry(|| fd::read_into(reading, &mut error)) {
        Ok(0) => Ok(pid),
        Ok(len) if len == error.len() => failed(pid, Errno::from_raw(c_int::from_ne_bytes(error))),
        Ok(_) => failed(pid, Errno::PIPE),
        Err(error) => {
            // It is unknown whether the program runs. Kill it, because the caller gets an error.
            let _ = signal::kill(pid, libc::SIGKILL);
            failed(pid, error)
        }
    }
}

/// Returns the parent's environment.
pub(crate) fn environment() -> *const *const c_char {
    // SAFETY: environ is read while no thread changes it, as C asks of its programs.
    unsafe { libc::environ.cast_const().cast() }
}
