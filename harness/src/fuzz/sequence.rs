//! Runs random sequences of calls on many handles (`c-tests/fuzz/sequence.c`): on both
//! libraries if the traces must be equal, on ours alone if only invariants are checked.

use super::minimise;
use crate::report::Context;
use crate::run::{self, Finished};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{cc, memcheck};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How many sequences one process runs, each in its own child.
const BATCH: u64 = 100;

/// The time limit of a batch, enough for a few sequences that reach theirs.
const LIMIT: Duration = Duration::from_secs(300);

/// How often a sequence is run to reproduce a failure that depends on timing.
const TRIES: usize = 20;

/// One theme of `sequence.c`.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Its name in the program.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Whether the traces must be genuine libuv's.
    compared: bool,
}

/// All themes.
pub const THEMES: [Theme; 4] = [
    Theme {
        name: "turns",
        about: "timers, phases, async handles, signals; traces equal",
        compared: true,
    },
    Theme {
        name: "one",
        about: "a pipe or poll handle whose callbacks act; traces equal",
        compared: true,
    },
    Theme {
        name: "several",
        about: "pipes and poll handles whose callbacks only watch; traces equal",
        compared: true,
    },
    Theme {
        name: "all",
        about: "sockets, threads, files, children too; AddressSanitizer",
        compared: false,
    },
];

/// The compiled program, and the libraries it runs on.
pub struct Player {
    theme: Theme,
    binary: PathBuf,
    ours: PathBuf,
    genuine: Option<PathBuf>,
}

impl Player {
    /// Compiles the program for a theme. If the theme is not compared, builds our library
    /// with AddressSanitizer, which finds accesses to freed memory.
    pub fn new(theme: Theme, context: &Context) -> Result<Player> {
        let genuine = context.genuine()?;
        let (ours, out, flag) = if theme.compared {
            (context.ours()?.lib_dir.clone(), "fuzz/plain", "-O1")
        } else {
            let ours = toolbox::step("building with AddressSanitizer", memcheck::build_asan)?;
            (ours, "fuzz/asan", "-fsanitize=address")
        };
        let sources = [toolbox::root().join("c-tests/fuzz/sequence.c")];
        let binary = toolbox::target().join(out).join("sequence");
        let shared = format!("-I{}", toolbox::root().join("c-tests/diff").display());
        // The program's clock_gettime replaces libc's only if it is exported.
        let flags = ["-O1", "-Werror", "-rdynamic", flag, shared.as_str()];
        cc::compile(
            &sources,
            &genuine.include,
            &genuine.lib_dir,
            &binary,
            &flags,
        )?;
        let compared = theme.compared.then(|| genuine.lib_dir.clone());
        Ok(Player {
            theme,
            binary,
            ours,
            genuine: compared,
        })
    }

    /// Runs the sequences of consecutive seeds until `time` is up or one fails; returns how
    /// many ran.
    pub fn seeds(&self, first: u64, time: Duration) -> Result<u64> {
        let end = Instant::now() + time;
        let mut seed = first;
        while Instant::now() < end {
            self.batch(seed)?;
            seed += BATCH;
        }
        Ok(seed - first)
    }

    fn batch(&self, first: u64) -> Result {
        let words = ["seeds".to_owned(), first.to_string(), BATCH.to_string()];
        let ours = self.play(&self.ours, &words)?.stdout;
        let genuine = match &self.genuine {
            Some(library) => Some(self.play(library, &words)?.stdout),
            None => None,
        };
        let expected = genuine.as_deref().map(by_seed);
        for (at, (seed, trace)) in by_seed(&ours).into_iter().enumerate() {
            let expected = expected
                .as_ref()
                .map(|all| all.get(at).map_or("", |it| it.1));
            if judge(expected, trace).is_err() {
                return Err(self.explain(seed));
            }
        }
        let complete = by_seed(&ours).len() as u64 == BATCH;
        complete
            .then_some(())
            .ok_or(Failure(format!("seeds {first}…: the program did not end")))
    }

    /// Runs the actions in a file, repeatedly, because a failure may depend on timing.
    pub fn file(&self, path: &Path) -> Result {
        (0..self.tries()).try_for_each(|_| self.once(path))
    }

    fn tries(&self) -> usize {
        if self.theme.compared { 1 } else { TRIES }
    }

    fn once(&self, path: &Path) -> Result {
        let words = ["file".to_owned(), path.display().to_string()];
        let ours = self.play(&self.ours, &words)?;
        let genuine = match &self.genuine {
            Some(library) => Some(self.play(library, &words)?),
            None => None,
        };
        let expected = genuine.as_ref().map(|ran| ran.stdout.as_str());
        judge(expected, &ours.stdout).map_err(|why| {
            let report = toolbox::tail(ours.stderr.trim(), 40);
            Failure(format!("{why}\n{report}").trim_end().to_owned())
        })
    }

