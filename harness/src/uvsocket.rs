//! Tests `python/`, the socket module on pyuv: its own tests, the uses of the standard library
//! and other packages in each way of waiting, CPython's own tests, and many greenlets at once.
//!
//! Every command prints a line for each test, `ok NAME`, `FAIL NAME: REASON` or
//! `skip NAME: REASON`, and at the end `N passed, N failed, N skipped`.

use crate::pyuv::build::{self, Built, Side};
use crate::pyuv::python::Python;
use crate::report::{Context, Outcome};
use crate::run;
use crate::sandbox::Isolation;
use crate::toolbox::{self, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The versions of Python, and the library that each is tested on without `--all`.
const COMBINATIONS: &[(&str, Side, bool)] = &[
    ("3.11", Side::Ours, true),
    ("3.11", Side::Genuine, true),
    ("3.9", Side::Ours, true),
    ("3.9", Side::Genuine, false),
];

/// A command of `python/` and what it may take.
struct Suite {
    name: &'static str,
    args: &'static [&'static str],
    seconds: u64,
    /// Whether it runs in every combination without `--all`, or in the first only.
    everywhere: bool,
}

const fn suite(
    name: &'static str,
    args: &'static [&'static str],
    seconds: u64,
    everywhere: bool,
) -> Suite {
    Suite {
        name,
        args,
        seconds,
        everywhere,
    }
}

const SUITES: &[Suite] = &[
    suite("unit", &["tests"], 300, true),
    suite("plain", &["conformance.uses", "--way", "plain"], 120, false),
    suite("turn", &["conformance.uses", "--way", "turn"], 120, true),
    suite("green", &["conformance.uses", "--way", "green"], 120, true),
    suite(
        "explicit",
        &["conformance.uses", "--way", "explicit"],
        120,
        false,
    ),
    suite("cpython", &["conformance.cpython"], 600, false),
    suite("many", &["conformance.many"], 300, false),
];

/// A Python with pyuv and the packages that the uses need.
struct Stage {
    python: Python,
    built: Built,
    packages: PathBuf,
    isolation: Isolation,
}

/// The part of `cargo xtask test` called `uvsocket`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (at, &(version, side, always)) in COMBINATIONS.iter().enumerate() {
        let group = format!("{version} on {}", side.name());
        let wanted = |suite: &&Suite| {
            let everything = context.options.all || !context.options.names.is_empty();
            let bounded = always && (suite.everywhere || at == 0);
            (everything || bounded) && context.wants(&format!("{group}, {}", suite.name))
        };
        let suites: Vec<&Suite> = SUITES.iter().filter(wanted).collect();
        if suites.is_empty() || context.options.only_ours && side == Side::Genuine {
            continue;
        }
        let stage = Python::of_version(version)
            .and_then(|python| python.map(|it| Stage::new(context, it, side)).transpose());
        match stage {
            Ok(Some(stage)) => {
                for suite in suites {
                    let name = format!("{group}, {}", suite.name);
                    outcomes.extend(stage.run(context, suite, &name));
                }
            }
            Ok(None) => outcomes.push(Outcome::skipped(
                group,
                format!("there is no Python {version} with its headers"),
            )),
            Err(why) => outcomes.push(Outcome::failed(group, why)),
        }
    }
    outcomes
}

impl Stage {
    fn new(context: &Context, python: Python, side: Side) -> Result<Stage> {
        Ok(Stage {
            built: build::build(context, &python, side)?,
            packages: packages(&python)?,
            isolation: Isolation::detect().as_ourselves(),
            python,
        })
    }

