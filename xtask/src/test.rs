//! `cargo xtask test`: runs the tests, part by part.

mod summary;

use crate::args::Args;
use crate::{demo, install};
use harness::report::{Context, Options, Outcome, Tally};
use harness::{
    Failure, Result, abi_diff, consumers, diff, dropin, examples, fuzz, leaks, memcheck, miri,
    ours_only, pyuv, retry, suite, toolbox, torture, tsan, uvsocket,
};
use std::path::Path;
use std::time::{Duration, Instant};

pub const ABOUT: &str = "everything that must hold, or the parts that are named";

/// One part of the tests.
struct Part {
    name: &'static str,
    about: &'static str,
    run: Driver,
    /// Whether a failed test is retried, because it may depend on timing.
    retried: bool,
}

type Driver = fn(&Context) -> Vec<Outcome>;

/// A part that depends on its input only; its failures are final.
const fn reads(name: &'static str, about: &'static str, run: Driver) -> Part {
    Part {
        name,
        about,
        run,
        retried: false,
    }
}

/// A part that depends on timing; its failed tests are retried.
const fn runs(name: &'static str, about: &'static str, run: Driver) -> Part {
    Part {
        name,
        about,
        run,
        retried: true,
    }
}

/// The parts, in the order in which they run: quick ones first. To add one,
/// write a driver `fn(&Context) -> Vec<Outcome>` in a module of its own and
/// give it a line here.
const PARTS: &[Part] = &[
    reads("fmt", "cargo fmt --check", fmt),
    reads("clippy", "cargo clippy --all-targets -D warnings", clippy),
    reads("header", "include/ is what the sources say", header),
    reads(
        "abi-diff",
        "the header against the reference's",
        abi_diff::check,
    ),
    runs("unit", "cargo test", unit),
    runs("loom", "what threads share, in every order of steps", loom),
    reads("doc", "rustdoc without warnings", doc),
    reads("site", "the documentation's pages", crate::docs::check),
    reads("install", "what an installed prefix holds", install::check),
    runs(
        "consumers",
        "C and C++ projects that use it",
        consumers::check,
    ),
    runs("demo", "its two programs on both libraries", demo::check),
    runs("examples", "what examples/ print", examples::check),
    runs("dropin", "takes libuv's place", dropin::check),
    runs("suite", "libuv's own tests on both libraries", suite::check),
    runs(
        "suite-fds",
        "the same with few descriptors",
        suite::check_fds,
    ),
    runs(
        "suite-one-cpu",
        "the same, ours on one processor",
        suite::check_one_cpu,
    ),
    runs("pyuv", "pyuv rebuilt, and its tests", pyuv::check),
    runs("uvsocket", "Python's sockets on the loop", uvsocket::check),
    runs("diff", "small C programs, traces equal", diff::drive),
    runs(
        "diff-one-cpu",
        "the same, ours on one processor",
        diff::drive_on_one,
    ),
    runs("ours", "what only libuv-rs promises", ours_only::check),
    runs(
        "leaks",
        "10,000 rounds hold no more than 1,000",
        leaks::check,
    ),
    // Not retried: a second run would have other inputs.
    reads("fuzz", "inputs and sequences by chance", fuzz::check),
    reads(
        "miri",
        "what makes no system calls, under Miri",
        miri::check,
    ),
    reads("torture", "everything fails in turn", torture::check),
    runs("valgrind", "the same under memcheck", memcheck::valgrind),
    runs("asan", "the same with AddressSanitizer", memcheck::asan),
    runs(
        "tsan",
        "programs with threads, ThreadSanitizer",
        tsan::check,
    ),
    runs(
        "suite-asan",
        "libuv's tests with AddressSanitizer",
        suite::check_asan,
    ),
    runs(
        "suite-aarch64",
        "libuv's tests on an emulated aarch64",
        suite::check_foreign,
    ),
];

