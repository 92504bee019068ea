//! The programs in `c-tests/ours`: promises of our library alone, where libuv behaves
//! otherwise or a trace cannot show the behaviour. Each checks itself. Its exit status is
//! 0 if the behaviour is right, 1 if it is wrong, 77 if this machine cannot check it; its
//! last line says why.

use crate::diff::{self, Build, Program};
use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::tempdir::TempDir;
use crate::toolbox::{self, Failure, Result};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A limit for programs whose own, shorter deadline fails.
const LIMIT: Duration = Duration::from_secs(75);

/// The exit status of a program that cannot check its behaviour on this machine.
const CANNOT_CHECK: i32 = 77;

/// `cargo xtask test ours`.
pub fn check(context: &Context) -> Vec<Outcome> {
    match try_check(context) {
        Ok(outcomes) => outcomes,
        Err(why) => Outcome::broken("programs for ours alone", why),
    }
}

fn try_check(context: &Context) -> Result<Vec<Outcome>> {
    let programs = diff::programs_in(&["ours"], context)?;
    let ours = context.ours()?;
    let build = Build {
        include: ours.include.clone(),
        lib_dir: ours.lib_dir.clone(),
        out: toolbox::target().join("promises"),
        flags: &[],
    };
    let repeat = context.options.repeat;
    Ok(diff::in_parallel(&programs, |program| {
        let outcome = run_all(&build, program, repeat)
            .unwrap_or_else(|why| Outcome::failed(&program.name, why));
        toolbox::note(diff::line(&outcome, "right", "WRONG"));
        outcome
    }))
}

/// Runs a program `repeat` times, or until it fails or is skipped.
fn run_all(build: &Build, program: &Program, repeat: u32) -> Result<Outcome> {
    let binary = build.program(program)?;
    let mut outcome = Outcome::passed(&program.name);
    for _ in 0..repeat {
        outcome = run_once(&binary, &build.lib_dir, &program.name)?;
        if outcome.verdict != crate::Verdict::Passed {
            break;
        }
    }
    Ok(outcome)
}

/// Runs a program once with a temporary directory.
fn run_once(binary: &Path, lib_dir: &Path, name: &str) -> Result<Outcome> {
    let scratch = TempDir::new("ours")?;
    let mut command = Command::new(binary);
    run::on_library(&mut command, lib_dir).env("TMPDIR", &*scratch);
    let ran = run::command(&mut command, LIMIT)?;
    Ok(match ran.status.code() {
        Some(CANNOT_CHECK) => Outcome::skipped(name, last_line(&ran)),
        _ => Outcome::of(name, verdict(&ran)),
    })
}

fn verdict(ran: &Finished) -> Result {
    match ran.success() {
        true => Ok(()),
        false => Err(Failure(ran.story())),
    }
}

fn last_line(ran: &Finished) -> String {
    let line = ran.stdout.lines().last();
    line.unwrap_or("the program does not say why").to_owned()
}