    /// Runs a suite, or those of its tests that are asked for by name.
    fn run(&self, context: &Context, suite: &Suite, name: &str) -> Vec<Outcome> {
        let asked = context.options.names.iter();
        let asked = asked.filter_map(|asked| asked.strip_prefix(name)?.strip_prefix(": "));
        let mut command = self.command();
        command.arg("-m").args(suite.args).args(asked);
        if suite.name == "many" {
            command.arg(if context.options.all { "5000" } else { "500" });
        }
        let limit = Duration::from_secs(suite.seconds);
        let done = self.isolation.enter(&mut command).and_then(|sandbox| {
            let done = run::command(&mut command, limit);
            sandbox.clear();
            done
        });
        match done {
            Ok(done) if done.stdout.lines().any(is_sum) => {
                let mut outcomes = results(&done.stdout, name, &toolbox::tail(&done.stderr, 30));
                // These print counts only.
                if outcomes.is_empty() && done.success() {
                    toolbox::note(toolbox::tail(&done.stdout, 1));
                    outcomes.push(Outcome::passed(name));
                } else if outcomes.is_empty() {
                    outcomes.push(Outcome::failed(name, done.story()));
                }
                outcomes
            }
            Ok(done) => vec![Outcome::failed(name, done.story())],
            Err(why) => vec![Outcome::failed(name, why)],
        }
    }

    /// Starts Python in `python/`, with pyuv and the packages.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.python.program);
        command.arg("-B").current_dir(dir());
        let path = [dir(), self.built.tree.clone(), self.packages.clone()];
        let path = std::env::join_paths(path).unwrap_or_default();
        command.env("PYTHONPATH", path);
        run::on_library(&mut command, &self.built.lib_dir);
        command
    }
}

/// Runs `examples/ten.py` on our library and hands each line that it prints to `say`.
pub fn demo(context: &Context, say: &mut dyn FnMut(&str)) -> Result {
    let stage = Stage::new(context, Python::find()?, Side::Ours)?;
    let mut command = stage.command();
    command.arg("examples/ten.py");
    let done = run::command(&mut command, Duration::from_secs(60))?;
    done.stdout.lines().for_each(say);
    match done.success() && done.stdout.ends_with(": True\n") {
        true => Ok(()),
        false => Err(Failure(done.story())),
    }
}

/// Installs the packages that the uses need, once for each version.
fn packages(python: &Python) -> Result<PathBuf> {
    let list = dir().join("conformance/requirements.txt");
    let wanted = std::fs::read_to_string(&list)?;
    let packages = toolbox::target().join("uvsocket").join(&python.version);
    let stamp = packages.join("installed-from");
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(packages);
    }
    toolbox::fresh_dir(&packages)?;
    let mut pip = python.pip("install")?;
    pip.arg("--target").arg(&packages).arg("-r").arg(&list);
    let what = format!("fetching packages for Python {}", python.version);
    toolbox::step(&what, || toolbox::output(&mut pip))?;
    std::fs::write(&stamp, wanted)?;
    Ok(packages)
}

/// Whether this is the line that ends the output of a run that came to its end.
fn is_sum(line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    matches!(words[..], [_, "passed,", _, "failed,", _, "skipped"])
}

fn results(output: &str, group: &str, errors: &str) -> Vec<Outcome> {
    let result = |line: &str| {
        let (kind, rest) = line.split_once(' ')?;
        let (name, reason) = rest.split_once(": ").unwrap_or((rest, ""));
        let name = format!("{group}: {name}");
        match kind {
            "ok" => Some(Outcome::passed(name)),
            "FAIL" => Some(Outcome::failed(name, format!("{reason}\n{errors}"))),
            "skip" => Some(Outcome::skipped(name, reason)),
            _ => None,
        }
    };
    output.lines().filter_map(result).collect()
}

fn dir() -> PathBuf {
    let root: &Path = &toolbox::root();
    root.join("python")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;

    #[test]
    fn lines_become_outcomes() {
        let text = "ok a\nFAIL b: it broke\nskip c: needs x\nnoise\n1 passed, 1 failed, 1 skipped";
        let all = results(text, "g", "");
        let verdicts: Vec<_> = all.iter().map(|outcome| &outcome.verdict).collect();
        assert!(matches!(
            verdicts[..],
            [Verdict::Passed, Verdict::Failed(_), Verdict::Skipped(_)]
        ));
        assert_eq!(all[0].name, "g: a");
        assert!(is_sum("1 passed, 1 failed, 1 skipped") && !is_sum("1 passed"));
    }
}
