//! Signals: dispositions, masks, and the lock around changing them.

use crate::errno::Result;
use crate::sys::{call, check};
use core::ffi::c_int;
use core::mem::{MaybeUninit, zeroed};
use libc::sigset_t;

/// A signal handler.
pub(crate) type Handler = extern "C" fn(c_int);

/// Blocks all signals for the calling thread. Returns the old mask.
pub(crate) fn block_all() -> sigset_t {
    block_but(&[])
}

/// Blocks all signals for the calling thread except those of the program's own faults, such as
/// SIGSEGV. Returns the old mask.
pub(crate) fn block_but_faults() -> sigset_t {
    block_but(&[
        libc::SIGTRAP,
        libc::SIGSEGV,
        libc::SIGBUS,
        libc::SIGILL,
        libc::SIGSYS,
        libc::SIGABRT,
    ])
}

fn block_but(exempt: &[c_int]) -> sigset_t {
    let mut saved = MaybeUninit::uninit();
    // SAFETY: sigfillset fills the set before it is read, and pthread_sigmask fills
    // `saved`: it fails only for an unknown `how`.
    unsafe {
        let mut set = zeroed();
        libc::sigfillset(&mut set);
        for signum in exempt {
            libc::sigdelset(&mut set, *signum);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, saved.as_mut_ptr());
        saved.assume_init()
    }
}

/// Sets the calling thread's mask.
pub(crate) fn set_mask(mask: &sigset_t) {
    // SAFETY: `mask` is an initialised set; the old one is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, mask, core::ptr::null_mut()) };
}

/// Blocks no signal.
pub(crate) fn unblock_all() {
    // SAFETY: sigemptyset fills the set before it is read.
    unsafe {
        let mut none = zeroed();
        libc::sigemptyset(&mut none);
        set_mask(&none);
    }
}

/// Installs `handler` for `signum`, with every signal blocked while it runs. With `once` the
/// kernel resets the disposition when the first signal is caught.
pub(crate) fn install(signum: c_int, handler: Handler, once: bool) -> Result {
    // SAFETY: all zeroes is a valid sigaction; sigfillset fills its mask.
    let action = unsafe {
        let mut action: libc::sigaction = zeroed();
        libc::sigfillset(&mut action.sa_mask);
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_RESTART | if once { libc::SA_RESETHAND } else { 0 };
        action
    };
    // SAFETY: `action` is a sigaction; the null pointer asks for no old one.
    call!(unsafe { libc::sigaction(signum, &action, core::ptr::null_mut()) }).map(drop)
}

/// Resets `signum` to its default disposition.
pub(crate) fn uninstall(signum: c_int) -> Result {
    // SAFETY: all zeroes is a valid sigaction, whose handler is SIG_DFL.
    let action: libc::sigaction = unsafe { zeroed() };
    // SAFETY: `action` is a sigaction; the null pointer asks for no old one.
    call!(unsafe { libc::sigaction(signum, &action, core::ptr::null_mut()) }).map(drop)
}

/// Returns whether `SIGCHLD` is ignored, so that the kernel reaps children.
pub(crate) fn children_are_not_reported() -> bool {
    // SAFETY: all zeroes is a valid sigaction, which the call overwrites.
    let mut now: libc::sigaction = unsafe { zeroed() };
    // SAFETY: `now` is a sigaction, which the call overwrites.
    call!(unsafe { libc::sigaction(libc::SIGCHLD, core::ptr::null(), &mut now) }).is_ok()
        && (now.sa_sigaction == libc::SIG_IGN || now.sa_flags & libc::SA_NOCLDWAIT != 0)
}

/// `kill(2)`.
pub(crate) fn kill(pid: c_int, signum: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call!(unsafe { libc::kill(pid, signum) }).map(drop)
}

/// Makes `child` run in every child that this process forks from now on.
pub(crate) fn at_fork_child(child: extern "C" fn()) -> Result {
    // SAFETY: the function lives as long as the library, with which glibc forgets it.
    check(unsafe { libc::pthread_atfork(None, None, Some(child)) })
}

/// Blocks or unblocks one signal for the calling thread.
pub(crate) fn set_blocked(signum: i32, blocked: bool) {
    let how = if blocked {
        libc::SIG_BLOCK
    } else {
        libc::SIG_UNBLOCK
    };
    // SAFETY: sigemptyset fills the set before anything reads it; the old mask is not asked for.
    unsafe {
        let mut set = core::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, signum);
        libc::pthread_sigmask(how, &set, core::ptr::null_mut());
    }
}
