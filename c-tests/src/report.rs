//! What a driver is given, and what it hands back.

use crate::ours::{self, Ours, Profile};
use crate::reference::{self, Genuine};
use crate::toolbox::{Failure, Result};
use std::cell::OnceCell;
use std::fmt;

/// What the person at the terminal asked of the drivers.
#[derive(Clone, Debug)]
pub struct Options {
    /// Only these tests; all of them when empty.
    pub names: Vec<String>,
    /// How many times to run them.
    pub repeat: u32,
    /// Leave the genuine library out.
    pub only_ours: bool,
    /// Do not believe remembered results of the genuine library.
    pub fresh: bool,
    /// Write the table of what works.
    pub write_status: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            names: Vec::new(),
            repeat: 1,
            only_ours: false,
            fresh: false,
            write_status: false,
        }
    }
}

/// What a driver may ask for; each library is built when it is first wanted.
#[derive(Default)]
pub struct Context {
    /// What was asked for.
    pub options: Options,
    genuine: OnceCell<Result<Genuine>>,
    ours: OnceCell<Result<Ours>>,
}

impl Context {
    /// A context in which nothing has been built yet.
    pub fn new(options: Options) -> Self {
        Context {
            options,
            ..Context::default()
        }
    }

    /// libuv itself.
    pub fn genuine(&self) -> Result<&Genuine> {
        let built = self.genuine.get_or_init(reference::build);
        built.as_ref().map_err(Failure::clone)
    }

    /// Our library, optimised.
    pub fn ours(&self) -> Result<&Ours> {
        let built = self.ours.get_or_init(|| ours::build(Profile::Release));
        built.as_ref().map_err(Failure::clone)
    }

    /// Whether a test of that name was asked for.
    pub fn wants(&self, name: &str) -> bool {
        self.options.names.is_empty() || self.options.names.iter().any(|n| n == name)
    }
}

/// How one test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should.
    Passed,
    /// Otherwise; the text says how.
    Failed(String),
    /// It was not run; the text says why.
    Skipped(String),
}

/// One test and how it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The test.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
}

impl Outcome {
    /// A test that passed.
    pub fn passed(name: impl Into<String>) -> Self {
        Outcome {
            name: name.into(),
            verdict: Verdict::Passed,
        }
    }

    /// A test that failed, and how.
    pub fn failed(name: impl Into<String>, why: impl fmt::Display) -> Self {
        Outcome {
            name: name.into(),
            verdict: Verdict::Failed(why.to_string()),
        }
    }

    /// A test that was not run, and why.
    pub fn skipped(name: impl Into<String>, why: impl fmt::Display) -> Self {
        Outcome {
            name: name.into(),
            verdict: Verdict::Skipped(why.to_string()),
        }
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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}
