//! `cargo xtask bench`: runs C programs, compiled once against the reference's header, on
//! both libraries in turn (A B, B A) for several rounds. Each round's pair is compared, so
//! that a change of the machine's speed affects both sides. Reports the medians and the
//! spread of the pairs.

mod launch;
mod libuv;
mod list;
mod plot;
mod report;
mod stats;
mod trace;

use crate::args::Args;
use harness::cc;
use harness::ours::{self, Profile};
use harness::reference::{self, Genuine};
use harness::toolbox::{self, Doing, Failure, Result};
use launch::{Bed, Trouble};
use list::Bench;
use report::{Entry, Figures, Report};
use stats::Sample;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

pub const ABOUT: &str = "run the benchmarks on both libraries";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask bench [NAME...] [OPTIONS]

Runs C programs on genuine libuv and on ours by turns and compares their costs
per operation. A NAME may be the beginning of several (tcp-echo); `all` adds the
sweeps over scale to the default list, `scale` runs only those.

  --list            name the benchmarks
  --rounds N        pairs of runs (7)
  --ms N            how long a program measures, in ms (300)
  --quick           3 rounds of 100 ms: a look, not a result
  --syscalls        count system calls per operation too (needs strace)
  --json FILE       write everything that was measured
  --plot FILE.svg   draw it
  --no-pin          do not keep a server and its load on a core each
  --libuv           libuv's own benchmark programs in place of ours (3 rounds)
  --genuine DIR     the directory of another libuv.so.1 for the genuine side
  --ours DIR        the same for our side, to compare two builds

Let the machine do nothing else meanwhile.",
    )
}

/// The command's options.
#[derive(Clone, Debug, Default)]
struct Options {
    /// Names, or beginnings of names; the default list when empty.
    names: Vec<String>,
    /// How many pairs of runs; 7 unless told, 3 when quick.
    rounds: Option<u32>,
    /// For how long a program measures, in ms; 300 unless told, 100 when quick.
    ms: Option<u32>,
    /// Where to write everything that was measured.
    json: Option<PathBuf>,
    /// Where to draw it.
    plot: Option<PathBuf>,
    /// Count system calls too.
    syscalls: bool,
    /// Only name the benchmarks.
    list: bool,
    /// Few and short rounds: a look, not a result.
    quick: bool,
    /// libuv's own benchmark programs in place of ours.
    libuv: bool,
    /// Do not keep servers and their load on a core each.
    no_pin: bool,
    /// The directory of another `libuv.so.1` to stand on the genuine side.
    genuine: Option<PathBuf>,
    /// The directory of another `libuv.so.1` to stand on our side.
    ours: Option<PathBuf>,
}

impl Options {
    fn new(args: &mut Args) -> Result<Self> {
        Ok(Options {
            rounds: args.count("--rounds")?,
            ms: args.count("--ms")?,
            json: args.value("--json")?,
            plot: args.value("--plot")?,
            syscalls: args.flag("--syscalls"),
            list: args.flag("--list"),
            quick: args.flag("--quick"),
            libuv: args.flag("--libuv"),
            no_pin: args.flag("--no-pin"),
            genuine: args.value("--genuine")?,
            ours: args.value("--ours")?,
            names: args.names()?,
        })
    }

    /// Refuses options whose failure would show only after all rounds.
    fn check(&self) -> Result {
        if self.syscalls && !toolbox::have("strace") {
            return Err("strace is not here: apt-get install strace".into());
        }
        let unsupported = self.libuv && (self.syscalls || self.plot.is_some());
        if unsupported {
            return Err("--libuv has neither --syscalls nor --plot".into());
        }
        for path in self.json.iter().chain(&self.plot) {
            let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
            if dir.is_some_and(|dir| !dir.is_dir()) {
                return Err(Failure(format!("{}: no such directory", path.display())));
            }
        }
        Ok(())
    }

    fn rounds(&self) -> u32 {
        let usual = match (self.quick, self.libuv) {
            (true, true) => 1,
            (true, false) | (false, true) => 3,
            (false, false) => 7,
        };
        self.rounds.unwrap_or(usual)
    }

    fn ms(&self) -> u64 {
        let usual = if self.quick { 100 } else { 300 };
        self.ms.unwrap_or(usual).into()
    }
}

/// The two libraries that are compared.
struct Sides {
    reference: Genuine,
    genuine: PathBuf,
    ours: PathBuf,
}

impl Sides {
    fn new(options: &Options) -> Result<Self> {
        let reference = reference::build()?;
        let genuine = match &options.genuine {
            Some(dir) => library_dir(dir)?,
            None => reference.lib_dir.clone(),
        };
        let ours = match &options.ours {
            Some(dir) => library_dir(dir)?,
            None => {
                let build = || ours::build(Profile::Release);
                toolbox::step("building the library (release)", build)?.lib_dir
            }
        };
        Ok(Sides {
            reference,
            genuine,
            ours,
        })
    }

