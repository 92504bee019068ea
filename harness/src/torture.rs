//! Fault injection: runs scenarios in which one thing fails at a time: each allocation,
//! each system call with each of its errors, a limited resource. Whatever fails, a
//! scenario must end with every callback called, with right data or an error, and without
//! leaks.
//!
//! `c-tests/torture` has the scenarios and their supervisor; the tests are called
//! `alloc: SCENARIO`, `calls: SCENARIO` and `limits: SCENARIO`, and one run alone
//! `SCENARIO: WHAT`, where WHAT is as a failure names it.

mod errors;
mod known;
mod plan;
mod run;
mod table;
mod worker;

use crate::cc;
use crate::report::{Context, Outcome};
use crate::sandbox::Isolation;
use crate::toolbox::{self, Doing, Failure, Result};
use run::{Fails, Group, Report, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use table::Table;
use worker::Worker;

/// How many runs of a scenario in each group are made without `--all`.
const BOUND: usize = 220;

/// How many runs a worker makes before its thread looks for other work.
const BATCH: usize = 64;

/// How often each of the first hangs must be repeated to count.
const AGAIN: usize = 2;
const FIRST_HANGS: usize = 10;

/// Runs at a time for each processor: a run mostly sleeps.
const AT_A_TIME: usize = 2;

/// A compiled scenario.
struct Scenario {
    name: String,
    program: PathBuf,
}

/// What all runs share.
struct Setting<'a> {
    helper: PathBuf,
    lib_dir: &'a Path,
    isolation: Isolation,
    /// Hangs so far.
    hangs: AtomicUsize,
}

impl<'a> Setting<'a> {
    fn new(lib_dir: &'a Path) -> Self {
        Setting {
            helper: toolbox::target().join("torture/helper"),
            lib_dir,
            isolation: Isolation::detect(),
            hangs: AtomicUsize::new(0),
        }
    }
}

/// A run that went wrong.
struct Fault {
    scenario: String,
    fails: Fails,
    report: Report,
}

/// The part of `cargo xtask test` called `torture`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let built = match build(context) {
        Ok(built) => built,
        Err(why) => return Outcome::broken("torture", why),
    };
    let result = match context.options.names.as_slice() {
        [one] if one.contains([':']) && plan::group_of(one).is_none() => {
            alone(context, &built, one).map(|outcome| vec![outcome])
        }
        _ => every(context, &built),
    };
    result.unwrap_or_else(|why| Outcome::broken("torture", why))
}

fn directory() -> PathBuf {
    toolbox::root().join("c-tests/torture")
}

/// Builds the scenarios and the helper.
fn build(context: &Context) -> Result<Vec<Scenario>> {
    let ours = context.ours()?;
    let (from, to) = (directory(), toolbox::target().join("torture"));
    let (include, lib_dir) = (&ours.include, &ours.lib_dir);
    let shared = ["inject.c", "filter.c", "memory.c", "scenario.c"];
    let flags = ["-Werror", "-O1", "-fno-builtin", "-rdynamic"];
    let helper = [from.join("helper.c")];
    cc::compile(
        &helper,
        include,
        lib_dir,
        &to.join("helper"),
        &["-Werror", "-Wl,--as-needed"],
    )?;
    let mut scenarios = Vec::new();
    for source in toolbox::files_below(&from.join("scenarios"))? {
        let name = source.file_stem().unwrap_or_default().to_string_lossy();
        let program = to.join(&*name);
        let mut sources = vec![source.clone()];
        sources.extend(shared.iter().map(|file| from.join(file)));
        cc::compile(&sources, include, lib_dir, &program, &flags)?;
        scenarios.push(Scenario {
            name: name.into_owned(),
            program,
        });
    }
    Ok(scenarios)
}

/// Makes the runs that were asked for, on our library and with `--genuine` on libuv.
fn every(context: &Context, scenarios: &[Scenario]) -> Result<Vec<Outcome>> {
    let mut table = Table::default();
    let ours = context.ours()?;
    let mut outcomes = on_library(context, scenarios, "ours", &ours.lib_dir, &mut table)?;
    if context.options.genuine {
        let genuine = context.genuine()?;
        let found = on_library(context, scenarios, "genuine", &genuine.lib_dir, &mut table)?;
        for outcome in found {
            table.remark(&outcome);
        }
    }
    print!("{table}");
    if let Some(runs) = table.left_out("ours") {
        let name = format!("{runs} of the runs");
        outcomes.push(Outcome::skipped(name, "left out; --all makes them"));
    }
    outcomes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(outcomes)
}

/// Returns whether a scenario's tests of a group were asked for.
fn wants(context: &Context, group: Group, scenario: &str) -> bool {
    let names = &context.options.names;
    context.wants(&format!("{}: {scenario}", group.name()))
        || names
            .iter()
            .any(|name| name == scenario || name == group.name())
}

