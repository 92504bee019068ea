//! Compiles C programs, and only when something they are made of has changed.

use crate::toolbox::{self, Doing, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The C compiler: `$CC`, or `cc`.
pub fn compiler() -> Command {
    Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()))
}

/// Compiles and links one program against the `libuv.so` in `lib_dir`.
///
/// Symbols are bound lazily, so the program starts on a library that lacks some
/// of them and fails only where it calls one. `flags` come before the sources,
/// except those that start with `-l`, which come last.
pub fn compile(
    sources: &[PathBuf],
    include: &Path,
    lib_dir: &Path,
    out: &Path,
    flags: &[&str],
) -> Result {
    let (libraries, options): (Vec<&str>, Vec<&str>) =
        flags.iter().partition(|flag| flag.starts_with("-l"));
    let mut command = compiler();
    command.args(["-std=gnu11", "-g", "-Wall", "-Wextra", "-pthread"]);
    command.arg("-I").arg(include).args(options).args(sources);
    command.arg("-o").arg(out).arg("-L").arg(lib_dir);
    command.args(["-Wl,-z,lazy", "-luv"]).args(libraries);
    if !is_stale(&command, sources, include, out)? {
        return Ok(());
    }
    if let Some(dir) = out.parent() {
        std::fs::create_dir_all(dir).doing(dir.display())?;
    }
    toolbox::output(&mut command)?;
    std::fs::write(stamp(out), line(&command)).doing(out.display())
}

/// Compiles one source file of C to an object.
pub fn object(source: &Path, include: &[&Path], out: &Path, flags: &[&str]) -> Result {
    let mut command = compiler();
    for dir in include {
        command.arg("-I").arg(dir);
    }
    command.args(flags).arg("-c").arg(source).arg("-o").arg(out);
    toolbox::output(&mut command).map(drop)
}

fn is_stale(command: &Command, sources: &[PathBuf], include: &Path, out: &Path) -> Result<bool> {
    let Ok(built) = std::fs::metadata(out).and_then(|meta| meta.modified()) else {
        return Ok(true);
    };
    if std::fs::read_to_string(stamp(out)).unwrap_or_default() != line(command) {
        return Ok(true);
    }
    let mut inputs = toolbox::files_below(include)?;
    for source in sources {
        inputs.push(source.clone());
        inputs.extend(headers_beside(source));
    }
    Ok(inputs.iter().any(|input| newer(input, built)))
}

fn headers_beside(source: &Path) -> Vec<PathBuf> {
    let Some(entries) = source.parent().and_then(|dir| std::fs::read_dir(dir).ok()) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "h"))
        .collect()
}

fn newer(path: &Path, than: SystemTime) -> bool {
    let modified = std::fs::metadata(path).and_then(|meta| meta.modified());
    modified.map_or(true, |time| time > than)
}

fn stamp(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".cmd");
    PathBuf::from(name)
}

fn line(command: &Command) -> String {
    format!("{command:?}\n")
}
