//! Runs a program on a library within a time limit, and kills what it leaves behind.

use crate::interrupt;
use crate::toolbox::{self, Result};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::FromRawFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How a program ended and what it printed.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit status; at the time limit, that of the SIGKILL.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: String,
    /// What it wrote to its standard error.
    pub stderr: String,
    /// Whether it was killed at the time limit.
    pub timed_out: bool,
    /// How long it ran.
    pub took: Duration,
}

impl Finished {
    /// Whether it ended by itself with exit status 0.
    pub fn success(&self) -> bool {
        !self.timed_out && self.status.success()
    }

    /// The function that the loader did not find, if that ended it.
    pub fn missing_symbol(&self) -> Option<String> {
        missing_symbol(&self.stderr).or_else(|| missing_symbol(&self.stdout))
    }

    /// How it ended, in a few words.
    pub fn ending(&self) -> String {
        if self.timed_out {
            return format!("no end within {} s", self.took.as_secs());
        }
        if let Some(symbol) = self.missing_symbol() {
            return format!("missing symbol {symbol}");
        }
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "no exit status".to_owned(),
        }
    }

    /// Returns how it ended, and the end of its output.
    pub fn story(&self) -> String {
        let words = toolbox::last_words(&self.stdout, &self.stderr);
        format!("{}\n{words}", self.ending())
    }
}

/// Returns the name in the loader's message about an undefined symbol.
pub fn missing_symbol(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("undefined symbol: ")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// Runs `program` on the `libuv.so.1` in `lib_dir`.
pub fn with_library(program: &Path, lib_dir: &Path, timeout: Duration) -> Result<Finished> {
    command(on_library(&mut Command::new(program), lib_dir), timeout)
}

/// Sets LD_LIBRARY_PATH to `lib_dir` alone.
pub fn on_library<'a>(command: &'a mut Command, lib_dir: &Path) -> &'a mut Command {
    command.env("LD_LIBRARY_PATH", lib_dir)
}

/// Runs a command in its own session, without a terminal. When it has ended or its time
/// is up, its process group is killed. Its output goes to memfds: with pipes, a stray
/// child that holds the other end would block the reader.
pub fn command(command: &mut Command, timeout: Duration) -> Result<Finished> {
    interrupt::hold();
    let (mut stdout, mut stderr) = (memory_file()?, memory_file()?);
    command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?);
    // SAFETY: the closure makes two system calls and allocates nothing.
    unsafe { command.pre_exec(new_session) };
    let start = Instant::now();
    let mut child = toolbox::start(command)?;
    let ended = wait(&child, start + timeout);
    kill_group(&child);
    interrupt::hold();
    Ok(Finished {
        status: child.wait()?,
        stdout: contents(&mut stdout)?,
        stderr: contents(&mut stderr)?,
        timed_out: !ended,
        took: start.elapsed(),
    })
}

/// Begins a session. The program is killed when the thread that waits for it ends, even
/// if this process is killed.
fn new_session() -> io::Result<()> {
    // SAFETY: neither call touches memory.
    match unsafe { libc::setsid() >= 0 && libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) == 0 }
    {
        true => Ok(()),
        false => Err(io::Error::last_os_error()),
    }
}

/// Waits until a child has ended or `deadline` has passed; returns whether it has ended.
/// Does not reap the child, so that its pid, which is its group's number, is not reused.
/// Polls with a pause that grows with the child's age.
pub fn wait(child: &Child, deadline: Instant) -> bool {
    let mut pause = Duration::from_millis(1);
    loop {
        // SAFETY: siginfo_t is plain data that the call fills in; if no child has ended, it
        // leaves the zeros.
        let ended = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
            libc::waitid(libc::P_PID, child.id(), &mut info, flags) != 0 || info.si_pid() != 0
        };
        if ended || Instant::now() >= deadline {
            return ended;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Kills the process group that a child leads. The child must not have been reaped.
pub fn kill_group(child: &Child) {
    let group = libc::pid_t::try_from(child.id()).unwrap_or(libc::pid_t::MAX);
    // SAFETY: killpg touches no memory; the child leads the group, and the number is not
    // reused while the child has not been reaped.
    unsafe { libc::killpg(group, libc::SIGKILL) };
}

fn memory_file() -> Result<File> {
    // SAFETY: the name is a string constant that ends in a NUL.
    let fd = unsafe { libc::memfd_create(c"output".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return Err(io::Error::last_os_error().into());
    }
    // SAFETY: memfd_create has just returned this descriptor; nothing else owns it.
    Ok(unsafe { File::from_raw_fd(fd) })
}

fn contents(file: &mut File) -> Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
