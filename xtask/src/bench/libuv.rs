//! Builds libuv's own benchmark programs from the reference's sources and runs them on
//! both libraries. They print text; the rates and seconds in it are compared.

use super::stats::{self, Comparison};
use super::{Options, Sides, progress, report};
use harness::toolbox::{self, Doing, Failure, Result};
use harness::{cc, reference, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(180);
const FLAGS: &[&str] = &["-O2", "-D_GNU_SOURCE", "-w", "-ldl", "-lm"];
/// The sources of the program that are no benchmarks.
const HELPERS: &[&str] = &[
    "blackhole-server.c",
    "echo-server.c",
    "run-benchmarks.c",
    "runner.c",
    "runner-unix.c",
];

/// A line of a benchmark's output as a cost; lower is better.
type Cost = (String, f64);

/// One benchmark's result on one library.
type Said = std::result::Result<Vec<Cost>, String>;

/// Runs the benchmarks that were asked for and returns the closing line.
pub fn run(options: &Options) -> Result<String> {
    let sides = Sides::new(options)?;
    let program = build(&sides)?;
    let names = chosen(&program, &sides, options)?;
    if options.list {
        names.iter().for_each(|name| println!("  {name}"));
        return Ok(format!("{} benchmarks of libuv's own", names.len()));
    }
    println!(
        "  libuv's own benchmarks, {} rounds, interleaved; ratio genuine/ours of the cost",
        options.rounds()
    );
    println!("\n{:<44} {:>7}", "", "ratio");
    let (mut below, mut failed) = (0, 0);
    let mut json = Vec::new();
    for name in &names {
        progress(name);
        let rows = measure(&program, &sides, name, options.rounds());
        progress("");
        match rows {
            Ok(rows) if rows.is_empty() => println!("{name:<44} prints no rate"),
            Ok(rows) => {
                for (label, c) in rows {
                    below += u32::from(c.ratio < 0.97);
                    println!("{}", line(&label, &c));
                    json.push(row_json(&label, &c));
                }
            }
            Err(why) => {
                failed += u32::from(!why.starts_with("genuine"));
                println!("{name:<44} {why}");
                json.push(serde_json::json!({ "name": name, "trouble": why }));
            }
        }
    }
    if let Some(path) = &options.json {
        let all = serde_json::json!({ "rounds": options.rounds(), "libuv": json });
        std::fs::write(path, format!("{all:#}\n")).doing(path.display())?;
    }
    let text = format!(
        "{} benchmarks: {below} figures below 0.97, {failed} not run to the end on ours",
        names.len()
    );
    match failed {
        0 => Ok(text),
        _ => Err(Failure(text)),
    }
}

fn line(label: &str, c: &Comparison) -> String {
    let mark = if c.ratio < 0.97 { " <" } else { "" };
    let (min, max) = (report::ratio(c.min), report::ratio(c.max));
    format!(
        "{label:<44} {:>7} {min}..{max}{mark}",
        report::ratio(c.ratio)
    )
}

fn row_json(label: &str, c: &Comparison) -> serde_json::Value {
    serde_json::json!({ "name": label, "ratio": c.ratio, "min": c.min, "max": c.max })
}

fn build(sides: &Sides) -> Result<PathBuf> {
    let dir = reference::tree()?.join("test");
    let mut sources: Vec<PathBuf> = toolbox::files_below(&dir)?;
    sources.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_benchmark = name.starts_with("benchmark-") && name.ends_with(".c");
        is_benchmark || HELPERS.contains(&&*name)
    });
    let out = toolbox::target().join("bench/uv_run_benchmarks");
    let (include, lib) = (&sides.reference.include, &sides.reference.lib_dir);
    toolbox::step("compiling libuv's own benchmarks", || {
        cc::compile(&sources, include, lib, &out, FLAGS)
    })?;
    Ok(out)
}

/// `--list` prints one name a line, with the helpers of some behind it.
fn chosen(program: &Path, sides: &Sides, options: &Options) -> Result<Vec<String>> {
    let mut command = Command::new(program);
    run::on_library(command.arg("--list"), &sides.genuine);
    let said = run::command(&mut command, LIMIT)?.stdout;
    let names = said
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    if let Some(unknown) = options.names.iter().find(|name| !names.contains(name)) {
        return Err(Failure(format!("libuv has no benchmark {unknown}")));
    }
    names.retain(|name| options.names.is_empty() || options.names.contains(name));
    Ok(names)
}

