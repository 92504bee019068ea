//! A scenario's supervisor process, which makes runs one after the other.

use super::run::{Fails, Report};
use crate::run as program;
use crate::sandbox::{Isolation, Network, Sandbox};
use crate::tempdir::TempDir;
use crate::toolbox::{self, Doing, Failure, Result};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The process, its pipes, its sandbox and its directory.
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    sandbox: Option<Sandbox>,
    _dir: TempDir,
}

impl Worker {
    /// Starts one on the library in a directory.
    pub fn start(
        scenario: &Path,
        helper: &Path,
        lib_dir: &Path,
        isolation: Isolation,
    ) -> Result<Worker> {
        let dir = TempDir::new("uv-torture")?;
        let mut command = Command::new(scenario);
        command.arg(&*dir).arg(helper).env_clear();
        command.env("PATH", "/usr/bin:/bin").env("HOME", "/");
        command.env("UV_THREADPOOL_SIZE", "2");
        program::on_library(&mut command, lib_dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let sandbox = match isolation.network {
            Network::Shared => None,
            _ => Some(isolation.as_ourselves().enter(&mut command)?),
        };
        let mut child = toolbox::start(&mut command)?;
        let missing = || Failure("no pipe".into());
        Ok(Worker {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().ok_or_else(missing)?),
            child,
            sandbox,
            _dir: dir,
        })
    }

    /// Makes one run.
    pub fn run(&mut self, fails: &Fails, trace: bool) -> Result<Report> {
        let input = self.input.as_mut().ok_or("it has ended")?;
        input.write_all(fails.line(trace).as_bytes()).doing(fails)?;
        let mut line = Vec::new();
        self.output.read_until(b'\n', &mut line).doing(fails)?;
        Report::parse(&String::from_utf8_lossy(&line)).doing(fails)
    }
}

impl Drop for Worker {
    /// It ends with its input.
    fn drop(&mut self) {
        self.input = None;
        let _ = self.child.wait();
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.clear();
        }
    }
}
