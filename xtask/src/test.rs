//! `cargo xtask test`: everything that must hold, part by part.

use crate::args::Args;
use c_tests::report::{Context, Options, Outcome, Tally, Verdict};
use c_tests::{
    Failure, Result, consumers, demo, diff, dropin, install, leaks, memcheck, probe, pyuv, suite,
    toolbox, tsan,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

pub const ABOUT: &str = "everything that must hold, or the parts that are named";

/// One part of the tests.
struct Part {
    name: &'static str,
    about: &'static str,
    run: fn(&Context) -> Vec<Outcome>,
}

const fn part(name: &'static str, about: &'static str, run: fn(&Context) -> Vec<Outcome>) -> Part {
    Part { name, about, run }
}

/// The parts, in the order in which they run: quick ones first. To add one,
/// write a driver `fn(&Context) -> Vec<Outcome>` in a module of its own and
/// give it a line here.
const PARTS: &[Part] = &[
    part("fmt", "cargo fmt --check", fmt),
    part("clippy", "cargo clippy --all-targets -D warnings", clippy),
    part("header", "include/ is what the sources say", header),
    part("probe", "the header against the reference's", probe::check),
    part("unit", "cargo test", unit),
    part("doc", "rustdoc without warnings", doc),
    part("install", "what an installed prefix holds", install::check),
    part(
        "consumers",
        "C and C++ projects that use it",
        consumers::check,
    ),
    part("demo", "its two programs on both libraries", demo::check),
    part("dropin", "takes libuv's place", dropin::check),
    part("suite", "libuv's own tests on both libraries", suite::check),
    part(
        "suite-fds",
        "the same with few descriptors",
        suite::check_fds,
    ),
    part("pyuv", "pyuv rebuilt, and its tests", pyuv::check),
    part("diff", "small C programs, traces equal", diff::drive),
    part(
        "leaks",
        "10,000 rounds hold no more than 1,000",
        leaks::check,
    ),
    part("valgrind", "the same under memcheck", memcheck::valgrind),
    part("asan", "the same with AddressSanitizer", memcheck::asan),
    part(
        "tsan",
        "programs with threads, ThreadSanitizer",
        tsan::check,
    ),
    part(
        "suite-asan",
        "libuv's tests with AddressSanitizer",
        suite::check_asan,
    ),
];

pub fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask test [PART [NAME...]] [OPTIONS]\n\n\
         Runs every part, or one; with names, only those tests of that part.\n\nParts:\n",
    );
    for part in PARTS {
        text += &format!("  {:<10} {}\n", part.name, part.about);
    }
    text + "\nOptions:\n\
            \x20 --fresh         run the genuine library again, whatever is remembered\n\
            \x20 --only-ours     leave the genuine library out\n\
            \x20 --repeat N      run the tests N times\n\
            \x20 --write-status  write the table of what works (suite)"
}

pub fn run(args: &mut Args) -> Result<String> {
    let mut options = Options {
        fresh: args.flag("--fresh"),
        only_ours: args.flag("--only-ours"),
        write_status: args.flag("--write-status"),
        repeat: args.value("--repeat")?.unwrap_or(1),
        names: Vec::new(),
    };
    let mut names = args.names()?;
    if let Some(prefix) = std::env::var_os("LIBUV_OURS") {
        println!("ours is the library below {}", Path::new(&prefix).display());
    }
    let parts: Vec<&Part> = if names.is_empty() {
        PARTS.iter().collect()
    } else {
        let first = names.remove(0);
        options.names = names;
        let part = PARTS.iter().find(|part| part.name == first);
        vec![part.ok_or_else(|| Failure(format!("no part is called {first:?}; try --help")))?]
    };
    summary(&run_parts(&parts, &Context::new(options)))
}

/// Runs the parts; returns each with its outcomes.
fn run_parts<'a>(parts: &[&'a Part], context: &Context) -> Vec<(&'a Part, Vec<Outcome>)> {
    let mut results = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        println!("[{}/{}] {}: {}", at + 1, parts.len(), part.name, part.about);
        let start = Instant::now();
        let outcomes = (part.run)(context);
        print_outcomes(&outcomes);
        let tally = Tally::of(&outcomes);
        println!("  {tally} ({:.1} s)", start.elapsed().as_secs_f64());
        results.push((*part, outcomes));
    }
    results
}

/// Prints each failure, and the skipped tests by reason.
fn print_outcomes(outcomes: &[Outcome]) {
    let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for outcome in outcomes {
        match &outcome.verdict {
            Verdict::Failed(why) => println!("  FAILED {}: {why}", outcome.name),
            Verdict::Skipped(why) => skipped.entry(why).or_default().push(&outcome.name),
            Verdict::Passed => {}
        }
    }
    for (why, names) in skipped {
        println!("  skipped ({why}): {}", names.join(", "));
    }
}

/// Names what failed once more, and counts; the count is the last line.
fn summary(results: &[(&Part, Vec<Outcome>)]) -> Result<String> {
    let tally = Tally::of(results.iter().flat_map(|(_, outcomes)| outcomes));
    println!();
    for (part, outcomes) in results {
        println!("  {:<10} {}", part.name, Tally::of(outcomes));
        for outcome in outcomes {
            if matches!(outcome.verdict, Verdict::Failed(_)) {
                println!("    failed: {}", outcome.name);
            }
        }
    }
    match tally.failed {
        0 => Ok(tally.to_string()),
        _ => Err(Failure(tally.to_string())),
    }
}

fn cargo(name: &str, args: &[&str], flags: &[(&str, &str)]) -> Outcome {
    let mut command = toolbox::cargo();
    command.args(args).envs(flags.iter().copied());
    let label = format!("cargo {}", args.join(" "));
    Outcome::of(
        name,
        toolbox::step(&label, || toolbox::output(&mut command)),
    )
}

fn fmt(_: &Context) -> Vec<Outcome> {
    vec![cargo("formatting", &["fmt", "--all", "--check"], &[])]
}

fn clippy(_: &Context) -> Vec<Outcome> {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ];
    vec![cargo("lints", &args, &[])]
}

fn header(_: &Context) -> Vec<Outcome> {
    let result = crate::header::check(&toolbox::root());
    vec![Outcome::of("generated headers", result)]
}

fn unit(_: &Context) -> Vec<Outcome> {
    vec![cargo(
        "unit tests",
        &["test", "--workspace", "--quiet"],
        &[],
    )]
}

fn doc(_: &Context) -> Vec<Outcome> {
    let args = [
        "doc",
        "--workspace",
        "--no-deps",
        "--document-private-items",
        "--quiet",
    ];
    vec![cargo(
        "documentation",
        &args,
        &[("RUSTDOCFLAGS", "-D warnings")],
    )]
}
