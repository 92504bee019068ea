//! The part of `cargo xtask test` called `install`: what a prefix holds.

use super::place::Place;
use super::{compare, debug, install};
use harness::ours;
use harness::report::{Context, Outcome};
use harness::run;
use harness::toolbox::{self, Doing, Failure, Result};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// There is a page for each function that the header declares, and each says what the
/// function does.
fn manual_pages(prefix: &Path) -> Result {
    let mut text = String::new();
    for header in ["include/uv.h", "include/uvx.h"].map(|name| prefix.join(name)) {
        text += &std::fs::read_to_string(&header).doing(header.display())?;
    }
    let declared = text.lines().filter(|line| line.starts_with("UV_EXTERN "));
    let pages = toolbox::files_below(&prefix.join("share/man/man3"))?;
    let mut silent = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).doing(page.display())?;
        let said = text.split(".SH DESCRIPTION\n").nth(1).unwrap_or_default();
        if !said.starts_with(|c: char| c.is_ascii_uppercase()) {
            silent.push(page.display().to_string());
        }
    }
    match (declared.count() == pages.len(), silent.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(Failure(format!("{} pages", pages.len()))),
        _ => Err(Failure(format!("nothing is said in {silent:?}"))),
    }
}

/// The stripped shared library stays below this.
const MAX_SIZE: u64 = 700 * 1000;

/// Runs the part.
pub fn check(context: &Context) -> Vec<Outcome> {
    let prefix = match context.prefix() {
        Ok(prefix) => prefix,
        Err(why) => return Outcome::broken("install", why),
    };
    let shared = prefix.join("lib/libuv.so.1.0.0");
    let tests: [(&str, &dyn Fn() -> Result); 9] = [
        ("size of libuv.so", &|| small(&shared)),
        ("soname and needed libraries", &|| {
            ours::dependencies(&shared)
        }),
        ("names in libuv.so", &|| same_names(context, &prefix)),
        ("names in libuv.a", &|| static_names(&prefix)),
        ("with a destdir", &|| destdir(context)),
        ("manual pages", &|| manual_pages(&prefix)),
        ("notices of what is linked in", &|| notices(&prefix)),
        ("without a network", &no_network),
        ("without a tool", &no_tool),
    ];
    let wanted = tests.iter().filter(|(name, _)| context.wants(name));
    let mut outcomes: Vec<Outcome> = wanted
        .map(|(name, test)| Outcome::of(*name, test()))
        .collect();
    outcomes.extend(compare::check(context, &prefix));
    outcomes.extend(debug::check(context, &prefix));
    outcomes
}

fn small(library: &Path) -> Result {
    let size = std::fs::metadata(library).doing(library.display())?.len();
    toolbox::note(format_args!("libuv.so.1.0.0 has {size} bytes"));
    match size < MAX_SIZE {
        true => Ok(()),
        false => Err(Failure(format!("{size} bytes; {MAX_SIZE} are allowed"))),
    }
}

/// The names that a library defines for others.
fn names(flag: &str, library: &Path) -> Result<BTreeSet<String>> {
    let mut nm = Command::new("nm");
    nm.arg(flag).arg("--defined-only").arg(library);
    let listing = toolbox::output(&mut nm)?;
    let names = listing
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2));
    Ok(names.map(String::from).collect())
}

/// The shared library exports what libuv's does and the extensions that `uvx.h` declares, no more
/// and no less.
fn same_names(context: &Context, prefix: &Path) -> Result {
    let ours = names("-D", &prefix.join("lib/libuv.so"))?;
    let theirs = names("-D", &context.genuine()?.lib_dir.join("libuv.so"))?;
    let header = prefix.join("include/uvx.h");
    let header = std::fs::read_to_string(&header).doing(header.display())?;
    let declared = |name: &String| header.contains(&format!(" {name}("));
    let missing: Vec<_> = theirs.difference(&ours).cloned().collect();
    let (extensions, foreign): (Vec<_>, Vec<_>) = ours
        .difference(&theirs)
        .cloned()
        .partition(|name| name.starts_with("uvx_") && declared(name));
    if extensions.len() != header.matches("UV_EXTERN ").count() {
        return Err(Failure(format!("of uvx.h it has only {extensions:?}")));
    }
    match missing.is_empty() && foreign.is_empty() {
        true => Ok(()),
        false => Err(Failure(format!(
            "missing: {missing:?}; not libuv's: {foreign:?}"
        ))),
    }
}

/// The static library shows the same names, whatever else is inside.
fn static_names(prefix: &Path) -> Result {
    let shared = names("-D", &prefix.join("lib/libuv.so"))?;
    let within = names("-g", &prefix.join("lib/libuv.a"))?;
    match shared.symmetric_difference(&within).next() {
        None => Ok(()),
        Some(name) => Err(Failure(format!("{name} is in one library only"))),
    }
}