/// Runs all rounds of one benchmark; returns a comparison per figure that it prints.
fn measure(
    program: &Path,
    sides: &Sides,
    name: &str,
    rounds: u32,
) -> std::result::Result<Vec<(String, Comparison)>, String> {
    let mut figures: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    for round in 0..rounds {
        let mut both = [Vec::new(), Vec::new()];
        for (genuine, lib_dir) in sides.in_turn(round) {
            let side = if genuine { "genuine" } else { "ours" };
            let said = once(program, lib_dir, name);
            both[usize::from(!genuine)] = said.map_err(|why| format!("{side}: {why}"))?;
        }
        let [theirs, mine] = both;
        let labels = |said: &[Cost]| said.iter().map(|cost| cost.0.clone()).collect::<Vec<_>>();
        if labels(&theirs) != labels(&mine) {
            let (theirs, mine) = (labels(&theirs), labels(&mine));
            return Err(format!("ours: prints {mine:?}, libuv {theirs:?}"));
        }
        for ((label, genuine), (_, ours)) in theirs.iter().zip(&mine) {
            match figures.iter_mut().find(|figure| figure.0 == *label) {
                Some(figure) => figure.1.push((*genuine, *ours)),
                None => figures.push((label.clone(), vec![(*genuine, *ours)])),
            }
        }
    }
    let compared = figures.into_iter();
    Ok(compared
        .map(|(label, pairs)| (label, stats::compare(&pairs)))
        .collect())
}

fn once(program: &Path, lib_dir: &Path, name: &str) -> Said {
    let mut command = Command::new(program);
    run::on_library(command.arg(name), lib_dir);
    let ended = run::command(&mut command, LIMIT).map_err(|why| why.to_string())?;
    let said = ended.stdout.clone() + &ended.stderr;
    if let Some(symbol) = ended.missing_symbol() {
        return Err(format!("missing symbol {symbol}"));
    }
    if !ended.success() || said.contains("not ok") {
        let last = toolbox::tail(said.trim(), 1);
        return Err(format!("{}: {last}", ended.ending()));
    }
    Ok(said
        .lines()
        .filter_map(|line| cost(name, line.strip_prefix("# ")?))
        .collect())
}

/// Returns the cost in a line: seconds per operation if it prints a rate, else seconds.
fn cost(name: &str, line: &str) -> Option<Cost> {
    // An indented line is one thread's share of a line above.
    if line.starts_with(' ') {
        return None;
    }
    if let Some((before, _)) = line.split_once("/s") {
        let rate = numbers(before).last().copied()?;
        return (rate > 0.0).then(|| (label(name, line), 1.0 / rate));
    }
    let (before, after) = match line.split_once(" seconds ") {
        // Its timers are due over ten seconds: time saved in one phase is spent waiting in
        // the next.
        Some((_, "init" | "dispatch" | "cleanup")) if name == "million_timers" => return None,
        Some((before, after)) => (before, after.to_owned()),
        None => (line.split_once("s.")?.0, String::new()),
    };
    let seconds = numbers(before).last().copied()?;
    Some((format!("{name} {after}").trim().to_owned(), seconds))
}

/// Returns the name and the text that distinguishes this line from its neighbours.
fn label(name: &str, line: &str) -> String {
    match line.split_once(" (") {
        Some((_, rest)) if rest.contains("): ") => {
            let kind = rest.split(')').next().unwrap_or_default();
            format!("{name} ({kind})")
        }
        _ => match line.split_once(": ") {
            Some((who, _)) if who.ends_with("_server") => format!("{name} (server)"),
            _ => name.to_owned(),
        },
    }
}

/// Returns the numbers in a text; commas group thousands.
fn numbers(text: &str) -> Vec<f64> {
    let text = text.replace(',', "");
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_figure_in_the_prose() {
        let of = |line: &str| cost("x", line).map(|(label, c)| (label, (1.0 / c).round()));
        let some = |label: &str, rate: f64| Some((label.to_owned(), rate));
        assert_eq!(of("async1: 35.23 sec (28,388/sec)"), some("x", 28388.0));
        assert_eq!(
            of("loop_count: 26802189 ticks (5360438 ticks/s)"),
            some("x", 5360438.0)
        );
        assert_eq!(
            of("100,000 stats (2 concurrent): 1.94s (51,624/s)"),
            some("x (2 concurrent)", 51624.0)
        );
        assert_eq!(of("y_server: 35.0 gbit/s"), some("x (server)", 35.0));
        assert_eq!(
            of("p: 242000/s received, 9/s sent. 9 received in 4.1 seconds."),
            some("x", 242000.0)
        );
        assert_eq!(of("  thread #0: 6872 accepts/sec (1 total)"), None);
        assert_eq!(of("uv_tcp_t: 248 bytes"), None);
        let seconds = |line: &str| cost("x", line);
        assert_eq!(
            seconds("1000000 write requests in 0.83s."),
            Some(("x".to_owned(), 0.83))
        );
        assert_eq!(cost("million_timers", "4.58 seconds dispatch"), None);
        assert_eq!(
            seconds("4.58 seconds init"),
            Some(("x init".to_owned(), 4.58))
        );
    }
}
