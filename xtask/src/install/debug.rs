//! Checks that debuggers name the frames inside the installed library, which is stripped: they
//! find its debug file by themselves.

use super::place::Place;
use super::{SHARED, install};
use harness::report::{Context, Outcome};
use harness::toolbox::{self, Doing, Failure, Result};
use harness::{cc, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// How a debugger is put to a test.
enum Found {
    /// It printed this.
    Said(String),
    /// It cannot be used here; the text says why.
    Unusable(String),
}

/// The tests, of a prefix of ours.
pub fn check(context: &Context, prefix: &Path) -> Vec<Outcome> {
    type Test = fn(&Context, &Path, &Path) -> Result<Found>;
    let tests: [(&str, &str, Test); 4] = [
        ("frames in gdb", "gdb", gdb),
        ("frames in gdb, by build id", "gdb", gdb_by_id),
        ("frames in valgrind", "valgrind", valgrind),
        ("frames in perf", "perf", perf),
    ];
    let wanted = tests.iter().filter(|(name, ..)| context.wants(name));
    let judged = wanted.map(|(name, tool, test)| {
        if let Err(Failure(why)) = toolbox::need(tool) {
            return Outcome::skipped(*name, why);
        }
        let program = program(prefix);
        match program.and_then(|program| test(context, prefix, &program)) {
            Ok(Found::Unusable(why)) => Outcome::skipped(*name, why),
            Ok(Found::Said(text)) => Outcome::of(*name, names_frames(&text)),
            Err(why) => Outcome::failed(*name, why),
        }
    });
    judged.collect()
}

/// A function of the library that is not exported is there: by its path, or with its line,
/// which is all that gdb has of line tables.
fn names_frames(text: &str) -> Result {
    let ends_word = |c: char| !(c.is_alphanumeric() || "_:./".contains(c));
    let names_one = |word: &str| {
        word.starts_with("uv::") || word.starts_with("src/event_loop/") && word.contains(".rs:")
    };
    match text.split(ends_word).any(names_one) {
        true => Ok(()),
        false => Err(Failure(format!("no frame of the library in:\n{text}"))),
    }
}

fn program(prefix: &Path) -> Result<PathBuf> {
    let source = toolbox::root().join("c-tests/prefix/frames.c");
    let out = toolbox::target().join("frames/program");
    let lib = prefix.join("lib");
    let rpath = format!("-Wl,-rpath,{}", lib.display());
    cc::compile(&[source], &prefix.join("include"), &lib, &out, &[&rpath])?;
    Ok(out)
}

/// Runs a tool; returns both of its outputs.
fn said(command: &mut Command) -> Result<String> {
    let done = run::command(command.env_remove("LD_LIBRARY_PATH"), LIMIT)?;
    match done.success() {
        true => Ok(done.stdout + &done.stderr),
        false => Err(Failure(done.story())),
    }
}

/// Where a callback was called from, as gdb has it. It does not start programs where it may
/// not trace them.
fn backtrace(options: &[&str], program: &Path) -> Result<Found> {
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", "set debuginfod enabled off"]);
    gdb.args(options);
    gdb.args([
        "-ex",
        "break on_timer",
        "-ex",
        "run",
        "-ex",
        "backtrace",
        "-ex",
        "kill",
    ]);
    gdb.env("DEBUGINFOD_URLS", "");
    let text = said(gdb.arg(program))?;
    match text.contains("warning: Could not trace") || text.contains("ptrace: ") {
        true => Ok(Found::Unusable("gdb may not trace programs here".into())),
        false => Ok(Found::Said(text)),
    }
}

fn gdb(_: &Context, _: &Path, program: &Path) -> Result<Found> {
    backtrace(&[], program)
}

/// With the debug file in a directory like `/usr/lib/debug`.
fn gdb_by_id(context: &Context, _: &Path, _: &Path) -> Result<Found> {
    let root = toolbox::fresh_dir(&toolbox::target().join("debug-by-id"))?;
    let debug_dir = root.join("debug");
    let place = Place {
        debug_dir: Some(debug_dir.clone()),
        ..Place::at(&root.join("prefix"))
    };
    install(context.ours()?, &place)?;
    let files = toolbox::files_below(&debug_dir.join(".build-id"))?;
    if files.len() != 1 || place.in_libdir(".debug").exists() {
        return Err(Failure(format!("debug files: {files:?}")));
    }
    let beside = place.in_libdir(SHARED).with_extension("debug");
    if beside.exists() {
        return Err(Failure(format!("{} is there, too", beside.display())));
    }
    let set = format!("set debug-file-directory {}", debug_dir.display());
    let found = backtrace(&["-iex", &set], &program(&place.prefix)?);
    std::fs::remove_dir_all(&root).doing(root.display())?;
    found
}

/// Where the loop's memory was allocated.
fn valgrind(_: &Context, _: &Path, program: &Path) -> Result<Found> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--leak-check=full", "--show-leak-kinds=all"]);
    said(valgrind.arg(program)).map(Found::Said)
}

/// In which functions the time goes.
fn perf(_: &Context, _: &Path, program: &Path) -> Result<Found> {
    let data = program.with_extension("perf");
    let mut record = Command::new("perf");
    // Leave nothing in the home directory.
    record.args([
        "record",
        "--quiet",
        "--no-buildid-cache",
        "-F",
        "4000",
        "-o",
    ]);
    record.arg(&data).arg("--").arg(program).arg("1000000");
    if let Err(Failure(why)) = said(&mut record) {
        let first = why
            .lines()
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        return Ok(Found::Unusable(format!("perf cannot record here: {first}")));
    }
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--sort", "dso,symbol", "-i"]);
    report.arg(&data);
    said(&mut report).map(Found::Said)
}
