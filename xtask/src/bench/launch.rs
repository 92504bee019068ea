//! Starts a benchmark's programs and reads their measurements.

use super::list::Kind;
use super::stats::Sample;
use super::trace::Trace;
use harness::toolbox::{self, Doing, Failure, Result};
use harness::{interrupt, one_cpu, run};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(90);

/// How long to wait for a program that is about to exit.
const MOMENT: Duration = Duration::from_millis(100);

/// Where a benchmark's programs are and how to run them.
pub struct Bed<'a> {
    /// Holds the compiled programs.
    pub programs: &'a Path,
    /// Their working directory, for their files.
    pub scratch: &'a Path,
    /// How long a program measures.
    pub ms: u64,
    /// Pin a server and its load generator to a core each, if there are two.
    pub pin: bool,
}

/// How a run ended, if not with a sample.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The library lacks this function.
    Missing(String),
    /// Anything else, in words.
    Failed(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Trouble::Failed(failure.0)
    }
}

enum Line {
    Out(String),
    Err(String),
}

/// A running program; dropping it kills its whole process group.
struct Running {
    child: Child,
    lines: Receiver<Line>,
    stderr: String,
    deadline: Instant,
    reaped: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.reaped {
            run::kill_group(&self.child);
            let _ = self.child.wait();
        }
    }
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        interrupt::hold();
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = toolbox::start(command.process_group(0))?;
        let (sender, lines) = mpsc::channel();
        read_lines(child.stdout.take(), sender.clone(), Line::Out);
        read_lines(child.stderr.take(), sender, Line::Err);
        Ok(Running {
            child,
            lines,
            stderr: String::new(),
            deadline: Instant::now() + LIMIT,
            reaped: false,
        })
    }

    /// The next line of its standard output.
    fn line(&mut self) -> std::result::Result<String, Trouble> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(Line::Out(line)) => return Ok(line),
                Ok(Line::Err(line)) => self.stderr += &(line + "\n"),
                Err(RecvTimeoutError::Timeout) => {
                    let why = format!("no result within {} s", LIMIT.as_secs());
                    return Err(Trouble::Failed(why));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(self.post_mortem()),
            }
        }
    }

    /// Returns why a program whose output has ended did not finish.
    fn post_mortem(&mut self) -> Trouble {
        interrupt::hold();
        while let Ok(Line::Err(line)) = self.lines.recv() {
            self.stderr += &(line + "\n");
        }
        if let Some(symbol) = run::missing_symbol(&self.stderr) {
            return Trouble::Missing(symbol);
        }
        // A program that has closed its output and runs on is killed.
        run::wait(&self.child, Instant::now() + MOMENT);
        run::kill_group(&self.child);
        self.reaped = true;
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Trouble::Failed(format!("{status} {}", self.stderr.trim()))
    }

    fn go_on(&mut self) -> io::Result<()> {
        match &mut self.child.stdin {
            Some(stdin) => stdin.write_all(b"\n"),
            None => Ok(()),
        }
    }
}

fn read_lines(
    pipe: Option<impl Read + Send + 'static>,
    to: mpsc::Sender<Line>,
    wrap: fn(String) -> Line,
) {
    let Some(pipe) = pipe else { return };
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(io::Result::ok) {
            if to.send(wrap(line)).is_err() {
                return;
            }
        }
    });
}

impl Bed<'_> {
    /// Runs a benchmark once on the library in `lib_dir`.
    pub fn sample(
        &self,
        kind: &Kind,
        lib_dir: &Path,
        trace: Option<&mut Trace>,
    ) -> std::result::Result<Sample, Trouble> {
        match kind {
            Kind::Alone(line) => {
                let mut command = self.command(line, trace.is_some());
                let mut program = Running::start(run::on_library(&mut command, lib_dir))?;
                let pid = program.child.id();
                measure(&mut program, pid, trace)
            }
            Kind::Served(server, load) => {
                let mut command = self.command(server, false);
                self.pin(&mut command, 0);
                let mut server = Running::start(run::on_library(&mut command, lib_dir))?;
                let ready = server.line()?;
                let mut words = ready.split(' ').skip(1);
                let (pid, at) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
                let line = format!("load {load} pid={pid} at={at}");
                let mut command = self.command(&line, trace.is_some());
                self.pin(&mut command, 1);
                let mut load = Running::start(&mut command)?;
                let measured = measure(&mut load, server.child.id(), trace);
                // If the server dies, the load generator fails too; report the server.
                match measured {
                    Err(why) if server.has_died() => Err(match server.post_mortem() {
                        Trouble::Failed(said) => Trouble::Failed(format!("{said}; {why:?}")),
                        missing => missing,
                    }),
                    measured => measured,
                }
            }
        }
    }

    fn command(&self, line: &str, hold: bool) -> Command {
        let mut words = line.split(' ');
        let program = words.next().unwrap_or_default();
        let mut command = Command::new(self.programs.join(program));
        command.args(words).current_dir(self.scratch);
        command.env("TMPDIR", self.scratch);
        command.env("BENCH_MS", self.ms.to_string());
        if hold {
            command.env("BENCH_HOLD", "1");
        }
        command
    }

    /// Pins a command to the `which`-th allowed core.
    fn pin(&self, command: &mut Command, which: usize) {
        let cores = one_cpu::allowed();
        if !self.pin || cores.len() < 2 {
            return;
        }
        let core = cores[which % cores.len()];
        // SAFETY: the closure makes one system call and allocates nothing, so it may
        // run between fork and exec.
        unsafe { command.pre_exec(move || one_cpu::keep_to(core)) };
    }
}

impl Running {
    /// Returns whether the program has ended, waiting a moment for one that is exiting.
    fn has_died(&self) -> bool {
        run::wait(&self.child, Instant::now() + MOMENT)
    }
}

/// Reads a program's lines up to its figures (`name ops wall cpu`), attaching the tracer
/// at `begin` and detaching it at `end`.
fn measure(
    program: &mut Running,
    pid: u32,
    mut trace: Option<&mut Trace>,
) -> std::result::Result<Sample, Trouble> {
    loop {
        let line = program.line()?;
        match (line.as_str(), &mut trace) {
            ("begin", Some(trace)) => trace.attach(pid)?,
            ("end", Some(trace)) => trace.detach()?,
            _ => return parse(&line),
        }
        program.go_on().doing("the program's stdin")?;
    }
}

fn parse(line: &str) -> std::result::Result<Sample, Trouble> {
    let mut figures = line.split(' ').skip(1).map(str::parse::<f64>);
    match (figures.next(), figures.next(), figures.next()) {
        (Some(Ok(ops)), Some(Ok(wall)), Some(Ok(cpu))) if ops > 0.0 => {
            Ok(Sample { ops, wall, cpu })
        }
        _ => Err(Trouble::Failed(format!("it said: {line}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_four_words() {
        let sample = parse("echo 10 2000 1000").ok().unwrap();
        assert_eq!(
            (sample.ops, sample.wall, sample.cpu),
            (10.0, 2000.0, 1000.0)
        );
        assert!(parse("echo 0 1 1").is_err());
        assert!(parse("usage: echo").is_err());
    }
}
