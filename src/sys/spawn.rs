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

use super::{call, call_retry, child, fd, signal, unix_socket};
use crate::errno::{Errno, Result};
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::null;
use core::sync::atomic::{AtomicI32, AtomicU8, Ordering::*};

/// One descriptor of the child.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    /// The parent's end of a new pair, or −1.
    pub(crate) ours: c_int,
    /// What becomes the child's descriptor, or −1 for nothing.
    pub(crate) theirs: c_int,
    /// The same while the child moves descriptors about.
    source: c_int,
    /// Whether it had to be moved out of another's way.
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

impl Plan {
    /// Whether the child needs memory of its own.
    pub(crate) fn forks(&self) -> bool {
        self.uid.is_some() || self.gid.is_some() || !memory_is_shared()
    }

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
        if !self.forks() {
            let saved = signal::block_all();
            // SAFETY: the stack has that many bytes, and nobody else uses it.
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

/// Runs `child` in a process that shares this one's memory, on the stack of `size`
/// bytes at `stack`; returns when that process has run a program or ended.
///
/// # Safety
/// The stack is nobody else's.
unsafe fn clone(
    child: extern "C" fn(*mut c_void) -> c_int,
    stack: *mut c_void,
    size: usize,
    argument: *const c_void,
) -> Result<c_int> {
    // SAFETY: the result is inside the stack or just behind it, and aligned as the
    // calling conventions want it.
    let top = unsafe { stack.byte_add(size) }.map_addr(|address| address & !15);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    call!(clone(child, top, flags, argument.cast_mut()))
}

/// Whether the system keeps the promise of shared memory; emulators do not always.
fn memory_is_shared() -> bool {
    extern "C" fn mark(flag: *mut c_void) -> c_int {
        // SAFETY: the flag is the parent's, which sleeps meanwhile.
        unsafe { &*flag.cast::<AtomicU8>() }.store(1, Release);
        end_child()
    }
    const UNKNOWN: u8 = 0;
    const SHARED: u8 = 1;
    const SEPARATE: u8 = 2;
    static ANSWER: AtomicU8 = AtomicU8::new(UNKNOWN);
    if ANSWER.load(Acquire) == UNKNOWN {
        let flag = AtomicU8::new(0);
        // The loader binds what the child calls on it, and saves all registers there.
        let mut stack = [MaybeUninit::<u8>::uninit(); 16 * 1024];
        let (place, argument) = (stack.as_mut_ptr().cast(), (&raw const flag).cast());
        let saved = signal::block_all();
        // SAFETY: the stack is this frame's own.
        let pid = unsafe { clone(mark, place, stack.len(), argument) };
        signal::set_mask(&saved);
        let shared = pid.is_ok_and(|pid| {
            child::await_end(pid);
            flag.load(Acquire) == 1
        });
        ANSWER.store(if shared { SHARED } else { SEPARATE }, Release);
    }
    ANSWER.load(Acquire) == SHARED
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
    // SAFETY: the buffer has the length given.
    match unsafe { fd::read(reading, error.as_mut_ptr().cast(), error.len()) } {
        Ok(0) => Ok(pid),
        Ok(len) if len == error.len() => failed(pid, Errno::from_raw(c_int::from_ne_bytes(error))),
        _ => failed(pid, Errno::PIPE),
    }
}

/// The child, which never returns.
extern "C" fn enter(argument: *mut c_void) -> c_int {
    // SAFETY: the parent's frame is alive: it sleeps, or this is a copy of it.
    let start = unsafe { &*argument.cast::<Start>() };
    let mut error_fd = start.error_fd;
    // SAFETY: the plan is what `spawn` was promised.
    let error = unsafe {
        match start.plan.prepare(&mut error_fd) {
            Ok(()) => start.plan.exec(),
            Err(error) => error,
        }
    };
    let number = -error.raw();
    if error_fd == -1 {
        start.error.store(number, Release);
    } else {
        let bytes = number.to_ne_bytes();
        let _ = call_retry!(write(error_fd, bytes.as_ptr().cast(), bytes.len()));
    }
    end_child()
}

impl Plan {
    /// Makes the child what it is to be, short of running the program.
    unsafe fn prepare(&self, error_fd: &mut c_int) -> Result {
        // The report must survive the moving of descriptors.
        if *error_fd != -1 && *error_fd < self.slot_count {
            *error_fd = duplicate(*error_fd, self.slot_count)?;
        }
        for signum in 1..=64 {
            // Some cannot be changed, and need not be. CLONE_CLEAR_SIGHAND would leave
            // those that are ignored, and to ask which they are takes as many calls.
            let _ = signal::uninstall(signum);
        }
        if self.detached {
            // It fails only for a process group's leader, which a child is not.
            let _ = call!(setsid());
        }
        // SAFETY: the slots are as many as the plan says, and the child's alone now.
        let slots =
            unsafe { core::slice::from_raw_parts_mut(self.slots, self.slot_count as usize) };
        // Of two things that are wrong libuv tells the first it meets: a child that
        // forks has its descriptors before its place, one that does not, after.
        if self.forks() {
            self.move_descriptors(slots)?;
            self.change_dir()?;
        } else {
            self.change_dir()?;
            self.move_descriptors(slots)?;
        }
        if self.uid.is_some() || self.gid.is_some() {
            // Only root may, and only root has groups to lose.
            let _ = call!(setgroups(0, null()));
        }
        if let Some(gid) = self.gid {
            call!(setgid(gid))?;
        }
        if let Some(uid) = self.uid {
            call!(setuid(uid))?;
        }
        signal::unblock_all();
        Ok(())
    }

    fn change_dir(&self) -> Result {
        if !self.cwd.is_null() {
            call!(chdir(self.cwd))?;
        }
        Ok(())
    }

    fn move_descriptors(&self, slots: &mut [Slot]) -> Result {
        // A source below its own place would be overwritten before its turn.
        for (at, slot) in slots.iter_mut().enumerate() {
            slot.source = slot.theirs;
            slot.moved = slot.theirs >= 0 && slot.theirs < at as c_int;
            if slot.moved {
                slot.source = duplicate(slot.theirs, self.slot_count)?;
            }
        }
        for (at, slot) in slots.iter().enumerate() {
            let at = at as c_int;
            match slot.source {
                source if source < 0 && at > libc::STDERR_FILENO => {}
                source if source < 0 => open_null(at)?,
                source if source == at => fd::set_cloexec(at, false)?,
                source => drop(call_retry!(dup2(source, at))?),
            }
            // Who shares standard input or output does not expect EAGAIN. Where the
            // memory is shared libuv clears the flag for the rest as well.
            let blocks = at <= libc::STDERR_FILENO || !(self.forks() || slot.moved);
            if slot.source >= 0 && blocks {
                let _ = fd::set_nonblocking(at, false);
            }
        }
        if !self.forks() {
            for slot in slots.iter().filter(|slot| slot.source >= self.slot_count) {
                let _ = call!(close(slot.source));
            }
        }
        Ok(())
    }

    /// Runs the program, which is looked for in the child's own PATH; returns only when
    /// that fails.
    unsafe fn exec(&self) -> Errno {
        // SAFETY: the file's name is NUL-terminated.
        let file = unsafe { CStr::from_ptr(self.file) }.to_bytes();
        if file.contains(&b'/') {
            // SAFETY: as this function's own contract.
            return unsafe { self.exec_path(self.file) };
        }
        if file.len() > NAME_MAX {
            return Errno::NAMETOOLONG;
        }
        if file.is_empty() && self.forks() {
            // As execvp does; posix_spawnp tries the folders themselves.
            return Errno::NOENT;
        }
        // SAFETY: the environment ends in null, and its strings in NUL.
        let path = unsafe { find_path(self.env) }.unwrap_or(DEFAULT_PATH);
        let mut denied = false;
        let mut error = Errno::NOENT;
        for folder in path.split(|byte| *byte == b':') {
            if folder.len() >= PATH_MAX {
                continue;
            }
            let mut candidate = [0u8; PATH_MAX + NAME_MAX + 2];
            candidate[..folder.len()].copy_from_slice(folder);
            let mut len = folder.len();
            if len > 0 {
                candidate[len] = b'/';
                len += 1;
            }
            candidate[len..len + file.len()].copy_from_slice(file);
            // SAFETY: the rest of the candidate is zero, so it is NUL-terminated.
            error = unsafe { self.exec_path(candidate.as_ptr().cast()) };
            match error {
                Errno::ACCES => denied = true,
                Errno::NOENT | Errno::NOTDIR => {}
                _ => return error,
            }
        }
        if denied { Errno::ACCES } else { error }
    }

    unsafe fn exec_path(&self, path: *const c_char) -> Errno {
        let Err(error) = call!(execve(path, self.args, self.env)) else {
            return Errno::NOEXEC;
        };
        if error == Errno::NOEXEC && self.forks() {
            // As execvp does: let the shell try.
            // SAFETY: there is room for the program's arguments and three more.
            unsafe { self.write_script_args(path) };
            let _ = call!(execve(SHELL.as_ptr(), self.script_args, self.env));
        }
        error
    }

    /// The shell's arguments: its own name, the script, and the script's arguments.
    unsafe fn write_script_args(&self, script: *const c_char) {
        // SAFETY: as this function's own contract; the plan's arguments end in null.
        unsafe {
            self.script_args.write(SHELL.as_ptr());
            self.script_args.add(1).write(script);
            let mut next = 2;
            if !self.args.is_null() && !(*self.args).is_null() {
                while !(*self.args.add(next - 1)).is_null() {
                    let arg = *self.args.add(next - 1);
                    self.script_args.add(next).write(arg);
                    next += 1;
                }
            }
            self.script_args.add(next).write(null());
        }
    }
}

const SHELL: &CStr = c"/bin/sh";
const PATH_MAX: usize = libc::PATH_MAX as usize;
const NAME_MAX: usize = 255;
/// Where to look when the environment has no PATH.
const DEFAULT_PATH: &[u8] = b"/usr/bin:/bin";

/// The value of PATH in an environment.
///
/// # Safety
/// `env` is null or ends in null, and its strings in NUL.
unsafe fn find_path<'a>(mut env: *const *const c_char) -> Option<&'a [u8]> {
    // SAFETY: as this function's own contract.
    unsafe {
        while !env.is_null() && !(*env).is_null() {
            let entry = CStr::from_ptr(*env).to_bytes();
            if let Some(path) = entry.strip_prefix(b"PATH=") {
                return Some(path);
            }
            env = env.add(1);
        }
    }
    None
}

fn duplicate(fd: c_int, at_least: c_int) -> Result<c_int> {
    call_retry!(fcntl(fd, libc::F_DUPFD_CLOEXEC, at_least))
}

/// The parent's own environment.
pub(crate) fn environment() -> *const *const c_char {
    // SAFETY: environ is read while nobody changes it, as C asks of its programs.
    unsafe { libc::environ.cast_const().cast() }
}

/// Makes `at` a descriptor of `/dev/null`.
fn open_null(at: c_int) -> Result {
    let mode = if at == libc::STDIN_FILENO {
        libc::O_RDONLY
    } else {
        libc::O_RDWR
    };
    let _ = call!(close(at));
    let null = call_retry!(open(c"/dev/null".as_ptr(), mode))?;
    if null != at {
        call_retry!(dup2(null, at))?;
        let _ = call!(close(null));
    }
    Ok(())
}
