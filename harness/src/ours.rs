//! Builds our library with cargo and arranges it under libuv's file names.

use crate::toolbox::{self, Doing, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How to build it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Optimised, as it is installed.
    Release,
    /// With debug assertions.
    Debug,
}

/// What a C compiler and the loader need of our library.
#[derive(Clone, Debug)]
pub struct Ours {
    /// Holds `uv.h`.
    pub include: PathBuf,
    /// Holds `libuv.so`, `libuv.so.1`, `libuv.so.1.0.0` and `libuv.a`.
    pub lib_dir: PathBuf,
    /// `libuv.a`.
    pub static_lib: PathBuf,
}

/// The cargo command that builds the libraries that C links. The rlib is left out: with
/// it cargo does no link-time optimisation.
pub const RUSTC: [&str; 7] = [
    "rustc",
    "--quiet",
    "--package",
    "libuv-rs",
    "--lib",
    "--crate-type",
    "cdylib,staticlib",
];

/// Builds the library. If `LIBUV_OURS` names an installed prefix, returns that instead.
pub fn build(profile: Profile) -> Result<Ours> {
    if let Some(prefix) = std::env::var_os("LIBUV_OURS") {
        let prefix = PathBuf::from(prefix);
        return Ok(at(&prefix.join("include"), &prefix.join("lib")));
    }
    let mut command = toolbox::cargo();
    command.args(RUSTC);
    command.arg("--target-dir").arg(toolbox::target());
    let built = match profile {
        Profile::Release => {
            command.arg("--release");
            toolbox::target().join("release")
        }
        Profile::Debug => toolbox::target().join("debug"),
    };
    toolbox::output(&mut command).map_err(offline)?;
    let lib_dir = toolbox::target().join("ours").join(match profile {
        Profile::Release => "release",
        Profile::Debug => "debug",
    });
    lay_out(&built.join("libuv.so"), &built.join("libuv.a"), &lib_dir)?;
    Ok(at(&toolbox::root().join("include"), &lib_dir))
}

/// Replaces what cargo says when it cannot fetch crates by what is to be done.
fn offline(why: Failure) -> Failure {
    let signs = [
        "spurious network error",
        "failed to get ",
        "failed to download ",
        "no matching package named ",
        "in offline mode",
        "you're using offline mode",
    ];
    if !signs.iter().any(|sign| why.0.contains(sign)) {
        return why;
    }
    Failure(format!(
        "cargo has not all crates that Cargo.lock names, and cannot fetch them now: run \
         `cargo fetch --locked` in {} while there is a network",
        toolbox::root().display()
    ))
}

/// Builds the library for a target triple below `target/NAME`; returns the directory to
/// load it from.
pub fn build_elsewhere(name: &str, machine: &str, environment: &[(&str, &str)]) -> Result<PathBuf> {
    let target = toolbox::target().join(name);
    let mut command = toolbox::cargo();
    command.args(RUSTC).args(["--release", "--target", machine]);
    command.arg("--target-dir").arg(&target);
    command.envs(environment.iter().copied());
    toolbox::output(&mut command)?;
    let built = target.join(machine).join("release");
    let lib_dir = target.join("lib");
    lay_out(&built.join("libuv.so"), &built.join("libuv.a"), &lib_dir)?;
    Ok(lib_dir)
}

/// Copies the two libraries into a directory under libuv's file names.
pub fn lay_out(shared: &Path, static_lib: &Path, lib_dir: &Path) -> Result {
    std::fs::create_dir_all(lib_dir).doing(lib_dir.display())?;
    replace(shared, &lib_dir.join("libuv.so.1.0.0"))?;
    replace(static_lib, &lib_dir.join("libuv.a"))?;
    toolbox::relink("libuv.so.1.0.0", &lib_dir.join("libuv.so.1"))?;
    toolbox::relink("libuv.so.1", &lib_dir.join("libuv.so"))
}

/// Replaces a file by rename, so that programs that have the old one mapped keep it.
fn replace(from: &Path, to: &Path) -> Result {
    let new = to.with_extension("new");
    std::fs::copy(from, &new).doing(from.display())?;
    std::fs::rename(&new, to).doing(to.display())
}

fn at(include: &Path, lib_dir: &Path) -> Ours {
    Ours {
        include: include.to_path_buf(),
        lib_dir: lib_dir.to_path_buf(),
        static_lib: lib_dir.join("libuv.a"),
    }
}

/// The package's version, which is also that of libuv's interface.
pub fn version() -> Result<String> {
    let path = toolbox::root().join("Cargo.toml");
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("version = "));
    let version = line.map(|value| value.trim_matches('"').to_owned());
    version.ok_or_else(|| Failure(format!("{}: no version", path.display())))
}

/// What the shared library may need of the system.
const MAY_NEED: &[&str] = &["libc.so.6", "libgcc_s.so.1"];

/// Checks the soname, and the libraries that are loaded with it.
pub fn dependencies(library: &Path) -> Result {
    let dynamic = toolbox::output(Command::new("readelf").arg("-dW").arg(library))?;
    let value = |line: &str| {
        let (_, rest) = line.split_once('[')?;
        Some(rest.trim_end().trim_end_matches(']').to_owned())
    };
    for line in dynamic.lines() {
        let name = value(line).unwrap_or_default();
        let is_loader = name.starts_with("ld-linux");
        if line.contains("(NEEDED)") && !is_loader && !MAY_NEED.contains(&name.as_str()) {
            return Err(Failure(format!("it needs {name}")));
        }
    }
    let soname = dynamic
        .lines()
        .find(|line| line.contains("(SONAME)"))
        .and_then(value);
    match soname.as_deref() {
        Some("libuv.so.1") => Ok(()),
        other => Err(Failure(format!("its soname is {other:?}"))),
    }
}