pub fn help() -> String {
    let mut text = String::from(
        "Usage: cargo xtask test [PART [NAME...]] [OPTIONS]\n\n\
         Runs every part, or one; with names, only those tests of that part.\n\nParts:\n",
    );
    for part in PARTS {
        text += &format!("  {:<13} {}\n", part.name, part.about);
    }
    text + "\nOptions:\n\
            \x20 --all           run what the bounded parts leave out, too\n\
            \x20 --fresh         run the genuine library again, whatever is remembered\n\
            \x20 --genuine       put the genuine library under torture, too\n\
            \x20 --only-ours     do not run the genuine library; what is remembered of it counts\n\
            \x20 --repeat N      run the tests N times\n\
            \x20 --write-status  write the table of what works (suite)"
}

pub fn run(args: &mut Args) -> Result<String> {
    let mut options = Options {
        all: args.flag("--all"),
        genuine: args.flag("--genuine"),
        fresh: args.flag("--fresh"),
        only_ours: args.flag("--only-ours"),
        write_status: args.flag("--write-status"),
        repeat: args.count("--repeat")?.unwrap_or(1),
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
        vec![part.ok_or_else(|| args.misunderstood(format!("no part is called {first:?}")))?]
    };
    if options.write_status && (options.only_ours || !options.names.is_empty()) {
        let why = "--write-status wants all tests, on both libraries";
        return Err(args.misunderstood(why));
    }
    let (results, times) = run_parts(
        &parts,
        &Context::new(options).with_installer(install::fresh_prefix),
    );
    let (text, tally) = summary::of_all(&results);
    print!("{text}{}", summary::of_times(&times));
    match tally.failed {
        0 => Ok(tally.to_string()),
        _ => Err(Failure(tally.to_string())),
    }
}

/// Runs the parts; returns their outcomes and times.
fn run_parts<'a>(
    parts: &[&'a Part],
    context: &Context,
) -> (summary::Results<'a>, Vec<(&'a str, Duration)>) {
    let (mut results, mut times) = (Vec::new(), Vec::new());
    for (at, part) in parts.iter().enumerate() {
        println!("[{}/{}] {}: {}", at + 1, parts.len(), part.name, part.about);
        let start = Instant::now();
        let mut outcomes = (part.run)(context);
        outcomes.extend(not_found(context, &outcomes));
        if part.retried {
            retry::run_failed_again(context, part.run, &mut outcomes);
        }
        print!("{}", summary::of_part(part.name, &outcomes));
        let tally = Tally::of(&outcomes);
        println!("  {tally} ({:.1} s)", start.elapsed().as_secs_f64());
        results.push((part.name, outcomes));
        times.push((part.name, start.elapsed()));
    }
    (results, times)
}

/// A failure for each name that no test has.
fn not_found(context: &Context, outcomes: &[Outcome]) -> Vec<Outcome> {
    if outcomes.iter().any(|outcome| !outcome.is_test) {
        return Vec::new();
    }
    let is_it = |outcome: &Outcome, asked: &str| {
        let group = outcome.name.strip_prefix(asked);
        group.is_some_and(|rest| rest.is_empty() || rest.starts_with(": "))
            || outcome.name.ends_with(&format!(" {asked}"))
    };
    let asked = context.options.names.iter();
    asked
        .filter(|asked| !outcomes.iter().any(|outcome| is_it(outcome, asked)))
        .map(|asked| Outcome::failed(asked, "no test is called so"))
        .collect()
}

/// Runs a cargo command as one test.
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

/// Builds into its own target directory, because loom's `cfg` applies to every crate.
/// Without the release profile's LTO the build is shorter and the tests are as fast.
fn loom(_: &Context) -> Vec<Outcome> {
    let dir = toolbox::target().join("loom").display().to_string();
    let args = [
        "test",
        "--lib",
        "--release",
        "--quiet",
        "--target-dir",
        &dir,
        "loom_",
    ];
    let flags = [
        ("RUSTFLAGS", "--cfg loom"),
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ];
    vec![cargo("loom", &args, &flags)]
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