    fn play(&self, library: &Path, words: &[String]) -> Result<Finished> {
        let mut command = Command::new(&self.binary);
        command.arg(self.theme.name).args(words);
        command.env("ASAN_OPTIONS", "detect_leaks=0:allocator_may_return_null=1");
        run::command(run::on_library(&mut command, library), LIMIT)
    }

    /// Minimises a failing seed's actions, writes them to a file, and describes the failure.
    fn explain(&self, seed: u64) -> Failure {
        self.try_explain(seed).unwrap_or_else(|why| why)
    }

    fn try_explain(&self, seed: u64) -> Result<Failure> {
        let name = format!("{}-{seed}", self.theme.name);
        let file = toolbox::target().join("fuzz").join(name);
        let dumped = {
            let mut command = Command::new(&self.binary);
            command.args([self.theme.name, "dump", &seed.to_string()]);
            if let Some(genuine) = &self.genuine {
                run::on_library(&mut command, genuine);
            } else {
                run::on_library(&mut command, &self.ours);
            }
            command.output().doing("dumping the actions")?.stdout
        };
        let fails = |bytes: &[u8]| {
            let written = std::fs::write(&file, bytes);
            written.is_ok() && self.file(&file).is_err()
        };
        if !fails(&dumped) {
            return Ok(Failure(format!("seed {seed} failed once and not again")));
        }
        let fewest = minimise::fewest(&dumped, fails);
        std::fs::write(&file, &fewest).doing(file.display())?;
        let why = self.file(&file).err().unwrap_or("it fails at times".into());
        Ok(Failure(format!(
            "seed {seed}; {} actions in {}\n{why}",
            fewest.len() / minimise::ACTION,
            file.display()
        )))
    }
}

/// Splits a batch's output into traces, each with its seed.
fn by_seed(text: &str) -> Vec<(u64, &str)> {
    let mut traces = Vec::new();
    for piece in text.split("\nseed ") {
        let piece = piece.strip_prefix("seed ").unwrap_or(piece);
        if let Some((seed, trace)) = piece.split_once('\n') {
            traces.extend(seed.parse().ok().map(|seed| (seed, trace)));
        }
    }
    traces
}

/// Fails if a trace differs or reports a failure; a trace on which libuv itself fails is
/// ignored.
fn judge(expected: Option<&str>, trace: &str) -> Result {
    let ended_well = |trace: &str| trace.trim_end().ends_with("status 0");
    match expected {
        Some(genuine) if !ended_well(genuine) => Ok(()),
        Some(genuine) if genuine.trim_end() != trace.trim_end() => {
            Err(Failure(first_difference(genuine, trace)))
        }
        _ if ended_well(trace) => Ok(()),
        _ => Err(Failure(toolbox::tail(trace.trim_end(), 20))),
    }
}

/// Returns the first line that differs in both traces, and the lines before it.
fn first_difference(genuine: &str, ours: &str) -> String {
    const BEFORE: usize = 40;
    let (mut left, mut right) = (genuine.lines(), ours.lines());
    let mut same = Vec::new();
    loop {
        match (left.next(), right.next()) {
            (Some(a), Some(b)) if a == b => same.push(format!("  {a}")),
            (a, b) => {
                let start = same.len().saturating_sub(BEFORE);
                let mut text = same.split_off(start).join("\n");
                for (who, line) in [("- genuine", a), ("+ ours", b)] {
                    text += &format!("\n{who}: {}", line.unwrap_or("(the end)"));
                }
                return text;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart() {
        let text = "seed 7\nnew timer 1\nstatus 0\nseed 8\nstatus 9\n";
        assert_eq!(
            by_seed(text),
            [(7, "new timer 1\nstatus 0"), (8, "status 9\n")]
        );
    }

    #[test]
    fn a_trace_is_judged_by_its_end_and_by_genuines() {
        assert!(judge(None, "a\nstatus 0\n").is_ok());
        assert!(judge(None, "a\nFAULT: b\nstatus 256\n").is_err());
        assert!(judge(Some("a\nstatus 0"), "a\nstatus 0\n").is_ok());
        assert!(judge(Some("a\nstatus 256"), "b\nstatus 256").is_ok());
        let why = judge(Some("a\nb\nstatus 0"), "a\nc\nstatus 0").unwrap_err();
        assert_eq!(why.0, "  a\n- genuine: b\n+ ours: c");
    }
}
