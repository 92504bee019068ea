//! The differential programs: each is compiled once against the reference's header and
//! run on both libraries, and must print the same on both.

use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{cc, one_cpu};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

/// No program needs more than a few seconds; each ends itself after 25.
const LIMIT: Duration = Duration::from_secs(30);

/// How many lines of a difference are printed; both traces stay beside the program.
const LINES: usize = 16;

/// One C program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its file's name, without `.c`.
    pub name: String,
    /// The source.
    pub source: PathBuf,
}

/// Returns those programs of `c-tests/diff` and `c-tests/badinput` that were asked for.
pub fn programs(context: &Context) -> Result<Vec<Program>> {
    programs_in(&["diff", "badinput"], context)
}

/// Returns those programs of other folders of `c-tests` that were asked for.
pub fn programs_in(folders: &[&str], context: &Context) -> Result<Vec<Program>> {
    let mut all = Vec::new();
    for folder in folders {
        let dir = toolbox::root().join("c-tests").join(folder);
        for source in toolbox::files_below(&dir)? {
            if source.extension().is_some_and(|e| e == "c") {
                let name = source.file_stem().unwrap_or_default();
                let name = name.to_string_lossy().into_owned();
                all.push(Program { name, source });
            }
        }
    }
    for asked in &context.options.names {
        if !all.iter().any(|program| program.name == *asked) {
            return Err(Failure(format!("no program is called {asked:?}")));
        }
    }
    all.retain(|program| context.wants(&program.name));
    Ok(all)
}

/// `cargo xtask test diff`.
pub fn drive(context: &Context) -> Vec<Outcome> {
    drive_with(context, false)
}

/// `cargo xtask test diff-one-cpu`: ours on one processor, against the traces that genuine
/// libuv printed on all of them.
pub fn drive_on_one(context: &Context) -> Vec<Outcome> {
    drive_with(context, true)
}

fn drive_with(context: &Context, one: bool) -> Vec<Outcome> {
    match try_drive(context, one) {
        Ok(outcomes) => outcomes,
        Err(why) => Outcome::broken("differential programs", why),
    }
}

fn try_drive(context: &Context, one: bool) -> Result<Vec<Outcome>> {
    let programs = programs(context)?;
    let genuine = context.genuine()?.clone();
    let ours = context.ours()?.lib_dir.clone();
    let build = Build {
        include: genuine.include,
        lib_dir: genuine.lib_dir.clone(),
        out: toolbox::target().join("diff"),
        flags: &[],
    };
    let rounds = context.options.repeat;
    let reference = (!context.options.only_ours).then_some(genuine.lib_dir);
    Ok(in_parallel(&programs, |program| {
        let result = build.program(program).and_then(|binary| {
            (0..rounds).try_for_each(|_| compare(&binary, reference.as_deref(), &ours, one))
        });
        let outcome = match (&result, &reference) {
            (Err(_), Some(genuine)) if one && !passes_on_one(&build, program, genuine) => {
                Outcome::skipped(&program.name, "genuine libuv fails on one processor too")
            }
            _ => Outcome::of(&program.name, result),
        };
        toolbox::note(line(&outcome, "same", "DIFFERS"));
        outcome
    }))
}

/// Formats one program's outcome in a line, with the given words for passed and failed.
/// Details follow in the summary.
pub fn line(outcome: &Outcome, passed: &str, failed: &str) -> String {
    use crate::report::Verdict::{Failed, Passed, Skipped};
    match &outcome.verdict {
        Passed => format!("{passed:<8} {}", outcome.name),
        Failed(_) => format!("{failed:<8} {}", outcome.name),
        Skipped(why) => format!("not run  {}: {why}", outcome.name),
    }
}

/// How programs are compiled.
pub struct Build<'a> {
    /// Where `uv.h` is.
    pub include: PathBuf,
    /// The library they are linked against.
    pub lib_dir: PathBuf,
    /// Where they are put.
    pub out: PathBuf,
    /// Further flags for the compiler.
    pub flags: &'a [&'a str],
}

impl Build<'_> {
    /// Compiles one program and says where it is.
    pub fn program(&self, program: &Program) -> Result<PathBuf> {
        let binary = self.out.join(&program.name);
        let shared = toolbox::root().join("c-tests/diff");
        let shared = format!("-I{}", shared.display());
        let mut flags = vec!["-O1", "-Werror", shared.as_str()];
        flags.extend(self.flags);
        let sources = std::slice::from_ref(&program.source);
        cc::compile(sources, &self.include, &self.lib_dir, &binary, &flags)?;
        Ok(binary)
    }
}

/// Calls `work` for each item on one thread per processor; returns the results in the
/// items' order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(items.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let take = || next.lock().ok().and_then(|mut items| items.next());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, item)) = take() {
                    let result = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.push((at, result));
                    }
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .unwrap_or_else(|poison| poison.into_inner());
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs a program on both libraries; on ours on one processor if `one`.
fn compare(binary: &Path, genuine: Option<&Path>, ours: &Path, one: bool) -> Result {
    let mut command = Command::new(binary);
    if one {
        one_cpu::pin(&mut command);
    }
    let ran = run::command(run::on_library(&mut command, ours), LIMIT)?;
    if let Some(genuine) = genuine {
        same_trace(binary, &expected(binary, genuine, one)?, &ran)?;
    }
    match ran.success() {
        true => Ok(()),
        false => Err(Failure(ran.story())),
    }
}

/// Returns whether genuine libuv succeeds on one processor.
fn passes_on_one(build: &Build, program: &Program, genuine: &Path) -> bool {
    let mut command = Command::new(build.out.join(&program.name));
    one_cpu::pin(&mut command);
    let ran = run::command(run::on_library(&mut command, genuine), LIMIT);
    ran.is_ok_and(|ran| ran.success())
}

/// Returns what a program prints on genuine libuv. With `remembered`, a trace that is newer
/// than the program is used in place of a run.
fn expected(binary: &Path, genuine: &Path, remembered: bool) -> Result<String> {
    let file = binary.with_extension("expected");
    if remembered && !cc::is_older(&file, &[binary.to_path_buf()]) {
        return std::fs::read_to_string(&file).doing(file.display());
    }
    let ran = run::with_library(binary, genuine, LIMIT)?;
    if !ran.success() {
        return Err(Failure(format!("on genuine libuv: {}", ran.story())));
    }
    std::fs::write(&file, &ran.stdout).doing(file.display())?;
    Ok(ran.stdout)
}

/// Fails unless a run printed what it printed on genuine libuv.
pub fn same_trace(binary: &Path, expected: &str, ran: &Finished) -> Result {
    if expected == ran.stdout {
        return Ok(());
    }
    let genuine_file = binary.with_extension("genuine");
    let our_file = binary.with_extension("ours");
    std::fs::write(&genuine_file, expected).doing(genuine_file.display())?;
    std::fs::write(&our_file, &ran.stdout).doing(our_file.display())?;
    let mut diff = Command::new("diff");
    diff.args(["-U2", "--label", "genuine", "--label", "ours"]);
    diff.arg(&genuine_file).arg(&our_file);
    // `diff` exits with 1 if there are differences; only higher statuses are errors.
    let said = run::command(&mut diff, LIMIT)?.stdout;
    let shown: Vec<&str> = said.lines().take(LINES).collect();
    let ending = match ran.success() {
        true => String::new(),
        false => format!(
            " ({}; {})",
            ran.ending(),
            toolbox::tail(ran.stderr.trim(), 5)
        ),
    };
    Err(Failure(format!(
        "the traces differ{ending}\n{}",
        shown.join("\n")
    )))
}
