//! Compiles C programs whose sources, headers or flags have changed.

use crate::toolbox::{self, Doing, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let line = format!("{command:?}\n");
    let same = std::fs::read_to_string(stamp(out)).is_ok_and(|stamp| stamp == line);
    if same && !is_stale(&command, sources, include, out)? {
        return Ok(());
    }
    if let Some(dir) = out.parent() {
        std::fs::create_dir_all(dir).doing(dir.display())?;
    }
    // Removed first: an interrupted build leaves no stamp and is done again.
    let _ = std::fs::remove_file(stamp(out));
    toolbox::output(&mut command)?;
    std::fs::write(stamp(out), line).doing(out.display())
}

/// Compiles one source file of C to an object.
pub fn object(source: &Path, include: &[&Path], out: &Path, flags: &[&str]) -> Result {
    object_by(compiler(), source, include, out, flags)
}

/// Compiles one source file of C to an object with the given compiler.
pub fn object_by(
    mut command: Command,
    source: &Path,
    include: &[&Path],
    out: &Path,
    flags: &[&str],
) -> Result {
    for dir in include {
        command.arg("-I").arg(dir);
    }
    command.args(flags).arg("-c").arg(source).arg("-o").arg(out);
    toolbox::output(&mut command).map(drop)
}

/// Returns whether a program is older than a source, a header beside one, or a header in
/// an include directory.
fn is_stale(command: &Command, sources: &[PathBuf], include: &Path, out: &Path) -> Result<bool> {
    let mut inputs = toolbox::files_below(include)?;
    for source in sources {
        inputs.push(source.clone());
        inputs.extend(source.parent().map(headers_in).unwrap_or_default());
    }
    let flags = command.get_args().filter_map(|flag| flag.to_str());
    let searched = flags.filter_map(|flag| flag.strip_prefix("-I"));
    let searched = searched.filter(|dir| !dir.is_empty());
    inputs.extend(searched.flat_map(|dir| headers_in(Path::new(dir))));
    Ok(is_older(out, &inputs))
}

/// The headers in a directory.
pub fn headers_in(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten();
    entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "h"))
        .collect()
}

/// Returns whether a file is missing or older than one of its inputs.
pub fn is_older(out: &Path, inputs: &[PathBuf]) -> bool {
    let modified = |path: &Path| std::fs::metadata(path).and_then(|meta| meta.modified());
    let Ok(built) = modified(out) else {
        return true;
    };
    let newer = |input: &PathBuf| modified(input).map_or(true, |time| time > built);
    inputs.iter().any(newer)
}

fn stamp(out: &Path) -> PathBuf {
    let mut name = OsString::from(out);
    name.push(".cmd");
    PathBuf::from(name)
}
