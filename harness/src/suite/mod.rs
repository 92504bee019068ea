//! libuv's own test suite, each test once on genuine libuv and once on ours.

mod cross;
pub mod program;
mod remembered;
mod run_one;
mod status;
mod table;

use crate::report::{Context, Outcome};
use crate::sandbox::{Isolation, Network};
use crate::toolbox::{self, Result};
use crate::{memcheck, reference, run};
use program::Flavour;
use run_one::{Did, Side, Stage};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// One test's result on one library.
#[derive(Clone, Debug)]
struct Ran {
    did: Did,
    took: Duration,
    /// How it failed, if it then passed when it was run alone.
    flaky: Option<String>,
}

/// From the test's name to its result.
type Results = BTreeMap<String, Ran>;

/// A way to run the suite.
struct Way {
    /// The part's name.
    part: &'static str,
    flavour: Flavour,
    /// The limit on descriptors.
    descriptors: Option<u64>,
    /// Whether ours runs on one processor. Genuine libuv always runs on all of them.
    one_processor: bool,
}

/// The part of `cargo xtask test` called `suite`.
pub fn check(context: &Context) -> Vec<Outcome> {
    checked(context, "suite", Flavour::Plain, None)
}

/// The part called `suite-one-cpu`: ours on one processor.
pub fn check_one_cpu(context: &Context) -> Vec<Outcome> {
    let way = Way {
        part: "suite",
        flavour: Flavour::Plain,
        descriptors: None,
        one_processor: true,
    };
    check_way(context, &way)
}

/// The part called `suite-fds`: with a limit of 64 descriptors. Ours must pass what libuv
/// passes with it.
pub fn check_fds(context: &Context) -> Vec<Outcome> {
    checked(context, "suite-fds", Flavour::Plain, Some(64))
}

/// The part called `suite-asan`: the tests and our library with AddressSanitizer, libuv
/// without.
pub fn check_asan(context: &Context) -> Vec<Outcome> {
    checked(context, "suite-asan", Flavour::Asan, None)
}

/// The part called `suite-aarch64`: both libraries built for aarch64 and run on an
/// emulator.
pub fn check_foreign(context: &Context) -> Vec<Outcome> {
    match cross::obstacle() {
        Some(why) => vec![Outcome::skipped("suite-aarch64", why)],
        None => checked(context, "suite-aarch64", Flavour::Foreign, None),
    }
}

fn checked(
    context: &Context,
    part: &'static str,
    flavour: Flavour,
    descriptors: Option<u64>,
) -> Vec<Outcome> {
    let way = Way {
        part,
        flavour,
        descriptors,
        one_processor: false,
    };
    check_way(context, &way)
}

fn check_way(context: &Context, way: &Way) -> Vec<Outcome> {
    let built = match way.flavour {
        Flavour::Plain => toolbox::step("building our library", || {
            context.ours().map(|ours| ours.lib_dir.clone())
        }),
        Flavour::Asan => toolbox::step("building with AddressSanitizer", memcheck::build_asan),
        Flavour::Foreign => toolbox::step("building our library", cross::ours),
    };
    match built.and_then(|ours| check_all(context, way, &ours)) {
        Ok(outcomes) => outcomes,
        Err(why) => Outcome::broken(way.part, why),
    }
}

fn check_all(context: &Context, way: &Way, ours: &Path) -> Result<Vec<Outcome>> {
    let genuine = match way.flavour {
        Flavour::Foreign => &cross::genuine()?,
        _ => context.genuine()?,
    };
    let tree = reference::tree()?;
    let program = program::build(&tree, genuine, way.flavour)?;
    let names = program::list(&program.path, &genuine.lib_dir, way.flavour)?;
    let tests: Vec<String> = names
        .into_iter()
        .filter(|name| context.wants(name))
        .collect();
    if tests.is_empty() {
        return Err("no test of that name".into());
    }
    let isolation = Isolation::detect().with_descriptors(way.descriptors);
    toolbox::note(format_args!(
        "{} tests {}",
        tests.len(),
        isolation.describe()
    ));
    let stage = Stage::new(&program.path, &program.fixtures, isolation, way.flavour)?;
    stage.library(Side::Genuine, &genuine.lib_dir)?;
    stage.library(Side::Ours, ours)?;

    let key = format!("{} {}", program.key, isolation.describe());
    let memory = way.flavour.dir().join(format!("{}.json", way.part));
    let mut theirs = if context.options.only_ours {
        remembered::recall(&memory, &key)
    } else {
        if context.options.fresh {
            remembered::forget(&memory);
        }
        run_genuine(&stage, isolation, &tests, &memory, &key)?
    };
    let stage = match way.one_processor {
        true => {
            let isolation = isolation.on_one_processor();
            let stage = Stage::new(&program.path, &program.fixtures, isolation, way.flavour)?;
            stage.library(Side::Ours, ours)?;
            stage.library(Side::Genuine, &genuine.lib_dir)?;
            stage
        }
        false => stage,
    };
    let mut outcomes = Vec::new();
    for round in 1..=context.options.repeat {
        let results = run_side(&stage, isolation, Side::Ours, &tests, &theirs)?;
        if way.one_processor && !context.options.only_ours {
            ask_genuine_too(&stage, isolation, &results, &mut theirs)?;
        }
        if toolbox::on_terminal() {
            table::print(round, &theirs, &results);
        }
        outcomes.extend(table::outcomes(&theirs, &results));
        if context.options.write_status && way.part == "suite" && !way.one_processor {
            status::write(&tree, &theirs, &results)?;
        }
    }
    Ok(outcomes)
}

