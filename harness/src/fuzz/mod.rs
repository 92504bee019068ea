//! Fuzzing: coverage-guided targets for the parsers, and random sequences of calls.
//! Failing inputs are kept below `fuzz/regressions` and run first each time.

mod minimise;
pub mod sequence;
pub mod targets;

use crate::diff;
use crate::report::{Context, Outcome};
use crate::toolbox::{self, Result};
use sequence::{Player, THEMES, Theme};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use targets::TARGETS;

/// How long each target runs as a part of the tests, from a fixed seed. With `--all` it
/// runs for a minute, from a seed taken from the clock.
const SECONDS: u64 = 15;
const SECONDS_ALL: u64 = 60;

/// The part of `cargo xtask test` called `fuzz`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let seconds = if context.options.all {
        SECONDS_ALL
    } else {
        SECONDS
    };
    let seed = (!context.options.all).then_some(1);
    run(context, Duration::from_secs(seconds), seed)
}

/// A target or a theme of sequences.
#[derive(Clone, Copy)]
enum Job {
    Target(&'static str),
    Sequence(Theme),
}

impl Job {
    fn name(self) -> &'static str {
        match self {
            Job::Target(name) => name,
            Job::Sequence(theme) => theme.name,
        }
    }
}

/// Returns all names and what they are about.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let themes = THEMES.iter().map(|theme| (theme.name, theme.about));
    TARGETS.into_iter().chain(themes)
}

/// Runs each wanted job for `time`, one per processor at a time. The sequences begin with
/// `seed`, or with one taken from the clock.
pub fn run(context: &Context, time: Duration, seed: Option<u64>) -> Vec<Outcome> {
    let targets = TARGETS.iter().map(|(name, _)| Job::Target(name));
    let jobs = targets.chain(THEMES.into_iter().map(Job::Sequence));
    let jobs: Vec<Job> = jobs.filter(|job| context.wants(job.name())).collect();
    let seed = seed.unwrap_or_else(from_the_clock);
    // Everything is built first, so that builds do not slow the runs down.
    let ready: Vec<(Job, Result<Ready>)> = prepare(context, &jobs);
    diff::in_parallel(&ready, |(job, ready)| {
        let result = ready
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|ready| ready.run(time, seed));
        match result {
            Ok(done) => {
                toolbox::note(format_args!("{}: {done}", job.name()));
                Outcome::passed(job.name())
            }
            Err(why) => Outcome::failed(job.name(), why),
        }
    })
}

/// Returns a seed from the clock, far from those of other times.
fn from_the_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs()) * 100_000
}

/// A built job.
enum Ready {
    Target(std::path::PathBuf, &'static str),
    Sequence(Player, Theme),
}

fn prepare(context: &Context, jobs: &[Job]) -> Vec<(Job, Result<Ready>)> {
    let mut programs = None;
    let mut ready = Vec::new();
    for job in jobs {
        let it = match *job {
            Job::Target(name) => programs
                .get_or_insert_with(|| targets::build(context))
                .clone()
                .map(|dir| Ready::Target(dir, name)),
            Job::Sequence(theme) => {
                Player::new(theme, context).map(|player| Ready::Sequence(player, theme))
            }
        };
        ready.push((*job, it));
    }
    ready
}

impl Ready {
    fn run(&self, time: Duration, seed: u64) -> Result<String> {
        match self {
            Ready::Target(programs, name) => targets::run(programs, name, time, seed),
            Ready::Sequence(player, theme) => {
                for dir in targets::kept(theme.name) {
                    for file in toolbox::files_below(&dir)? {
                        player.file(&file)?;
                    }
                }
                let count = player.seeds(seed, time)?;
                Ok(format!("{count} sequences from seed {seed}"))
            }
        }
    }
}
