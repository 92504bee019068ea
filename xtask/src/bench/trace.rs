//! Counts system calls with `strace -c`, attached only while a program measures.

use harness::toolbox::{self, Doing, Failure, Result};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A tracer that can be attached to a process and detached.
pub struct Trace {
    report: PathBuf,
    strace: Option<Child>,
    /// The calls that were counted, most frequent first.
    pub calls: Vec<(String, f64)>,
}

impl Trace {
    /// Creates a tracer that writes its report to `scratch`.
    pub fn new(scratch: &Path) -> Self {
        Trace {
            report: scratch.join("strace.out"),
            strace: None,
            calls: Vec::new(),
        }
    }

    /// Attaches to all threads of `pid`, and returns when it is attached.
    pub fn attach(&mut self, pid: u32) -> Result {
        let mut command = Command::new("strace");
        command.args(["-f", "-c", "-p", &pid.to_string(), "-o"]);
        command.arg(&self.report).stderr(Stdio::piped());
        let mut strace = toolbox::start(&mut command)?;
        let said = BufReader::new(strace.stderr.take().ok_or("strace has no stderr")?);
        let mut lines = said.lines();
        let attached = lines.by_ref().map_while(|line| line.ok());
        let mut words = String::new();
        for line in attached {
            if line.contains("attached") {
                // strace must not block on a full pipe.
                std::thread::spawn(move || lines.for_each(drop));
                self.strace = Some(strace);
                return Ok(());
            }
            words += &line;
        }
        let _ = strace.wait();
        Err(Failure(format!("strace cannot attach: {words}")))
    }

    /// Detaches and reads the counts.
    pub fn detach(&mut self) -> Result {
        let Some(mut strace) = self.strace.take() else {
            return Err("strace was not attached".into());
        };
        let pid = libc::pid_t::try_from(strace.id()).unwrap_or(libc::pid_t::MAX);
        // SAFETY: kill touches no memory; the child has not been reaped, so the pid is its own.
        unsafe { libc::kill(pid, libc::SIGINT) };
        strace.wait()?;
        let text = std::fs::read_to_string(&self.report).doing(self.report.display())?;
        self.calls = parse(&text);
        Ok(())
    }
}

/// The table of `strace -c`: the count is the fourth column, the name the last.
fn parse(text: &str) -> Vec<(String, f64)> {
    let mut calls: Vec<(String, f64)> = text
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let count = words.get(3)?.parse::<f64>().ok()?;
            let name = *words.last()?;
            (name != "total").then(|| (name.to_owned(), count))
        })
        .collect();
    calls.sort_by(|a, b| b.1.total_cmp(&a.1));
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_the_table() {
        let table = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000600           6       100           write
 40.00    0.000400           2       200        10 read
------ ----------- ----------- --------- --------- ----------------
100.00    0.001000           3       300        10 total
";
        let calls = parse(table);
        assert_eq!(
            calls,
            [("read".to_owned(), 200.0), ("write".to_owned(), 100.0)]
        );
    }
}
