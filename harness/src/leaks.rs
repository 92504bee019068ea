//! Checks that descriptors, children and memory do not grow: compares what a program holds
//! after 1,000 rounds with what it holds after 10,000.

use crate::cc;
use crate::report::{Context, Outcome};
use crate::run;
use crate::toolbox::{self, Doing, Failure, Result};
use std::path::Path;
use std::time::Duration;

/// The rounds after which it is measured: when pools and caches are filled, and at the end.
const EARLY: u64 = 1_000;
const ALL: u64 = 10_000;

/// A program stops after so many seconds and prints how many rounds it did.
const SECONDS: &str = "20";
const LIMIT: Duration = Duration::from_secs(120);

/// How much the heap may grow between the two: less than eight bytes a round.
const HEAP_SLACK: i64 = 64 << 10;

/// How much resident memory may grow; the allocator rounds it up.
const RESIDENT_SLACK: i64 = 1 << 20;

/// The part of `cargo xtask test` called `leaks`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let programs = toolbox::root().join("c-tests/leaks");
    let found = toolbox::files_below(&programs).and_then(|files| Ok((files, context.ours()?)));
    let (files, ours) = match found {
        Ok(found) => found,
        Err(why) => return Outcome::broken("leaks", why),
    };
    let sources = files
        .iter()
        .filter(|file| file.extension().is_some_and(|e| e == "c"));
    let mut outcomes = Vec::new();
    for source in sources {
        let name = source.file_stem().unwrap_or_default().to_string_lossy();
        if context.wants(&name) {
            let result = toolbox::step(&name, || {
                let program = toolbox::target().join("leaks").join(&*name);
                let flags = ["-Werror"];
                cc::compile(
                    std::slice::from_ref(source),
                    &ours.include,
                    &ours.lib_dir,
                    &program,
                    &flags,
                )?;
                flat(&name, &program, &ours.lib_dir)
            });
            outcomes.push(Outcome::of(&*name, result));
        }
    }
    outcomes
}

/// One line of a program's output: what its process holds.
#[derive(Debug, PartialEq, Eq)]
struct Holds {
    rounds: u64,
    descriptors: i64,
    children: i64,
    heap: i64,
    resident: i64,
}

impl Holds {
    fn parse(line: &str) -> Option<Holds> {
        let value = |name| {
            let mut words = line.split_whitespace();
            words.find(|word| *word == name)?;
            words.next()?.parse().ok()
        };
        Some(Holds {
            rounds: u64::try_from(value("rounds")?).ok()?,
            descriptors: value("descriptors")?,
            children: value("children")?,
            heap: value("heap")?,
            resident: value("resident")?,
        })
    }
}

/// Runs a program and compares its two measurements.
fn flat(name: &str, program: &Path, lib_dir: &Path) -> Result {
    let mut command = std::process::Command::new(program);
    command.args([EARLY.to_string(), ALL.to_string(), SECONDS.to_owned()]);
    let done = run::command(run::on_library(&mut command, lib_dir), LIMIT)?;
    let mut looks = done.stdout.lines().filter_map(Holds::parse);
    let (Some(early), Some(late), true) = (looks.next(), looks.next(), done.success()) else {
        return Err(Failure(done.story()));
    };
    if late.rounds < ALL {
        println!("  {name}: only {} rounds in {SECONDS} s", late.rounds);
    }
    compare(&early, &late).doing(format_args!("after {} rounds", late.rounds))
}

/// Fails if the later measurement exceeds the earlier one by more than is allowed.
fn compare(early: &Holds, late: &Holds) -> Result {
    let grown = [
        ("descriptors", early.descriptors, late.descriptors, 0),
        ("children", 0, late.children, 0),
        ("bytes of heap", early.heap, late.heap, HEAP_SLACK),
        (
            "resident bytes",
            early.resident,
            late.resident,
            RESIDENT_SLACK,
        ),
    ];
    for (what, before, after, slack) in grown {
        if after - before > slack {
            return Err(Failure(format!("{before} {what} have become {after}")));
        }
    }
    match late.rounds > 2 * early.rounds {
        true => Ok(()),
        false => Err("too few to tell".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY_LINE: &str = "rounds 1000 descriptors 9 children 0 heap 5000 resident 2000000";

    fn later(line: &str) -> Result {
        let parse = |line| Holds::parse(line).ok_or("not a report");
        compare(&parse(EARLY_LINE)?, &parse(line)?)
    }

    #[test]
    fn what_stays_is_flat() {
        later("rounds 10000 descriptors 9 children 0 heap 5100 resident 2100000").unwrap();
    }

    #[test]
    fn what_grows_is_told() {
        for line in [
            "rounds 10000 descriptors 10 children 0 heap 5000 resident 2000000",
            "rounds 10000 descriptors 9 children 1 heap 5000 resident 2000000",
            "rounds 10000 descriptors 9 children 0 heap 77000 resident 2000000",
            "rounds 10000 descriptors 9 children 0 heap 5000 resident 4000000",
            "rounds 1500 descriptors 9 children 0 heap 5000 resident 2000000",
        ] {
            assert!(later(line).is_err(), "{line}");
        }
    }
}
