//! Prints the results as a table, and as JSON.

use super::launch::Trouble;
use super::list::{Bench, Judge};
use super::stats::{self, Comparison, Sample};
use super::{Calls, Options, Sides};
use harness::toolbox::{Failure, Result};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The result of one benchmark.
pub enum Figures {
    /// Pairs of samples, genuine and ours, and the system calls if counted.
    Measured {
        /// One pair per round.
        pairs: Vec<(Sample, Sample)>,
        /// Per operation: genuine, ours.
        calls: Option<[Calls; 2]>,
    },
    /// It failed.
    Trouble {
        /// Whether on the genuine side.
        genuine: bool,
        /// Why.
        trouble: Trouble,
    },
}

/// A benchmark and its result.
pub struct Entry {
    /// The benchmark.
    pub bench: Bench,
    /// Its figures.
    pub figures: Figures,
}

impl Entry {
    /// Returns the wall-clock cost per operation.
    pub fn wall(&self) -> Option<Comparison> {
        self.compare(|sample| sample.wall)
    }

    /// Returns the CPU cost per operation, unless bytes are measured.
    pub fn cpu(&self) -> Option<Comparison> {
        match self.bench.judge {
            Judge::Bytes => None,
            _ => self.compare(|sample| sample.cpu),
        }
    }

    /// Returns the comparison that is judged.
    pub fn judged(&self) -> Option<Comparison> {
        match self.bench.judge {
            Judge::Cpu => self.cpu(),
            Judge::Wall | Judge::Bytes => self.wall(),
        }
    }

    fn compare(&self, cost: fn(&Sample) -> f64) -> Option<Comparison> {
        let Figures::Measured { pairs, .. } = &self.figures else {
            return None;
        };
        let costs = pairs
            .iter()
            .map(|(genuine, ours)| (cost(genuine) / genuine.ops, cost(ours) / ours.ops));
        Some(stats::compare(&costs.collect::<Vec<_>>()))
    }

    /// Returns whether the target is reached, if there is one.
    pub fn reached(&self) -> Option<bool> {
        Some(self.judged()?.ratio >= self.bench.target?)
    }
}

/// Everything that was measured, and how.
pub struct Report {
    rounds: u32,
    ms: u64,
    syscalls: bool,
    /// The two libraries, if the command line names others.
    others: Option<[PathBuf; 2]>,
    /// In the order in which they ran.
    pub entries: Vec<Entry>,
}

impl Report {
    /// Creates an empty report.
    pub fn new(options: &Options, sides: &Sides) -> Self {
        let others = options.genuine.is_some() || options.ours.is_some();
        Report {
            rounds: options.rounds(),
            ms: options.ms(),
            syscalls: options.syscalls,
            others: others.then(|| [sides.genuine.clone(), sides.ours.clone()]),
            entries: Vec::new(),
        }
    }

    /// Returns a line about the machine and the options.
    pub fn conditions(&self) -> String {
        format!(
            "{} rounds of {} ms, interleaved; Linux {}, {} cores; cost per operation, \
             ratio genuine/ours (above 1, ours is better) and its range",
            self.rounds,
            self.ms,
            kernel(),
            harness::one_cpu::allowed().len()
        )
    }

    /// Prints the table's head.
    pub fn print_head(&self) {
        println!("  {}", self.conditions());
        if let Some([genuine, ours]) = &self.others {
            println!("  genuine is {}", genuine.display());
            println!("  ours is {}", ours.display());
        }
        println!("  * marks the figure that decides; < one that is below its target");
        println!(
            "\n{:<22} {:>10} {:>10} {:>7} {:<15}  {:>10} {:>10} {:>7} {:<15} {:>6}",
            "", "wall genu.", "ours", "ratio", "", "CPU genu.", "ours", "ratio", "", "target"
        );
    }

    /// Adds an entry and prints its line.
    pub fn add(&mut self, entry: Entry) {
        println!("{}", line(&entry));
        if self.syscalls {
            print_calls(&entry);
        }
        self.entries.push(entry);
    }

    /// Returns the closing line, or an error if a benchmark failed.
    pub fn closing(&self) -> Result<String> {
        let count = |wanted: fn(&Entry) -> bool| self.entries.iter().filter(|e| wanted(e)).count();
        let failed = count(|e| matches!(e.figures, Figures::Trouble { .. }));
        let below = count(|e| e.reached() == Some(false));
        let slower =
            count(|e| e.bench.target.is_some() && e.judged().is_some_and(|c| c.ratio < 0.9));
        let text = format!(
            "{} benchmarks: {} measured, {below} below target, {slower} below 0.9; \
             {failed} failed",
            self.entries.len(),
            self.entries.len() - failed,
        );
        match failed {
            0 => Ok(text),
            _ => Err(Failure(text)),
        }
    }

