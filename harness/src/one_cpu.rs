//! Programs that may run on one processor only: what two threads do at once on two, they
//! do there in an order that the scheduler chooses, and who spins keeps the other waiting.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Has a command start on one of the processors that we may use, by turns.
pub fn pin(command: &mut Command) {
    let processor = next();
    // SAFETY: between fork and exec the closure makes one system call.
    unsafe { command.pre_exec(move || keep_to(processor)) };
}

/// The processor whose turn it is.
pub(crate) fn next() -> usize {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let allowed = allowed();
    allowed[TURN.fetch_add(1, Ordering::Relaxed) % allowed.len()]
}

/// The first one that we may use.
pub(crate) fn first() -> usize {
    allowed()[0]
}

/// The processors that we may use.
fn allowed() -> &'static [usize] {
    static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();
    ALLOWED.get_or_init(|| {
        // SAFETY: the set is plain bits, which the call fills in as far as it is long.
        let set = unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::sched_getaffinity(0, size_of_val(&set), &mut set);
            set
        };
        let all = 0..libc::CPU_SETSIZE as usize;
        // SAFETY: the numbers are those that a set has room for.
        let mut found: Vec<usize> = all
            .filter(|at| unsafe { libc::CPU_ISSET(*at, &set) })
            .collect();
        if found.is_empty() {
            found.push(0);
        }
        found
    })
}

/// Makes the calling thread, and what it starts, run on that processor only.
pub(crate) fn keep_to(processor: usize) -> io::Result<()> {
    // SAFETY: the set is plain bits, and has room for the processor, which came from one.
    let done = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(processor, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set)
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_program_has_one_processor() {
        let mut command = Command::new("nproc");
        pin(&mut command);
        let output = command.env_remove("OMP_NUM_THREADS").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1");
    }
}
