//! Builds and runs the coverage-guided targets in `fuzz/` with libFuzzer on the stable
//! toolchain. Those that compare link genuine libuv with its symbols renamed.

use crate::report::Context;
use crate::run;
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{cc, memcheck};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The targets, and what each is about.
pub const TARGETS: [(&str, &str); 5] = [
    ("idna", "host names, against genuine libuv"),
    ("wtf8", "WTF-8 and UTF-16, against genuine libuv"),
    ("addresses", "internet addresses, against genuine libuv"),
    ("proc", "files below /proc"),
    ("cgroup", "files about control groups"),
];

/// The flags that instrument a target's branches and comparisons for libFuzzer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Zsanitizer=address";

/// The longest input in bytes. No parser has a limit between this and a line's length.
const LONGEST: usize = 600;

/// Builds all targets; returns their directory.
pub fn build(context: &Context) -> Result<PathBuf> {
    let genuine = rename_genuine(&context.genuine()?.static_lib)?;
    let machine = memcheck::host()?;
    let target = toolbox::target().join("fuzz/build");
    let mut command = toolbox::cargo();
    command.args(["build", "--quiet", "--release", "--bins"]);
    command.args(["--target", &machine, "--manifest-path", "fuzz/Cargo.toml"]);
    command.arg("--target-dir").arg(&target);
    // The sanitizer and the passes are for nightly; RUSTC_BOOTSTRAP permits them on stable.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS);
    command.env("LIBUV_GENUINE", &genuine);
    toolbox::step("building the fuzz targets", || {
        toolbox::output(&mut command)
    })?;
    Ok(target.join(machine).join("release"))
}

/// Copies libuv's static library with `genuine_` before all its symbols; returns the
/// copy's directory.
fn rename_genuine(library: &Path) -> Result<PathBuf> {
    let dir = toolbox::target().join("fuzz/genuine");
    let renamed = dir.join("libgenuine.a");
    if !cc::is_older(&renamed, &[library.to_path_buf()]) {
        return Ok(dir);
    }
    toolbox::fresh_dir(&dir)?;
    let mut nm = Command::new("nm");
    let listed = toolbox::output(nm.args(["-g", "--defined-only"]).arg(library))?;
    let names = listed.lines().filter_map(|line| {
        let mut words = line.split_whitespace().skip(2);
        words.next().map(|name| format!("{name} genuine_{name}\n"))
    });
    let list = dir.join("names");
    std::fs::write(&list, names.collect::<String>()).doing(list.display())?;
    let mut objcopy = Command::new("objcopy");
    objcopy.arg(format!("--redefine-syms={}", list.display()));
    toolbox::output(objcopy.arg(library).arg(&renamed))?;
    Ok(dir)
}

/// Runs one target, first on the kept inputs, then on new ones for `time`; returns a line
/// about the run.
pub fn run(programs: &Path, name: &str, time: Duration, seed: u64) -> Result<String> {
    let grown = toolbox::target().join("fuzz/corpus").join(name);
    let found = toolbox::target().join("fuzz/found").join(name);
    std::fs::create_dir_all(&grown).doing(grown.display())?;
    std::fs::create_dir_all(&found).doing(found.display())?;
    let mut command = Command::new(programs.join(name));
    command.arg(&grown).args(kept(name));
    command.arg(format!("-max_total_time={}", time.as_secs()));
    // libFuzzer takes a seed of 0 for "from the clock".
    command.arg(format!("-seed={}", (seed % u64::from(u32::MAX)).max(1)));
    command.arg(format!("-artifact_prefix={}/", found.display()));
    command.arg(format!("-max_len={LONGEST}"));
    command.args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]);
    command.env("ASAN_OPTIONS", "detect_leaks=0");
    let ran = run::command(&mut command, time + Duration::from_secs(120))?;
    match ran.success() {
        true => Ok(stat(&ran.stderr)),
        false => Err(Failure(story(&ran.stderr, &ran.ending()))),
    }
}

/// The directories with inputs that the repository keeps for a target.
pub fn kept(name: &str) -> Vec<PathBuf> {
    let fuzz = toolbox::root().join("fuzz");
    let places = ["corpus", "regressions"].map(|place| fuzz.join(place).join(name));
    places.into_iter().filter(|dir| dir.is_dir()).collect()
}

fn stat(report: &str) -> String {
    let of = |what: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(what));
        line.map_or("?", str::trim).to_owned()
    };
    format!("{} inputs", of("stat::number_of_executed_units:"))
}

/// Returns what failed, and the path of the input.
fn story(report: &str, ending: &str) -> String {
    let telling = [
        "panicked at",
        "left:",
        "right:",
        "ERROR:",
        "Test unit written",
        "Base64:",
    ];
    let mut kept = vec![ending];
    let mut lines = report.lines();
    while let Some(line) = lines.next() {
        if telling.iter().any(|word| line.contains(word)) {
            kept.push(line);
        }
        if line.contains("panicked at") {
            kept.extend(lines.next());
        }
    }
    kept.join("\n")
}