    /// Returns both, in the order of a round: A B in even ones, B A in odd ones.
    fn in_turn(&self, round: u32) -> [(bool, &Path); 2] {
        let (genuine, ours) = ((true, &*self.genuine), (false, &*self.ours));
        match round % 2 {
            0 => [genuine, ours],
            _ => [ours, genuine],
        }
    }
}

fn library_dir(dir: &Path) -> Result<PathBuf> {
    let dir = dir.canonicalize().doing(dir.display())?;
    match dir.join("libuv.so.1").exists() {
        true => Ok(dir),
        false => Err(Failure(format!("no libuv.so.1 in {}", dir.display()))),
    }
}

/// Runs the benchmarks and returns the closing line.
pub fn run(args: &mut Args) -> Result<String> {
    let options = &Options::new(args)?;
    options.check()?;
    if options.libuv {
        return libuv::run(options);
    }
    let chosen = list::chosen(&options.names);
    if chosen.is_empty() {
        return Err("no benchmark has such a name; try --list".into());
    }
    if options.list {
        report::print_list(&chosen);
        return Ok(format!("{} benchmarks", chosen.len()));
    }
    let sides = Sides::new(options)?;
    let programs = compile(&sides.reference)?;
    let scratch = toolbox::fresh_dir(&toolbox::target().join("bench/scratch"))?;
    let bed = Bed {
        programs: &programs,
        scratch: &scratch,
        ms: options.ms(),
        pin: !options.no_pin,
    };
    let mut report = Report::new(options, &sides);
    report.print_head();
    for bench in chosen {
        progress(&bench.name);
        let figures = measure(&bed, &sides, &bench, options);
        progress("");
        report.add(Entry { bench, figures });
    }
    write_files(options, &report)?;
    report.closing()
}

fn write_files(options: &Options, report: &Report) -> Result {
    if let Some(path) = &options.json {
        std::fs::write(path, report.json()).doing(path.display())?;
        println!("  wrote {}", path.display());
    }
    if let Some(path) = &options.plot {
        std::fs::write(path, plot::svg(report)).doing(path.display())?;
        println!("  wrote {}", path.display());
    }
    Ok(())
}

/// Compiles every program of `c-tests/bench`; each runs on both libraries.
fn compile(reference: &Genuine) -> Result<PathBuf> {
    let out = toolbox::target().join("bench");
    for source in toolbox::files_below(&toolbox::root().join("c-tests/bench"))? {
        if source.extension().is_none_or(|extension| extension != "c") {
            continue;
        }
        let program = out.join(source.file_stem().unwrap_or_default());
        let (include, lib) = (&reference.include, &reference.lib_dir);
        // --as-needed: the load generator calls no libuv function and must not load it.
        let flags = ["-O2", "-Werror", "-Wl,--as-needed"];
        cc::compile(&[source], include, lib, &program, &flags)?;
    }
    Ok(out)
}

/// Runs all rounds of one benchmark.
fn measure(bed: &Bed, sides: &Sides, bench: &Bench, options: &Options) -> Figures {
    let mut pairs = Vec::new();
    for round in 0..options.rounds() {
        let mut pair: [Option<Sample>; 2] = [None, None];
        for (genuine, lib_dir) in sides.in_turn(round) {
            match bed.sample(&bench.kind, lib_dir, None) {
                Ok(sample) => pair[usize::from(!genuine)] = Some(sample),
                Err(trouble) => return Figures::Trouble { genuine, trouble },
            }
        }
        if let [Some(genuine), Some(ours)] = pair {
            pairs.push((genuine, ours));
        }
    }
    let mut calls = None;
    if options.syscalls {
        let count = |genuine, lib_dir| {
            let counted = count_calls(bed, bench, lib_dir);
            counted.map_err(|trouble| Figures::Trouble { genuine, trouble })
        };
        let (genuine, ours) = (count(true, &sides.genuine), count(false, &sides.ours));
        match (genuine, ours) {
            (Ok(genuine), Ok(ours)) => calls = Some([genuine, ours]),
            (Err(trouble), _) | (_, Err(trouble)) => return trouble,
        }
    }
    Figures::Measured { pairs, calls }
}

/// System calls of one library, per operation, by name.
pub(crate) type Calls = Vec<(String, f64)>;

fn count_calls(bed: &Bed, bench: &Bench, lib_dir: &Path) -> std::result::Result<Calls, Trouble> {
    let mut trace = trace::Trace::new(bed.scratch);
    let sample = bed.sample(&bench.kind, lib_dir, Some(&mut trace))?;
    let per_op = trace.calls.into_iter();
    Ok(per_op.map(|(name, n)| (name, n / sample.ops)).collect())
}

/// Shows the running benchmark on a terminal; an empty text erases it.
fn progress(what: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{what}");
    }
}
