//! Runs pyuv's tests on both libraries and compares them one by one.

use super::build::{self, Built, Side};
use super::experiment;
use super::python::Python;
use super::stage::Stage;
use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::sandbox::Isolation;
use crate::toolbox::{self, Failure, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The time limits of one test and of all.
const SECONDS: &str = "30";
const LIMIT: Duration = Duration::from_secs(900);

/// From the test's name to its result: `ok`, `skip REASON`, `fail ...`, `error ...`.
type Results = BTreeMap<String, String>;

/// The part of `cargo xtask test` called `pyuv`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let mut outcomes = check_tests(context).unwrap_or_else(|why| Outcome::broken("pyuv", why));
    outcomes.extend(experiment::check(context));
    outcomes
}

fn check_tests(context: &Context) -> Result<Vec<Outcome>> {
    let python = Python::find()?;
    let isolation = Isolation::detect().as_ourselves().with_routes_to_many();
    let stage = Stage::new(&python, isolation)?;
    let play = Play { stage, isolation };
    let ours = play.bring(&build::build(context, &python, Side::Ours)?)?;
    let theirs = match context.options.only_ours {
        true => None,
        false => Some(play.bring(&build::build(context, &python, Side::Genuine)?)?),
    };
    let mut tests = play.list(theirs.as_ref().unwrap_or(&ours))?;
    tests.retain(|name| context.wants(name));
    toolbox::note(format_args!(
        "Python {}; {} tests {}",
        python.version,
        tests.len(),
        isolation.describe()
    ));
    let mut outcomes = Vec::new();
    let expected = theirs
        .as_ref()
        .map(|dir| play.run(dir, &tests))
        .transpose()?;
    for _ in 0..context.options.repeat {
        let got = play.run(&ours, &tests)?;
        outcomes.extend(match (&theirs, &expected) {
            (Some(_), Some(expected)) => compare(expected, &got),
            _ => alone(&got),
        });
    }
    Ok(outcomes)
}

/// The environment of pyuv's tests.
struct Play {
    stage: Stage,
    isolation: Isolation,
}

/// A built pyuv on the stage.
struct OnStage {
    dir: PathBuf,
    side: Side,
}

impl Play {
    fn bring(&self, built: &Built) -> Result<OnStage> {
        let dir = self.stage.bring(built)?;
        Ok(OnStage {
            dir,
            side: built.side,
        })
    }

    /// Returns the names of all tests.
    fn list(&self, pyuv: &OnStage) -> Result<Vec<String>> {
        let done = self.start(pyuv, &["--list"], &[])?;
        let tests = done.stdout.lines().filter(|line| line.starts_with("test_"));
        match done.success() {
            true => Ok(tests.map(String::from).collect()),
            false => Err(why_not(&done)),
        }
    }

    fn start(&self, pyuv: &OnStage, args: &[&str], tests: &[String]) -> Result<Finished> {
        let mut command = self.stage.command(&pyuv.dir, "run_tests.py");
        command.args(args).args(tests);
        let sandbox = self.isolation.enter(&mut command)?;
        let done = run::command(&mut command, LIMIT);
        sandbox.clear();
        done
    }

    /// Runs tests in one process, as unittest does. If a test ends the process, another
    /// one runs the remaining tests.
    fn run(&self, pyuv: &OnStage, tests: &[String]) -> Result<Results> {
        let what = format!("running them on {}", pyuv.side.name());
        toolbox::step(&what, || {
            let loaded = self.start(pyuv, &["--list"], &[])?;
            let library = pyuv.dir.join("lib/libuv.so.1");
            match loaded.stdout.lines().next() {
                Some(line) if line.ends_with(&format!("from {}", library.display())) => {}
                _ => return Err(why_not(&loaded)),
            }
            let (mut results, mut left) = (Results::new(), tests.to_vec());
            while !left.is_empty() {
                let before = left.len();
                let report = self.some(pyuv, &left)?;
                left.retain(|name| !report.contains_key(name));
                results.extend(report);
                if left.len() == before {
                    return Err(Failure(format!("{} does not start", left[0])));
                }
            }
            Ok(results)
        })
    }

    /// Runs tests in one process, up to one that ends it.
    fn some(&self, pyuv: &OnStage, tests: &[String]) -> Result<Results> {
        let report = pyuv.dir.join("report");
        let _ = std::fs::remove_file(&report);
        let path = report.display().to_string();
        let done = self.start(pyuv, &[&path, SECONDS], tests)?;
        let text = std::fs::read_to_string(&report).map_err(|_| why_not(&done))?;
        let mut results = Results::new();
        let mut running = None;
        for line in text.lines() {
            match (line.strip_prefix("start "), running.take()) {
                (Some(name), _) => running = Some(name),
                (None, Some(name)) => drop(results.insert(name.to_owned(), plain(line))),
                (None, None) => {}
            }
        }
        if let Some(name) = running {
            results.insert(name.to_owned(), format!("ended Python: {}", done.ending()));
        }
        Ok(results)
    }
}

fn compare(expected: &Results, got: &Results) -> Vec<Outcome> {
    let mine = |name| got.get(name).map_or("not run", String::as_str);
    let tests = expected.iter();
    tests
        .map(|(name, genuine)| same(name, genuine, mine(name)))
        .collect()
}

fn same(name: &str, genuine: &str, mine: &str) -> Outcome {
    if genuine != mine {
        return Outcome::failed(name, format!("libuv: {genuine}; libuv-rs: {mine}"));
    }
    match genuine.strip_prefix("skip ") {
        Some(reason) => Outcome::skipped(name, reason),
        None if genuine == "ok" => Outcome::passed(name),
        None => {
            toolbox::note(format_args!("{name}, on both: {genuine}"));
            Outcome::skipped(name, "libuv does not pass here either")
        }
    }
}

fn alone(results: &Results) -> Vec<Outcome> {
    let outcome = |(name, how): (&String, &String)| match how.strip_prefix("skip ") {
        Some(reason) => Outcome::skipped(name, reason),
        None if how == "ok" => Outcome::passed(name),
        None => Outcome::failed(name, how),
    };
    results.iter().map(outcome).collect()
}

/// Removes addresses, which differ between runs.
fn plain(line: &str) -> String {
    let mut parts = line.split(" at 0x");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    }
    text
}

fn why_not(done: &Finished) -> Failure {
    Failure(done.story())
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::report::Verdict;

    #[test]
    fn only_the_same_passes() {
        assert_eq!(same("t", "ok", "ok").verdict, Verdict::Passed);
        let neither = same("t", "fail x", "fail x").verdict;
        assert!(matches!(neither, Verdict::Skipped(_)));
        let skipped = Verdict::Skipped("why".into());
        assert_eq!(same("t", "skip why", "skip why").verdict, skipped);
        for (genuine, mine) in [("ok", "fail x"), ("ok", "skip why"), ("fail x", "ok")] {
            let verdict = same("t", genuine, mine).verdict;
            assert!(matches!(verdict, Verdict::Failed(_)), "{genuine}, {mine}");
        }
    }

    #[test]
    fn addresses_do_not_count() {
        let line = "error E: <pyuv.TCP object at 0x7f00aa> and <x at 0x1>";
        assert_eq!(plain(line), "error E: <pyuv.TCP object> and <x>");
    }
}
