//! Runs one test of the suite on one library and parses its result.

use super::program::Flavour;
use crate::run::{self, Finished};
use crate::sandbox::Isolation;
use crate::tempdir::TempDir;
use crate::toolbox::{self, Doing, Result};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A limit for tests whose own timeout fails.
const LIMIT: Duration = Duration::from_secs(120);

/// Multiplies the runner's timeouts (mostly 5 s), because several tests run at once.
const TIME_FACTOR: &str = "3";

/// Which library a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// libuv.
    Genuine,
    /// libuv-rs.
    Ours,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Genuine => "genuine",
            Side::Ours => "ours",
        }
    }
}

/// A test's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// It passed.
    Pass,
    /// It was skipped; why.
    Skip(String),
    /// It failed; how.
    Fail(String),
    /// It called a function that the library lacks.
    Missing(String),
    /// It reached the time limit.
    Timeout,
}

/// A directory that the tests' user can read, with the program and both libraries.
pub struct Stage {
    dir: TempDir,
    isolation: Isolation,
    flavour: Flavour,
}

impl Stage {
    /// Creates it and copies the program and the fixtures into it.
    pub fn new(
        program: &Path,
        fixtures: &Path,
        isolation: Isolation,
        flavour: Flavour,
    ) -> Result<Stage> {
        let dir = TempDir::new("uv-suite")?;
        let stage = Stage {
            dir,
            isolation,
            flavour,
        };
        let target = stage.dir.join("uv_run_tests");
        std::fs::copy(program, &target).doing(program.display())?;
        toolbox::copy_tree(fixtures, &stage.dir.join("fixtures"))?;
        Ok(stage)
    }

    /// Copies a library into it.
    pub fn library(&self, side: Side, lib_dir: &Path) -> Result {
        let dir = self.dir.join(side.name());
        std::fs::create_dir_all(&dir)?;
        let library = lib_dir.join("libuv.so.1");
        std::fs::copy(&library, dir.join("libuv.so.1")).doing(library.display())?;
        Ok(())
    }

    /// Runs one test in its own directory, network and session.
    pub fn run(&self, side: Side, test: &str) -> Result<(Did, Finished)> {
        let dir = self.dir.join(format!("{}-{test}", side.name()));
        toolbox::fresh_dir(&dir)?;
        toolbox::copy_tree(&self.dir.join("fixtures"), &dir.join("test/fixtures"))?;
        self.isolation.give(&dir)?;
        let mut command = Command::new(self.dir.join("uv_run_tests"));
        command.arg(test).current_dir(&dir).env_clear();
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &dir);
        command.env("UV_TEST_TIMEOUT_MULTIPLIER", TIME_FACTOR);
        command.envs(self.flavour.environment().iter().copied());
        run::on_library(&mut command, &self.dir.join(side.name()));
        let isolation = match test {
            // This test sets its affinity and requires processor 0.
            "thread_affinity" => self.isolation.with_the_first(),
            _ => self.isolation,
        };
        let sandbox = isolation.enter(&mut command)?;
        let finished = run::command(&mut command, LIMIT);
        sandbox.clear();
        let _ = std::fs::remove_dir_all(&dir);
        finished.map(|finished| (did(test, &finished), finished))
    }
}

/// Reads the runner's report: one line `ok` or `not ok`, then comments.
fn did(test: &str, finished: &Finished) -> Did {
    if let Some(symbol) = finished.missing_symbol() {
        return Did::Missing(symbol);
    }
    let lines = || finished.stdout.lines();
    let verdict = lines().find(|line| {
        let words = line
            .strip_prefix("not ")
            .unwrap_or(line)
            .strip_prefix("ok ");
        words.is_some_and(|words| words.split_whitespace().nth(2) == Some(test))
    });
    match verdict {
        _ if finished.timed_out => Did::Timeout,
        Some(line) if line.starts_with("ok ") => match line.split_once("# SKIP") {
            Some((_, reason)) => Did::Skip(reason.trim().to_owned()),
            None if finished.success() => Did::Pass,
            None => Did::Fail(format!("ok, but {}", finished.ending())),
        },
        Some(_) if lines().any(|line| line == "# timeout") => Did::Timeout,
        Some(_) => Did::Fail(last_words(&finished.stdout)),
        None => Did::Fail(format!("{}: {}", finished.ending(), finished.stderr.trim())),
    }
}

/// Returns the line that explains a failure: the last assertion, or the exit code.
fn last_words(output: &str) -> String {
    let telling = |line: &&str| {
        line.contains("ssertion failed")
            || line.contains("Fatal error")
            || line.contains("ERROR: AddressSanitizer")
    };
    let line = output.lines().rev().find(telling);
    let line = line.or_else(|| output.lines().find(|line| line.starts_with("# exit code")));
    let line = line.unwrap_or("no explanation").trim_start_matches("# ");
    match line.split_once(" in ") {
        Some((what, place)) => {
            let place = place.rsplit_once("/test/").map_or(place, |(_, file)| file);
            format!("{what} in {place}")
        }
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn finished(stdout: &str, raw_status: i32) -> Finished {
        Finished {
            status: ExitStatus::from_raw(raw_status),
            stdout: stdout.to_owned(),
            stderr: String::new(),
            timed_out: false,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn reads_the_runners_report() {
        assert_eq!(did("a", &finished("ok 1 - a\n", 0)), Did::Pass);
        let skip = finished("ok 1 - a # SKIP no tty\n", 7 << 8);
        assert_eq!(did("a", &skip), Did::Skip("no tty".into()));
        assert_eq!(
            did("a", &finished("not ok 1 - a\n# timeout\n", 255 << 8)),
            Did::Timeout
        );
        let text = "not ok 1 - a\n# exit code 6\n# Output from process `a`:\n\
                    # Assertion failed in /r/test/test-a.c on line 3: 1 == 2\n";
        let why = "Assertion failed in test-a.c on line 3: 1 == 2";
        assert_eq!(did("a", &finished(text, 6 << 8)), Did::Fail(why.into()));
    }

    #[test]
    fn an_ending_without_a_report_is_no_pass() {
        assert!(matches!(did("a", &finished("", 0)), Did::Fail(_)));
        assert!(matches!(did("a", &finished("ok 1 - b\n", 0)), Did::Fail(_)));
        assert!(matches!(
            did("a", &finished("ok 1 - a\n", 1 << 8)),
            Did::Fail(_)
        ));
    }

    #[test]
    fn names_the_missing_symbol() {
        let text = "not ok 1 - a\n# exit code 127\n\
                    # /x/uv_run_tests: symbol lookup error: /x/uv_run_tests: \
                    undefined symbol: uv_spawn\n";
        assert_eq!(
            did("a", &finished(text, 127 << 8)),
            Did::Missing("uv_spawn".into())
        );
    }
}