    /// Returns all results as JSON.
    pub fn json(&self) -> String {
        let all = json!({
            "rounds": self.rounds,
            "ms": self.ms,
            "kernel": kernel(),
            "cpu": cpu_model(),
            "cores": harness::one_cpu::allowed().len(),
            "libraries": self.others,
            "benchmarks": self.entries.iter().map(entry_json).collect::<Vec<_>>(),
        });
        format!("{all:#}\n")
    }
}

/// Prints the list of benchmarks.
pub fn print_list(benches: &[Bench]) {
    for bench in benches {
        println!("  {:<24} {}", bench.name, bench.about);
    }
}

fn line(entry: &Entry) -> String {
    let bench = &entry.bench;
    if let Figures::Trouble { genuine, trouble } = &entry.figures {
        let side = if *genuine { "genuine" } else { "ours" };
        let why = match trouble {
            Trouble::Missing(symbol) => format!("missing symbol {symbol}"),
            Trouble::Failed(why) => format!("FAILED: {why}"),
        };
        return format!("{:<22} {side}: {why}", bench.name);
    }
    let unit = match bench.judge {
        Judge::Bytes => |bytes| format!("{bytes:.0} B"),
        _ => stats::time,
    };
    let target = bench.target.map_or(String::new(), |t| format!("{t}"));
    let below = if entry.reached() == Some(false) {
        " <"
    } else {
        ""
    };
    format!(
        "{:<22} {}  {} {:>6}{below}",
        bench.name,
        columns(entry.wall(), unit, bench.judge != Judge::Cpu),
        columns(entry.cpu(), unit, bench.judge == Judge::Cpu),
        target
    )
}

fn columns(comparison: Option<Comparison>, unit: fn(f64) -> String, decides: bool) -> String {
    let Some(c) = comparison else {
        return format!("{:>10} {:>10} {:>7} {:<15}", "", "", "", "");
    };
    let mark = if decides { "*" } else { " " };
    let range = format!("{}..{}", ratio(c.min), ratio(c.max));
    format!(
        "{:>10} {:>10} {:>6}{mark} {range:<15}",
        unit(c.genuine),
        unit(c.ours),
        ratio(c.ratio)
    )
}

/// Formats a ratio, a large one with fewer decimals.
pub fn ratio(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

fn print_calls(entry: &Entry) {
    let Figures::Measured {
        calls: Some([genuine, ours]),
        ..
    } = &entry.figures
    else {
        return;
    };
    for (side, calls) in [("genuine", genuine), ("ours", ours)] {
        let total: f64 = calls.iter().map(|call| call.1).sum();
        let most = calls.iter().filter(|call| call.1 >= 0.005).take(6);
        let most: Vec<_> = most.map(|(name, n)| format!("{name} {n:.2}")).collect();
        println!(
            "  {side:>20} {total:8.2} calls per operation: {}",
            most.join(", ")
        );
    }
}

fn entry_json(entry: &Entry) -> Value {
    let bench = &entry.bench;
    let mut value = json!({
        "name": bench.name,
        "operation": bench.about,
        "judge": match bench.judge {
            Judge::Cpu => "cpu",
            Judge::Wall => "wall",
            Judge::Bytes => "bytes",
        },
        "target": bench.target,
    });
    match &entry.figures {
        Figures::Trouble { genuine, trouble } => {
            value["side"] = json!(if *genuine { "genuine" } else { "ours" });
            match trouble {
                Trouble::Missing(symbol) => value["missing"] = json!(symbol),
                Trouble::Failed(why) => value["failed"] = json!(why),
            }
        }
        Figures::Measured { pairs, calls } => {
            value["reached"] = json!(entry.reached());
            let first = match bench.judge {
                Judge::Bytes => "bytes",
                _ => "wall_ns",
            };
            value[first] = comparison_json(entry.wall());
            if bench.judge != Judge::Bytes {
                value["cpu_ns"] = comparison_json(entry.cpu());
            }
            value["rounds"] = pairs.iter().map(pair_json).collect();
            if let Some([genuine, ours]) = calls {
                value["calls"] =
                    json!({ "genuine": calls_json(genuine), "ours": calls_json(ours) });
            }
        }
    }
    value
}

fn comparison_json(comparison: Option<Comparison>) -> Value {
    let Some(c) = comparison else {
        return Value::Null;
    };
    json!({ "genuine": c.genuine, "ours": c.ours, "ratio": c.ratio, "min": c.min, "max": c.max })
}

fn pair_json((genuine, ours): &(Sample, Sample)) -> Value {
    let one = |s: &Sample| json!({ "ops": s.ops, "wall": s.wall, "cpu": s.cpu });
    json!({ "genuine": one(genuine), "ours": one(ours) })
}

fn calls_json(calls: &Calls) -> Value {
    let total: f64 = calls.iter().map(|call| call.1).sum();
    let by_name: serde_json::Map<_, _> = calls
        .iter()
        .map(|(name, n)| (name.clone(), json!(n)))
        .collect();
    json!({ "total": total, "by_name": by_name })
}

fn kernel() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    text.trim().to_owned()
}

fn cpu_model() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split(": ").nth(1));
    name.unwrap_or("unknown").to_owned()
}
