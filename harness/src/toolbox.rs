//! Used by every driver: paths, running tools, errors, progress lines.

use crate::run;
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// An error message for the terminal.
#[derive(Clone, Debug)]
pub struct Failure(pub String);

/// The result of a step.
pub type Result<T = ()> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Failure(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Self {
        Failure(text.to_owned())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure(error.to_string())
    }
}

/// Adds to an error what failed.
pub trait Doing<T> {
    /// Turns `error` into `what: error`.
    fn doing(self, what: impl fmt::Display) -> Result<T>;
}

impl<T, E: fmt::Display> Doing<T> for std::result::Result<T, E> {
    fn doing(self, what: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{what}: {error}")))
    }
}

/// The repository's root directory.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Cargo's target directory, below which the drivers build everything.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The cargo that started this process, or the one on the path.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A limit for tools, longer than fetching or building everything takes.
const TOOL_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Runs a tool in the C locale and returns its standard output. If it fails, the error
/// contains the end of its output.
pub fn output(command: &mut Command) -> Result<String> {
    let done = run::command(command.env("LC_ALL", "C"), TOOL_LIMIT)?;
    if done.success() {
        return Ok(done.stdout);
    }
    let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
    Err(Failure(format!(
        "{} {}: {}",
        command.get_program().to_string_lossy(),
        arguments.join(" "),
        done.story()
    )))
}

/// Starts a program; if it is not installed, the error names its package.
pub fn start(command: &mut Command) -> Result<Child> {
    command.spawn().map_err(|error| {
        let program = command.get_program();
        let hint = match (error.kind(), package(program)) {
            (io::ErrorKind::NotFound, Some(package)) => format!(": apt-get install {package}"),
            _ => String::new(),
        };
        let name = program.to_string_lossy();
        Failure(format!("cannot run {name}: {error}{hint}"))
    })
}

/// Returns the Debian package that contains a program.
fn package(program: &OsStr) -> Option<&'static str> {
    Some(match program.to_str()? {
        "cc" | "gcc" => "gcc",
        "c++" | "g++" => "g++",
        "nm" | "objcopy" | "strip" | "readelf" | "ld" | "ar" => "binutils",
        "make" => "make",
        "awk" => "mawk",
        "gdb" => "gdb",
        "cargo-cinstall" => "cargo-c",
        "autoconf" => "autoconf",
        "ninja" => "ninja-build",
        "perf" => "linux-perf",
        "meson" => "meson",
        "diff" => "diffutils",
        "cmake" => "cmake",
        "python3" => "python3",
        "pkg-config" => "pkg-config",
        "strace" => "strace",
        "valgrind" => "valgrind",
        _ => return None,
    })
}

/// Returns the last lines of both outputs: a test framework reports on standard output, a
/// sanitizer on standard error.
pub fn last_words(stdout: &str, stderr: &str) -> String {
    let ends = [tail(stdout.trim_end(), 10), tail(stderr.trim_end(), 10)];
    ends.join("\n").trim_matches('\n').to_owned()
}

/// The last `lines` lines of `text`.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// Returns whether standard output is a terminal. Progress is not printed to a log.
pub fn on_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Prints a line if standard output is a terminal.
pub fn note(text: impl fmt::Display) {
    if on_terminal() {
        println!("  {text}");
    }
}

/// Runs a step and, on a terminal, prints its name and how long it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if !on_terminal() {
        return work();
    }
    print!("  {what} ... ");
    let _ = io::stdout().flush();
    let start = Instant::now();
    let result = work();
    let word = if result.is_ok() { "done" } else { "failed" };
    println!("{word} in {:.1} s", start.elapsed().as_secs_f64());
    result
}

/// Creates a directory, or empties it.
pub fn fresh_dir(path: &Path) -> Result<PathBuf> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).doing(path.display());
        }
        _ => {}
    }
    std::fs::create_dir_all(path).doing(path.display())?;
    Ok(path.to_path_buf())
}

/// Copies a directory and all below it.
pub fn copy_tree(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).doing(to.display())?;
    for entry in std::fs::read_dir(from).doing(from.display())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).doing(entry.path().display())?;
        }
    }
    Ok(())
}

/// Returns the files below `dir`, at any depth, sorted.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_path_buf()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).doing(next.display())? {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Points `link` at `to`, replacing what was there.
pub fn relink(to: &str, link: &Path) -> Result {
    match std::fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).doing(link.display());
        }
        _ => {}
    }
    std::os::unix::fs::symlink(to, link).doing(link.display())
}

/// Returns whether the path contains a program of that name.
pub fn have(program: &str) -> bool {
    which(program).is_some()
}

/// The first program on the path that has this name.
pub fn which(program: &str) -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let mut found = std::env::split_paths(&paths).map(|dir| dir.join(program));
    found.find(|path| path.is_file())
}

/// Fails if the path contains no program of that name; the error names its package.
pub fn need(program: &str) -> Result {
    match (have(program), package(program.as_ref())) {
        (true, _) => Ok(()),
        (false, Some(package)) => Err(Failure(format!(
            "{program} is needed: apt-get install {package}"
        ))),
        (false, None) => Err(Failure(format!("{program} is needed"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_tool_and_what_it_said() {
        let mut shell = Command::new("sh");
        let why = output(shell.args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        assert!(why.0.starts_with("sh -c"), "{why}");
        assert!(why.0.ends_with(": exit status 3\nout\nerr"), "{why}");
    }

    #[test]
    fn a_tool_that_is_not_here_is_named_with_its_package() {
        let mut absent = Command::new("valgrind");
        let why = output(absent.env("PATH", "/nowhere")).unwrap_err();
        assert!(why.0.starts_with("cannot run valgrind: "), "{why}");
        assert!(why.0.ends_with(": apt-get install valgrind"), "{why}");
        assert!(need("sh").is_ok());
        let why = need("no-such-program").unwrap_err();
        assert_eq!(why.0, "no-such-program is needed");
    }
}