/// With a destdir the files lie below it and speak of the prefix alone, and of another
/// directory for the libraries.
fn destdir(context: &Context) -> Result {
    let destdir = toolbox::fresh_dir(&toolbox::target().join("destdir"))?;
    let place = Place {
        libdir: PathBuf::from("/opt/uv/lib/some-machine"),
        destdir: Some(destdir.clone()),
        ..Place::at(Path::new("/opt/uv"))
    };
    install(context.ours()?, &place)?;
    let libdir = destdir.join("opt/uv/lib/some-machine");
    let text = |name: &str| std::fs::read_to_string(libdir.join(name)).doing(name);
    let pc = text("pkgconfig/libuv.pc")?;
    if !pc.contains("libdir=/opt/uv/lib/some-machine\n") || pc.contains("destdir") {
        return Err(Failure(format!("libuv.pc says:\n{pc}")));
    }
    let config = text("cmake/libuv/libuvConfig.cmake")?;
    let ways = ["_libuv_here}/../..\"", "_libuv_here}/../../../../include\""];
    match ways.iter().all(|way| config.contains(way)) && libdir.join("libuv.so").exists() {
        true => Ok(()),
        false => Err(Failure(format!("libuvConfig.cmake says:\n{config}"))),
    }
}

/// `LICENSE-extra` names each crate that is linked in, and the standard library's.
fn notices(prefix: &Path) -> Result {
    let notices = prefix.join("share/doc/libuv/LICENSE-extra");
    let notices = std::fs::read_to_string(&notices).doing(notices.display())?;
    let mut tree = toolbox::cargo();
    tree.args(["tree", "--package", "libuv-rs", "--edges", "normal"]);
    tree.args([
        "--offline",
        "--locked",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let crates = toolbox::output(&mut tree)?;
    let crates = crates.lines().filter_map(|line| line.split(' ').next());
    let named = |name: &str| {
        let line = |line: &str| line.split_whitespace().next() == Some(name);
        notices.lines().any(line)
    };
    let from_cargo: BTreeSet<&str> = crates.filter(|name| *name != "libuv-rs").collect();
    let unnamed: Vec<_> = from_cargo.iter().filter(|name| !named(name)).collect();
    match unnamed.is_empty() && from_cargo.len() > 1 && named("std") {
        true => Ok(()),
        false => Err(Failure(format!(
            "of {from_cargo:?}, no notice of {unnamed:?}"
        ))),
    }
}

/// Starts the command by itself in an environment of its own; returns the last line that it
/// writes when it fails.
fn refusal(root: &Path, environment: &[(&str, &OsStr)]) -> Result<String> {
    let mut xtask = Command::new(std::env::current_exe()?);
    xtask.args(["install", "--prefix"]).arg(root.join("prefix"));
    xtask.env("CARGO_TARGET_DIR", root.join("target"));
    xtask
        .env_remove("LIBUV_OURS")
        .envs(environment.iter().copied());
    let done = run::command(&mut xtask, Duration::from_secs(60))?;
    if done.success() || done.stderr.contains("error: ") {
        return Err(Failure(done.story()));
    }
    let last = done.stderr.lines().last();
    Ok(last.unwrap_or_default().to_owned())
}

fn told(what: &str, part: &str) -> Result {
    match what.contains(part) {
        true => Ok(()),
        false => Err(Failure(format!("it said: {what}"))),
    }
}

/// Without the crates and without a network, it says in one sentence what to fetch.
fn no_network() -> Result {
    let root = toolbox::fresh_dir(&toolbox::target().join("no-network"))?;
    let home = root.join("cargo-home");
    let environment = [
        ("CARGO_HOME", home.as_os_str()),
        ("CARGO_NET_OFFLINE", "true".as_ref()),
    ];
    let said = refusal(&root, &environment)?;
    told(&said, ": run `cargo fetch --locked` in ")?;
    std::fs::remove_dir_all(&root).doing(root.display())
}

/// Without a tool, it names the tool's package.
fn no_tool() -> Result {
    let root = toolbox::fresh_dir(&toolbox::target().join("no-tool"))?;
    let said = refusal(&root, &[("PATH", root.as_os_str())])?;
    told(&said, "cc is needed: apt-get install gcc")?;
    std::fs::write(root.join("cc"), "").doing("cc")?;
    let said = refusal(&root, &[("PATH", root.as_os_str())])?;
    told(&said, "nm is needed: apt-get install binutils")?;
    std::fs::remove_dir_all(&root).doing(root.display())
}