/// Makes all runs on one library; returns their outcomes.
fn on_library(
    context: &Context,
    scenarios: &[Scenario],
    library: &'static str,
    lib_dir: &Path,
    table: &mut Table,
) -> Result<Vec<Outcome>> {
    let setting = Setting::new(lib_dir);
    let mut outcomes = Vec::new();
    let mut batches = Vec::new();
    let mut tests: BTreeMap<(Group, &str), Vec<Fault>> = BTreeMap::new();
    for scenario in scenarios {
        let groups: Vec<Group> = Group::ALL
            .into_iter()
            .filter(|group| wants(context, *group, &scenario.name))
            .collect();
        if groups.is_empty() {
            continue;
        }
        let plan = match plan::make(&setting, scenario) {
            Ok(plan) => plan,
            Err(why) => {
                outcomes.push(Outcome::failed(&scenario.name, why));
                continue;
            }
        };
        for group in groups {
            let name = format!("{}: {}", group.name(), scenario.name);
            if let (Group::Calls, Some(why)) = (group, &plan.hindrance) {
                outcomes.push(Outcome::skipped(name, why));
                continue;
            }
            let every = plan.of(group);
            let chosen = match context.options.all {
                true => every.clone(),
                false => plan::sample(&every, BOUND),
            };
            if chosen.len() < every.len() {
                table.leave_out(library, every.len() - chosen.len());
            }
            tests.insert((group, &scenario.name), Vec::new());
            for part in chosen.chunks(BATCH) {
                batches.push((scenario, plan.plain.clone(), part.to_vec()));
            }
        }
    }
    let (runs, failure) = make_runs(&setting, &batches);
    if let Some(why) = failure {
        return Err(why);
    }
    write_runs(library, &runs)?;
    for (scenario, fails, report) in runs {
        let known = known::reason(scenario, &fails, &report);
        table.count(library, fails.group(), report.verdict, known);
        if report.verdict.is_fault() && known.is_none() {
            let test = tests.entry((fails.group(), scenario)).or_default();
            test.push(Fault {
                scenario: scenario.to_owned(),
                fails,
                report,
            });
        }
    }
    for ((group, scenario), faults) in tests {
        let name = format!("{}: {scenario}", group.name());
        outcomes.push(match faults.as_slice() {
            [] => Outcome::passed(name),
            faults => Outcome::failed(name, plan::story(faults)),
        });
    }
    Ok(outcomes)
}

/// Writes all runs to a file, a line each; the summary names only a few.
fn write_runs(library: &str, runs: &Done) -> Result {
    let mut text = String::new();
    for (scenario, fails, report) in runs {
        let (verdict, told) = (report.verdict.name(), &report.text);
        text += &format!("{scenario}: {fails}\t{verdict}\t{told}\n");
    }
    let path = toolbox::target().join(format!("torture/runs-{library}.txt"));
    std::fs::write(&path, text).doing(path.display())
}

type Batch<'a> = (&'a Scenario, Report, Vec<Fails>);
type Done<'a> = Vec<(&'a str, Fails, Report)>;

/// Makes the runs, several at a time.
fn make_runs<'a>(setting: &Setting, batches: &[Batch<'a>]) -> (Done<'a>, Option<Failure>) {
    let next = AtomicUsize::new(0);
    let (done, failure) = (Mutex::new(Vec::new()), Mutex::new(None));
    let work = || {
        while let Some((scenario, plain, part)) = batches.get(next.fetch_add(1, Ordering::Relaxed))
        {
            match run_batch(setting, scenario, plain, part) {
                Ok(reports) => {
                    let named = part.iter().cloned().zip(reports);
                    let named = named.map(|(fails, report)| (&*scenario.name, fails, report));
                    if let Ok(mut done) = done.lock() {
                        done.extend(named);
                    }
                }
                Err(why) => {
                    let why = Failure(format!("{}: {why}", scenario.name));
                    if let Ok(mut failure) = failure.lock() {
                        *failure = Some(why);
                    }
                    return;
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads * AT_A_TIME {
            scope.spawn(work);
        }
    });
    (
        done.into_inner().unwrap_or_default(),
        failure.into_inner().unwrap_or_default(),
    )
}

fn start(setting: &Setting, scenario: &Scenario) -> Result<Worker> {
    let (program, helper) = (&scenario.program, &setting.helper);
    Worker::start(program, helper, setting.lib_dir, setting.isolation)
}

fn run_batch(
    setting: &Setting,
    scenario: &Scenario,
    plain: &Report,
    part: &[Fails],
) -> Result<Vec<Report>> {
    let mut worker = start(setting, scenario)?;
    let mut reports = Vec::new();
    for fails in part {
        let mut report = worker.run(fails, false)?.against(plain, fails);
        for _ in 0..AGAIN {
            let enough = setting.hangs.load(Ordering::Relaxed) >= FIRST_HANGS;
            if report.verdict == Verdict::Hang && !enough {
                report = worker.run(fails, false)?.against(plain, fails);
            }
        }
        if report.verdict == Verdict::Hang {
            setting.hangs.fetch_add(1, Ordering::Relaxed);
        }
        reports.push(report);
    }
    Ok(reports)
}

/// Makes one run (`SCENARIO: WHAT`) and reports it in full.
fn alone(context: &Context, scenarios: &[Scenario], name: &str) -> Result<Outcome> {
    let (scenario, what) = name.split_once(": ").unwrap_or((name, ""));
    let fails: Fails = what.parse()?;
    let called = |known: &&Scenario| known.name == scenario;
    let none = || Failure(format!("no scenario is called {scenario:?}"));
    let scenario = scenarios.iter().find(called).ok_or_else(none)?;
    let lib_dir = match context.options.genuine {
        true => &context.genuine()?.lib_dir,
        false => &context.ours()?.lib_dir,
    };
    let setting = Setting::new(lib_dir);
    let plan = plan::make(&setting, scenario)?;
    let report = start(&setting, scenario)?
        .run(&fails, true)?
        .against(&plan.plain, &fails);
    println!(
        "  {name}: {}, reached {}, {} ms of a processor",
        report.verdict.name(),
        report.reached,
        report.cpu_ms
    );
    println!("  {}", report.text);
    let library = lib_dir.join("libuv.so.1");
    for line in plan::places(&library, &report.stack) {
        println!("    {line}");
    }
    Ok(match report.verdict.is_fault() {
        true => Outcome::failed(name, format!("{}: {}", report.verdict.name(), report.text)),
        false => Outcome::passed(name),
    })
}
