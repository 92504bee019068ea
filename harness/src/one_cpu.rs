//! Pins programs to one processor. There the scheduler orders what threads do, and a
//! thread that spins keeps the one it waits for from running.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Makes a command start on one of the allowed processors, in turn.
pub fn pin(command: &mut Command) {
    let processor = next();
    // SAFETY: between fork and exec the closure makes one system call.
    unsafe { command.pre_exec(move || keep_to(processor)) };
}

/// Returns the next allowed processor, round robin.
pub(crate) fn next() -> usize {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let allowed = allowed();
    allowed[TURN.fetch_add(1, Ordering::Relaxed) % allowed.len()]
}

/// Returns the first allowed processor.
pub(crate) fn first() -> usize {
    allowed()[0]
}

/// Returns the processors that this process may use.
pub fn allowed() -> &'static [usize] {
    static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();
    ALLOWED.get_or_init(|| {
        // SAFETY: all zeros is a valid cpu_set_t, and the call writes at most its size.
        let set = unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            libc::sched_getaffinity(0, size_of_val(&set), &mut set);
            set
        };
        let all = 0..libc::CPU_SETSIZE as usize;
        // SAFETY: the numbers are below CPU_SETSIZE, the capacity of a set.
        let mut found: Vec<usize> = all
            .filter(|at| unsafe { libc::CPU_ISSET(*at, &set) })
            .collect();
        if found.is_empty() {
            found.push(0);
        }
        found
    })
}

/// Pins the calling thread and its children to a processor.
pub fn keep_to(processor: usize) -> io::Result<()> {
    // SAFETY: all zeros is a valid cpu_set_t; the number is below its capacity, because it
    // came out of such a set.
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
