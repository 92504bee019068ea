//! A memory barrier that one thread has all threads of the process execute.

use super::{call, errno, time};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU8, Ordering::*};

fn membarrier(command: c_int) -> bool {
    call!(syscall(libc::SYS_membarrier, command, 0, 0)).is_ok()
}

/// What is known of the kernel. From `UNKNOWN` it may become each of the others, and from
/// `READY` it may become `REFUSED`.
static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);
const UNKNOWN: u8 = 0;
const READY: u8 = 1;
const REFUSED: u8 = 2;

/// Whether [`on_all_threads`] is fast.
pub(crate) fn is_ready() -> bool {
    STATE.load(Relaxed) == READY
}

/// Asks the kernel for it while that is cheap: as long as there is one thread.
pub(crate) fn prepare_early() {
    if STATE.load(Relaxed) == UNKNOWN && is_single_threaded() {
        prepare();
    }
}

/// Asks the kernel for it, unless somebody has. That takes milliseconds when there are
/// several threads. Any thread and any signal handler may call; keeps `errno`.
pub(crate) fn prepare() {
    if STATE.load(Relaxed) == UNKNOWN {
        let saved = errno::save();
        let registered = membarrier(libc::MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED as c_int);
        errno::restore(saved);
        let state = if registered { READY } else { REFUSED };
        let _ = STATE.compare_exchange(UNKNOWN, state, Relaxed, Relaxed);
    }
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
///
/// The kernel may break its word: a program can forbid itself the call when it has made its
/// preparations. Then this takes milliseconds, and nobody is to count on it any more.
pub(crate) fn on_all_threads() {
    if membarrier(libc::MEMBARRIER_CMD_PRIVATE_EXPEDITED as c_int) {
        return;
    }
    STATE.store(REFUSED, Relaxed);
    if !membarrier(libc::MEMBARRIER_CMD_GLOBAL as c_int) {
        outlast_stores();
    }
}

/// Waits until whatever has been stored is visible to all. A store that was made, in the
/// sense that the thread's next load has been made, leaves its processor as soon as that
/// gets hold of a cache line, which is within microseconds, also if the thread is stopped
/// meanwhile: this waits a thousand times as long.
fn outlast_stores() {
    time::sleep(10);
    // That may be forbidden, too.
    (0..100_000).for_each(|_| core::hint::spin_loop());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::child;

    /// Has the kernel refuse a system call to the calling thread.
    fn forbid(number: libc::c_long) {
        let load = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
        let compare = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
        let answer = (libc::BPF_RET | libc::BPF_K) as u16;
        let refuse = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
        let step = |code, jf, k| libc::sock_filter { code, jt: 0, jf, k };
        let mut filter = [
            step(load, 0, 0),
            step(compare, 1, number as u32),
            step(answer, 0, refuse),
            step(answer, 0, libc::SECCOMP_RET_ALLOW),
        ];
        let program = libc::sock_fprog {
            len: filter.len() as u16,
            filter: filter.as_mut_ptr(),
        };
        call!(prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)).unwrap();
        let mode = libc::SECCOMP_MODE_FILTER;
        call!(prctl(libc::PR_SET_SECCOMP, mode, &raw const program)).unwrap();
    }

    /// Runs in a child, whose filters are its own.
    fn in_child(work: impl FnOnce() -> bool) -> bool {
        let pid = call!(fork()).unwrap();
        if pid == 0 {
            let code = if work() { 0 } else { 1 };
            // SAFETY: it does not return and touches no memory.
            unsafe { libc::_exit(code) };
        }
        loop {
            if let Some(status) = child::reap(pid).unwrap() {
                return child::decode(status) == (0, 0);
            }
            time::sleep(1);
        }
    }

    #[test]
    fn nobody_counts_on_it_once_it_was_refused() {
        prepare();
        assert!(in_child(|| {
            let was_ready = is_ready();
            on_all_threads();
            let is_kept = is_ready() == was_ready;
            forbid(libc::SYS_membarrier);
            on_all_threads();
            let is_over = !is_ready();
            prepare();
            is_kept && is_over && !is_ready()
        }));
    }

    #[test]
    fn what_is_refused_at_once_is_never_ready() {
        assert!(in_child(|| {
            STATE.store(UNKNOWN, Relaxed);
            forbid(libc::SYS_membarrier);
            prepare();
            !is_ready()
        }));
    }
}
