//! On SIGINT, SIGTERM and SIGHUP, kills every program that was started and removes the
//! temporary directories. The programs under test run in sessions of their own, so a
//! terminal's Ctrl-C does not reach them.

use crate::toolbox::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The signals that ask this process to end.
const SIGNALS: [libc::c_int; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// The socket to which the handler writes the signal's number.
static SIGNALLED: AtomicI32 = AtomicI32::new(-1);

/// Whether such a signal has arrived.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The directories that are removed when a signal ends the process.
static DIRECTORIES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Installs the signal handlers and starts the thread that cleans up.
pub fn watch() -> Result {
    let (mut reader, writer) = UnixStream::pair()?;
    SIGNALLED.store(writer.into_raw_fd(), Ordering::Relaxed);
    std::thread::spawn(move || {
        let mut signal = [0];
        if reader.read_exact(&mut signal).is_ok() {
            end(signal[0]);
        }
    });
    SIGNALS.into_iter().for_each(handle);
    Ok(())
}

/// Installs the handler, unless the signal is ignored already (`nohup`).
fn handle(signal: libc::c_int) {
    // SAFETY: sigaction is plain data that the first call fills in; the handler makes
    // one system call and touches only an atomic and its own stack.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action);
        if action.sa_sigaction != libc::SIG_IGN {
            action.sa_sigaction = on_signal as extern "C" fn(libc::c_int) as usize;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
    }
}

extern "C" fn on_signal(signal: libc::c_int) {
    let number = signal as u8;
    // SAFETY: write(2) is async-signal-safe; it reads one byte of this stack frame.
    unsafe {
        libc::write(
            SIGNALLED.load(Ordering::Relaxed),
            (&raw const number).cast(),
            1,
        )
    };
}

/// Blocks for ever once a signal has arrived. Call it before a program is started and
/// after one has ended, so that no new one starts and a killed one is not reported.
pub fn hold() {
    while ENDING.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// Has a directory removed if a signal ends the process, until [`forget`] is called.
pub fn remember(directory: PathBuf) {
    directories().insert(directory);
}

/// Takes a directory off the list.
pub fn forget(directory: &PathBuf) {
    directories().remove(directory);
}

fn directories() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    DIRECTORIES
        .lock()
        .unwrap_or_else(|poison| poison.into_inner())
}

/// Kills all descendants, removes the directories and exits as a shell reports a signal.
fn end(signal: u8) -> ! {
    ENDING.store(true, Ordering::SeqCst);
    // A process that forks while it is killed is found in a later round.
    for _ in 0..20 {
        let descendants = descendants();
        for &pid in &descendants {
            // SAFETY: kill touches no memory; the process is a descendant of this one.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for directory in directories().iter() {
        let _ = std::fs::remove_dir_all(directory);
    }
    eprintln!("\nended by signal {signal}");
    std::process::exit(128 + i32::from(signal))
}

/// Returns the living descendants of this process.
fn descendants() -> Vec<libc::pid_t> {
    let mut children: BTreeMap<libc::pid_t, Vec<libc::pid_t>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        if let Some((pid, parent)) = family(&stat) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut waiting = vec![std::process::id() as libc::pid_t];
    while let Some(parent) = waiting.pop() {
        let next = children.remove(&parent).unwrap_or_default();
        waiting.extend(&next);
        found.extend(next);
    }
    found
}

/// Parses `/proc/PID/stat` (`pid (name) state parent …`): the process and its parent, or
/// `None` for a zombie.
fn family(stat: &str) -> Option<(libc::pid_t, libc::pid_t)> {
    let (pid, _) = stat.split_once(" (")?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    if words.next()? == "Z" {
        return None;
    }
    Some((pid.parse().ok()?, words.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_may_hold_anything() {
        assert_eq!(family("7 (a) R 1 (b) S 3 7 7 0"), Some((7, 3)));
        assert_eq!(family("7 (sh) Z 3 7 7 0"), None);
        assert_eq!(family(""), None);
    }

    #[test]
    fn grandchildren_are_found_in_whatever_session() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "setsid sleep 1000 & echo $!; wait"]);
        let mut shell = shell.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut said = std::io::BufReader::new(shell.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut said, &mut line).unwrap();
        let sleeper: libc::pid_t = line.trim().parse().unwrap();
        let found = descendants();
        // SAFETY: kill touches no memory; the shell still waits for that child.
        unsafe { libc::kill(sleeper, libc::SIGKILL) };
        shell.wait().unwrap();
        assert!(found.contains(&(shell.id() as libc::pid_t)) && found.contains(&sleeper));
    }
}