/// Runs on genuine libuv the tests that ours skipped or failed on one processor.
fn ask_genuine_too(
    stage: &Stage,
    isolation: Isolation,
    results: &Results,
    theirs: &mut Results,
) -> Result {
    let differs = |(_, ran): &(&String, &Ran)| !matches!(ran.did, Did::Pass);
    let tests: Vec<String> = results
        .iter()
        .filter(differs)
        .map(|(test, _)| test.clone())
        .collect();
    theirs.extend(run_side(stage, isolation, Side::Genuine, &tests, theirs)?);
    Ok(())
}

/// Runs those tests on libuv whose results are not kept from a run with the same sources
/// and the same kind of sandbox.
fn run_genuine(
    stage: &Stage,
    isolation: Isolation,
    tests: &[String],
    memory: &Path,
    key: &str,
) -> Result<Results> {
    let mut known = remembered::recall(memory, key);
    let unknown: Vec<String> = tests
        .iter()
        .filter(|test| !known.contains_key(*test))
        .cloned()
        .collect();
    toolbox::note(format_args!(
        "genuine: {} remembered, {} to run",
        tests.len() - unknown.len(),
        unknown.len()
    ));
    if !unknown.is_empty() {
        known.extend(run_side(
            stage,
            isolation,
            Side::Genuine,
            &unknown,
            &Results::new(),
        )?);
        remembered::remember(memory, key, &known)?;
    }
    known.retain(|test, _| tests.contains(test));
    Ok(known)
}

/// Runs the tests on one library, several at once where each has a network of
/// its own, long ones first. What failed on libuv is run once more, alone, before it
/// is taken for what libuv does; what fails on ours, all parts treat alike (`second`).
fn run_side(
    stage: &Stage,
    isolation: Isolation,
    side: Side,
    tests: &[String],
    durations: &Results,
) -> Result<Results> {
    let mut order: Vec<&str> = tests.iter().map(String::as_str).collect();
    let length = |test: &str| durations.get(test).map_or(Duration::ZERO, |ran| ran.took);
    order.sort_by_key(|test| std::cmp::Reverse(length(test)));
    let at_once = match isolation.network {
        Network::Shared => 1,
        _ => 2 * std::thread::available_parallelism().map_or(2, usize::from),
    };
    let mut results = run_all(stage, side, &order, at_once)?;
    let failed: Vec<(String, Did)> = results
        .iter()
        .filter(|(_, ran)| side == Side::Genuine && matches!(ran.did, Did::Fail(_) | Did::Timeout))
        .map(|(test, ran)| (test.clone(), ran.did.clone()))
        .collect();
    for (test, first) in failed {
        let (did, finished) = stage.run(side, &test)?;
        let recovered = matches!(did, Did::Pass | Did::Skip(_));
        let flaky = recovered.then(|| table::describe(&first));
        results.insert(
            test,
            Ran {
                did,
                took: finished.took,
                flaky,
            },
        );
    }
    Ok(results)
}

fn run_all(stage: &Stage, side: Side, tests: &[&str], at_once: usize) -> Result<Results> {
    let progress = Progress::new(side, tests.len());
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Ok(Results::new()));
    let work = || {
        while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ran = stage.run(side, test);
            progress.one_more();
            let Ok(mut results) = results.lock() else {
                return;
            };
            match (ran, results.as_mut()) {
                (Ok((did, run::Finished { took, .. })), Ok(results)) => {
                    results.insert(
                        test.to_string(),
                        Ran {
                            did,
                            took,
                            flaky: None,
                        },
                    );
                }
                (Err(error), Ok(_)) => *results = Err(error),
                (_, Err(_)) => return,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(work);
        }
    });
    progress.end();
    results
        .into_inner()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A progress line on the terminal.
struct Progress {
    label: String,
    total: usize,
    done: AtomicUsize,
    start: Instant,
}

impl Progress {
    fn new(side: Side, total: usize) -> Self {
        let label = format!("suite on {}", table::side_name(side));
        Progress {
            label,
            total,
            done: AtomicUsize::new(0),
            start: Instant::now(),
        }
    }

    fn one_more(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if toolbox::on_terminal() {
            print!("\r  {}: {done}/{} ", self.label, self.total);
            let _ = io::stdout().flush();
        }
    }

    fn end(&self) {
        if toolbox::on_terminal() {
            let took = self.start.elapsed().as_secs_f64();
            println!("\r  {}: {} tests in {took:.1} s", self.label, self.total);
        }
    }
}
