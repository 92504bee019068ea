//! Creating a process that shares this one's memory.
//!
//! libc's `clone` makes the system call of that name. libuv calls `vfork` and `posix_spawn`, which
//! uses `clone3` in current libcs: a seccomp filter that allows these may refuse `clone`. Then
//! clone3 and vfork are tried. libc has no function for them that gives the child a stack of its
//! own, so they are made with inline assembly.

use crate::errno::{Errno, Result};
use crate::sys::call;
use core::ffi::{c_int, c_void};

/// The function that the child runs. It does not return.
pub(super) type Child = extern "C" fn(*mut c_void) -> c_int;

const FLAGS: c_int = libc::CLONE_VM | libc::CLONE_VFORK;

/// Runs `child` in a process that shares this one's memory, on the stack of `size`
/// bytes at `stack`; returns when that process has run a program or ended.
///
/// # Safety
/// The stack is not used by anything else, and the child does not return.
pub(super) unsafe fn clone(
    child: Child,
    stack: *mut c_void,
    size: usize,
    argument: *const c_void,
) -> Result<c_int> {
    // SAFETY: the result is inside the stack or just behind it, and aligned as the
    // calling conventions want it.
    let top = unsafe { stack.byte_add(size) }.map_addr(|address| address & !15);
    // SAFETY: `child` runs on the unused stack that ends at `top`, and gets `argument`, which lives
    // until the child has run its program.
    match call!(unsafe { libc::clone(child, top, FLAGS | libc::SIGCHLD, argument.cast_mut()) }) {
        // The other calls would fail as well.
        Err(error) if !matches!(error, Errno::AGAIN | Errno::NOMEM) => {
            let start = Start {
                child,
                top,
                argument,
            };
            // SAFETY: `top` is the end of an unused stack.
            unsafe { start.fallback() }.unwrap_or(Err(error))
        }
        result => result,
    }
}

/// The stack, function and argument of a new process.
struct Start {
    child: Child,
    top: *mut c_void,
    argument: *const c_void,
}

/// The size of the first version of clone3's arguments.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const CLONE3_SIZE: usize = core::mem::offset_of!(libc::clone_args, set_tid);

/// clone3's arguments for the same as `clone` does.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn clone3_arguments() -> libc::clone_args {
    // SAFETY: the arguments are numbers, for which zero is valid.
    let mut arguments: libc::clone_args = unsafe { core::mem::zeroed() };
    arguments.flags = FLAGS as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    arguments
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
impl Start {
    /// Makes the calls that libuv makes. Returns `None` if all of them are refused.
    ///
    /// # Safety
    /// `top` is the end of an unused stack.
    unsafe fn fallback(&self) -> Option<Result<c_int>> {
        let arguments = clone3_arguments();
        let (at, size) = ((&raw const arguments).addr(), CLONE3_SIZE);
        let calls = [
            #[cfg(target_arch = "x86_64")]
            (libc::SYS_vfork, 0, 0),
            (libc::SYS_clone3, at, size),
        ];
        calls.into_iter().find_map(|(number, first, second)| {
            // SAFETY: either call makes a child that shares memory and has a copy of the
            // registers, while this thread sleeps; `arguments` lives until then.
            match unsafe { self.make(number, first, second) } {
                pid if pid >= 0 => Some(Ok(pid as c_int)),
                _ => None,
            }
        })
    }

    /// Makes the system call. In the parent, returns its result. The child switches to its own
    /// stack before it touches any memory, and runs its function there.
    ///
    /// # Safety
    /// `top` is the end of an unused stack, and the call makes a child that shares memory.
    #[cfg(target_arch = "x86_64")]
    unsafe fn make(&self, number: libc::c_long, first: usize, second: usize) -> isize {
        let result;
        // SAFETY: the kernel preserves all registers but rax, rcx and r11. The child uses
        // those that it needs, and its own stack, and does not come back.
        unsafe {
            core::arch::asm!(
                "syscall",
                "test rax, rax",
                "jnz 2f",
                "mov rsp, r8",
                "xor ebp, ebp",
                "mov rdi, r10",
                "call r9",
                "ud2",
                "2:",
                inlateout("rax") number as isize => result,
                in("rdi") first,
                in("rsi") second,
                in("r8") self.top,
                in("r9") self.child,
                in("r10") self.argument,
                lateout("rcx") _,
                lateout("r11") _,
            );
        }
        result
    }

    /// Makes the system call. In the parent, returns its result. The child switches to its own
    /// stack before it touches any memory, and runs its function there.
    ///
    /// # Safety
    /// `top` is the end of an unused stack, and the call makes a child that shares memory.
    #[cfg(target_arch = "aarch64")]
    unsafe fn make(&self, number: libc::c_long, first: usize, second: usize) -> isize {
        let result;
        // SAFETY: the kernel preserves all registers but x0. The child uses those that it
        // needs, and its own stack, and does not come back.
        unsafe {
            core::arch::asm!(
                "svc 0",
                "cbnz x0, 2f",
                "mov sp, x3",
                "mov x0, x4",
                "blr x5",
                "brk 1",
                "2:",
                inlateout("x0") first as isize => result,
                in("x1") second,
                in("x3") self.top,
                in("x4") self.argument,
                in("x5") self.child,
                in("x8") number,
            );
        }
        result
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Start {
    /// There is no assembly for this processor, so no other call.
    ///
    /// # Safety
    /// Nothing is asked.
    unsafe fn fallback(&self) -> Option<Result<c_int>> {
        None
    }
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use crate::sys::{child, signal};
    use core::sync::atomic::{AtomicI32, Ordering::SeqCst};

    extern "C" fn mark(counter: *mut c_void) -> c_int {
        // SAFETY: the mark is the parent's, which sleeps meanwhile.
        unsafe { &*counter.cast::<AtomicI32>() }.fetch_add(1, SeqCst);
        // SAFETY: it does not return and touches no memory.
        unsafe { libc::_exit(0) }
    }

    #[test]
    fn each_of_the_other_calls_runs_the_child_in_shared_memory() {
        let (marks, mut stack) = (AtomicI32::new(0), vec![0u8; 64 * 1024]);
        let arguments = clone3_arguments();
        let start = Start {
            child: mark,
            top: stack.as_mut_ptr_range().end.map_addr(|a| a & !15).cast(),
            argument: (&raw const marks).cast(),
        };
        let (at, size) = ((&raw const arguments).addr(), CLONE3_SIZE);
        let calls = [
            #[cfg(target_arch = "x86_64")]
            (libc::SYS_vfork, 0, 0),
            (libc::SYS_clone3, at, size),
        ];
        let mut made = 0;
        for (number, first, second) in calls {
            let saved = signal::block_all();
            // SAFETY: the stack is the child's alone, which ends on it.
            let pid = unsafe { start.make(number, first, second) };
            signal::set_mask(&saved);
            // An emulator may not have clone3.
            if pid < 0 {
                assert_eq!((number, -pid), (libc::SYS_clone3, libc::ENOSYS as isize));
                continue;
            }
            child::wait_for_exit(pid as c_int);
            made += 1;
            assert_eq!(marks.load(SeqCst), made);
        }
    }
}
