//! What a driver gets (`Context`) and what it returns (`Outcome`).

use crate::ours::{self, Ours, Profile};
use crate::reference::{self, Genuine};
use crate::toolbox::{self, Failure, Result};
use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// The options of the command line.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only these tests; all of them when empty.
    pub names: Vec<String>,
    /// How many times to run them.
    pub repeat: u32,
    /// Do not run the genuine library.
    pub only_ours: bool,
    /// Ignore cached results of the genuine library.
    pub fresh: bool,
    /// Write the table of the suite's results into the README.
    pub write_status: bool,
    /// Also run what the bounded parts leave out.
    pub all: bool,
    /// Also run the genuine library in torture.
    pub genuine: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            names: Vec::new(),
            repeat: 1,
            only_ours: false,
            fresh: false,
            write_status: false,
            all: false,
            genuine: false,
        }
    }
}

/// The options and the two libraries; each library is built at its first use.
#[derive(Clone, Default)]
pub struct Context {
    /// The options of the command line.
    pub options: Options,
    installer: Option<Installer>,
    genuine: OnceCell<Result<Genuine>>,
    ours: OnceCell<Result<Ours>>,
}

/// Installs our library in a fresh prefix.
pub type Installer = fn(&Ours, &Path) -> Result;

impl Context {
    /// Makes `prefix` work with the command that installs.
    pub fn with_installer(self, installer: Installer) -> Self {
        Context {
            installer: Some(installer),
            ..self
        }
    }

    /// A fresh prefix below the target directory, with our library installed in it.
    pub fn prefix(&self) -> Result<PathBuf> {
        let prefix = toolbox::target().join("prefix");
        let installer = self.installer.ok_or("this context has no installer")?;
        installer(self.ours()?, &prefix)?;
        Ok(prefix)
    }

    /// Creates a context; builds nothing.
    pub fn new(options: Options) -> Self {
        Context {
            options,
            ..Context::default()
        }
    }

    /// Returns genuine libuv, building it first if necessary.
    pub fn genuine(&self) -> Result<&Genuine> {
        let built = self.genuine.get_or_init(reference::build);
        built.as_ref().map_err(Failure::clone)
    }

    /// Returns our release library, building it first if necessary.
    pub fn ours(&self) -> Result<&Ours> {
        let built = self.ours.get_or_init(|| ours::build(Profile::Release));
        built.as_ref().map_err(Failure::clone)
    }

    /// Returns whether a test was asked for by its name, or by the name of its group
    /// (`GROUP: TEST`).
    pub fn wants(&self, name: &str) -> bool {
        let is_it = |asked: &String| {
            let rest = asked.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
        };
        self.options.names.is_empty() || self.options.names.iter().any(is_it)
    }

    /// Returns a context with the same libraries for one run of one test.
    pub fn alone(&self, name: &str) -> Context {
        let mut context = self.clone();
        context.options = Options {
            names: vec![name.to_owned()],
            only_ours: self.options.only_ours,
            all: self.options.all,
            genuine: self.options.genuine,
            ..Options::default()
        };
        context
    }
}

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It passed.
    Passed,
    /// It failed; the text says how.
    Failed(String),
    /// It was not run; the text says why.
    Skipped(String),
}

/// One test and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// How it failed first, if it took a second run, alone, for it to pass.
    pub first: Option<String>,
    /// False for a driver that could not run its tests.
    pub is_test: bool,
}

impl Outcome {
    fn new(name: impl Into<String>, verdict: Verdict) -> Self {
        Outcome {
            name: name.into(),
            verdict,
            first: None,
            is_test: true,
        }
    }

    /// A test that passed.
    pub fn passed(name: impl Into<String>) -> Self {
        Outcome::new(name, Verdict::Passed)
    }

    /// A test that failed, and how.
    pub fn failed(name: impl Into<String>, why: impl fmt::Display) -> Self {
        Outcome::new(name, Verdict::Failed(why.to_string()))
    }

    /// The outcome of a driver that cannot run its tests.
    pub fn broken(part: impl Into<String>, why: impl fmt::Display) -> Vec<Self> {
        let mut outcome = Outcome::failed(part, why);
        outcome.is_test = false;
        vec![outcome]
    }

    /// A test that was not run, and why.
    pub fn skipped(name: impl Into<String>, why: impl fmt::Display) -> Self {
        Outcome::new(name, Verdict::Skipped(why.to_string()))
    }

    /// Passed or failed, by a result.
    pub fn of<T>(name: impl Into<String>, result: Result<T>) -> Self {
        match result {
            Ok(_) => Outcome::passed(name),
            Err(why) => Outcome::failed(name, why),
        }
    }
}

/// How many passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Passed.
    pub passed: usize,
    /// Of those, the ones that took a second run.
    pub second: usize,
    /// Failed.
    pub failed: usize,
    /// Skipped.
    pub skipped: usize,
}

impl Tally {
    /// Counts one more.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome.verdict {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed(_) => self.failed += 1,
            Verdict::Skipped(_) => self.skipped += 1,
        }
        self.second += usize::from(outcome.first.is_some());
    }

    /// Counts all of them.
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> Self {
        let mut tally = Tally::default();
        outcomes
            .into_iter()
            .for_each(|outcome| tally.count(outcome));
        tally
    }
}

impl fmt::Display for Tally {
    /// Leaves out counts of zero, so that a search for "FAILED" finds failures only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed", self.passed)?;
        if self.second > 0 {
            write!(f, " ({} by a second run)", self.second)?;
        }
        if self.failed > 0 {
            write!(f, ", {} FAILED", self.failed)?;
        }
        match self.skipped {
            0 => Ok(()),
            skipped => write!(f, ", {skipped} skipped"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_asked_for_with_its_tests() {
        let context = Context::default().alone("pkg-config: c_shared");
        assert!(context.wants("pkg-config: c_shared"));
        assert!(context.wants("pkg-config"));
        assert!(!context.wants("pkg"));
        assert!(!context.wants("pkg-config: c_static"));
        assert!(Context::default().wants("anything"));
    }

    #[test]
    fn counts_speak_of_what_there_is() {
        let mut late = Outcome::passed("late");
        late.first = Some("slow".into());
        let outcomes = [Outcome::passed("a"), late, Outcome::skipped("c", "why")];
        let tally = Tally::of(&outcomes);
        assert_eq!(tally.to_string(), "2 passed (1 by a second run), 1 skipped");
        let tally = Tally::of(&[Outcome::failed("a", "why")]);
        assert_eq!(tally.to_string(), "0 passed, 1 FAILED");
    }
}
