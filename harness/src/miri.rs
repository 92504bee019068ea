//! Runs the unit tests of the code that makes no system calls under Miri, which detects
//! undefined behaviour.

use crate::diff;
use crate::report::{Context, Outcome};
use crate::run;
use crate::toolbox::{self, Failure, Result};
use std::process::Command;
use std::time::Duration;

/// The modules, and which of their tests take Miri minutes and run only with `--all`.
const MODULES: [(&str, &[&str]); 7] = [
    ("text", &["long_text_is_measured_as_it_is_converted"]),
    ("event_loop::queue", &["sorts_as_vectors_do"]),
    ("event_loop::timers", &["event_loop::timers::tests::"]),
    ("event_loop::io::interest", &[]),
    (
        "event_loop::signals::queue",
        &["hands_over_from_several_threads"],
    ),
    ("event_loop::threadpool::queue", &[]),
    ("errno", &[]),
];

/// How long one module's tests may take.
const LIMIT: Duration = Duration::from_secs(300);
const LIMIT_ALL: Duration = Duration::from_secs(3600);

/// C keeps pointers to a handle while Rust makes references to it, which Tree Borrows
/// permits. Pointers that C hands back as integers need permissive provenance.
const FLAGS: &str = "-Zmiri-tree-borrows -Zmiri-permissive-provenance -Zmiri-disable-isolation";

/// The part of `cargo xtask test` called `miri`.
pub fn check(context: &Context) -> Vec<Outcome> {
    if let Err(why) = install() {
        return vec![Outcome::skipped("miri", why)];
    }
    // Built before the modules' tests run in parallel.
    let built = toolbox::step("building for Miri", || {
        run_tests(&["--no-run"], Duration::from_secs(1200))
    });
    if let Err(why) = built {
        return Outcome::broken("miri", why);
    }
    let wanted = MODULES.iter().filter(|(name, _)| context.wants(name));
    let (wanted, all): (Vec<_>, bool) = (wanted.collect(), context.options.all);
    diff::in_parallel(&wanted, |(name, slow)| {
        Outcome::of(*name, module(name, slow, all))
    })
}

/// Runs the tests of one module.
fn module(name: &str, slow: &[&str], all: bool) -> Result {
    let path = format!("{name}::");
    let mut words = vec!["--", path.as_str()];
    for test in slow.iter().filter(|_| !all) {
        words.extend(["--skip", test]);
    }
    let said = run_tests(&words, if all { LIMIT_ALL } else { LIMIT })?;
    match said.contains("running 0 tests") {
        true => Err(Failure(format!("there are no tests in {name}"))),
        false => Ok(()),
    }
}

fn run_tests(words: &[&str], limit: Duration) -> Result<String> {
    let mut command = nightly();
    command.args(["miri", "test", "--quiet", "--package", "libuv-rs", "--lib"]);
    command
        .arg("--target-dir")
        .arg(toolbox::target().join("miri"));
    command.args(words).env("MIRIFLAGS", FLAGS);
    let ran = run::command(&mut command, limit)?;
    if ran.success() {
        return Ok(ran.stdout);
    }
    let about = ran
        .stderr
        .lines()
        .skip_while(|line| !line.starts_with("error"));
    let about: Vec<&str> = about.take(20).collect();
    Err(Failure(format!("{}\n{}", ran.ending(), about.join("\n"))))
}

/// The nightly toolchain's cargo. rustup's variables name the toolchain that runs the
/// harness and would override `+nightly`.
fn nightly() -> Command {
    let mut command = Command::new("cargo");
    command.arg("+nightly").current_dir(toolbox::root());
    for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC"] {
        command.env_remove(name);
    }
    command
}

/// Installs Miri unless it is there.
fn install() -> Result {
    if toolbox::output(nightly().args(["miri", "--version"])).is_ok() {
        return Ok(());
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["+nightly", "component", "add", "miri", "rust-src"]);
    let added = toolbox::step("adding Miri to the nightly toolchain", || {
        toolbox::output(&mut rustup)
    });
    added.map(drop).map_err(|why| {
        let first = why.0.lines().last().unwrap_or_default().to_owned();
        Failure(format!(
            "no Miri (rustup +nightly component add miri rust-src): {first}"
        ))
    })
}
