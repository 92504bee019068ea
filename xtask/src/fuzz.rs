//! `cargo xtask fuzz`: fuzzes for a given time.

use crate::args::Args;
use harness::report::{Context, Options, Tally, Verdict};
use harness::{Failure, Result, fuzz};
use std::time::Duration;

pub const ABOUT: &str = "inputs by chance: what parses, and sequences of calls";

/// How long each target runs by default, in seconds.
const SECONDS: u32 = 60;

pub fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask fuzz [NAME...] [OPTIONS]\n\n\
         Runs all, or those that are named, as many at a time as there are processors.\n\
         An input that fails is left below target/fuzz; put it below\n\
         fuzz/regressions/NAME, and it is run first from then on.\n\nNames:\n",
    );
    for (name, about) in fuzz::names() {
        text += &format!("  {name:<10} {about}\n");
    }
    text + "\nOptions:\n\
            \x20 --seconds N  how long each runs (60)\n\
            \x20 --seed N     the first seed of the sequences of calls"
}

pub fn run(args: &mut Args) -> Result<String> {
    let seconds = args.count("--seconds")?.unwrap_or(SECONDS);
    let seed = args.value("--seed")?;
    let options = Options {
        names: args.names()?,
        ..Options::default()
    };
    for name in &options.names {
        if !fuzz::names().any(|(known, _)| known == name) {
            return Err(args.misunderstood(format!("nothing is called {name:?}")));
        }
    }
    let time = Duration::from_secs(seconds.into());
    let outcomes = fuzz::run(&Context::new(options), time, seed);
    for outcome in &outcomes {
        match &outcome.verdict {
            Verdict::Failed(why) => println!("{} FAILED: {why}\n", outcome.name),
            _ => println!("{}: nothing found", outcome.name),
        }
    }
    let tally = Tally::of(&outcomes);
    match tally.failed {
        0 => Ok(tally.to_string()),
        _ => Err(Failure(tally.to_string())),
    }
}
