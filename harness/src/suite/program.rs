//! Builds `uv_run_tests` from the reference's sources, linked to a shared libuv so that it
//! runs on either library.

use super::cross;
use crate::reference::Genuine;
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{cc, run};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

/// The flags of the reference's CMakeLists for Linux, without -fpic: then a function's
/// address is that of its lazily bound stub, and only the tests that call a function fail
/// on a library that lacks it.
const FLAGS: &[&str] = &[
    "-std=gnu11",
    "-O1",
    "-g",
    "-w",
    "-fno-pie",
    "-fno-strict-aliasing",
    "-D_FILE_OFFSET_BITS=64",
    "-D_LARGEFILE_SOURCE",
    "-D_GNU_SOURCE",
    "-D_POSIX_C_SOURCE=200112",
    "-DUSING_UV_SHARED=1",
];

/// Builds the tests with AddressSanitizer.
const ASAN_FLAGS: &[&str] = &["-fsanitize=address", "-D__ASAN__=1"];
const ASAN_DEFAULTS: &str =
    "const char* __asan_default_options(void) { return \"detect_leaks=0\"; }\n";

/// The time limit for listing the tests.
const LIMIT: Duration = Duration::from_secs(30);

/// How the test program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// As the reference builds it.
    Plain,
    /// With AddressSanitizer.
    Asan,
    /// For another processor, emulated.
    Foreign,
}

impl Flavour {
    fn flags(self) -> Vec<&'static str> {
        match self {
            Flavour::Plain | Flavour::Foreign => FLAGS.to_vec(),
            Flavour::Asan => [FLAGS, ASAN_FLAGS].concat(),
        }
    }

    fn compiler(self) -> Command {
        match self {
            Flavour::Foreign => Command::new(cross::COMPILER),
            _ => cc::compiler(),
        }
    }

    /// The environment that its programs need.
    pub fn environment(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Flavour::Foreign => cross::ENVIRONMENT,
            _ => &[],
        }
    }

    /// The directory for its objects and for its kept results.
    pub fn dir(self) -> PathBuf {
        toolbox::target().join(match self {
            Flavour::Plain => "suite",
            Flavour::Asan => "asan/suite",
            Flavour::Foreign => "aarch64/suite",
        })
    }
}

/// The test program and its inputs.
pub struct Program {
    /// `uv_run_tests`.
    pub path: PathBuf,
    /// The reference's `test/fixtures`.
    pub fixtures: PathBuf,
    /// Changes when any source of the tests or of the library changes.
    pub key: String,
}

/// Builds the program if its sources have changed.
pub fn build(tree: &Path, genuine: &Genuine, flavour: Flavour) -> Result<Program> {
    let dir = flavour.dir();
    let program = Program {
        path: dir.join("uv_run_tests"),
        fixtures: tree.join("test/fixtures"),
        key: key(tree, &flavour.flags())?,
    };
    let stamp = dir.join("built-from");
    if program.path.is_file() && std::fs::read_to_string(&stamp).is_ok_and(|k| k == program.key) {
        return Ok(program);
    }
    let mut sources = sources(tree)?;
    let label = format!("compiling uv_run_tests ({} files)", sources.len());
    toolbox::step(&label, || {
        let objects = toolbox::fresh_dir(&dir.join("objects"))?;
        if flavour == Flavour::Asan {
            let defaults = dir.join("asan-defaults.c");
            std::fs::write(&defaults, ASAN_DEFAULTS)?;
            sources.push(defaults);
        }
        let flags = flavour.flags();
        let include = tree.join("include");
        let compiler = || flavour.compiler();
        let objects = compile_all(compiler, &sources, &include, &objects, &flags)?;
        let linker = flavour.compiler();
        link(linker, &objects, &genuine.lib_dir, &program.path, &flags)
    })?;
    std::fs::write(&stamp, &program.key).doing(stamp.display())?;
    Ok(program)
}

/// Compiles the tests' objects into `dir` with `more` flags if their sources have changed.
pub fn objects(tree: &Path, dir: &Path, more: &[&str]) -> Result<Vec<PathBuf>> {
    let flags = [FLAGS, more].concat();
    let (sources, key) = (sources(tree)?, key(tree, &flags)?);
    let (stamp, objects) = (dir.join("built-from"), dir.join("objects"));
    if std::fs::read_to_string(&stamp).is_ok_and(|k| k == key) {
        return Ok(sources.iter().map(|s| object(&objects, s)).collect());
    }
    let label = format!("compiling uv_run_tests ({} files)", sources.len());
    let compiled = toolbox::step(&label, || {
        let objects = toolbox::fresh_dir(&objects)?;
        let include = tree.join("include");
        compile_all(cc::compiler, &sources, &include, &objects, &flags)
    })?;
    std::fs::write(&stamp, key).doing(stamp.display())?;
    Ok(compiled)
}

fn object(dir: &Path, source: &Path) -> PathBuf {
    dir.join(source.file_name().unwrap_or_default())
        .with_extension("o")
}

/// Returns the names of all tests, as the program lists them.
pub fn list(program: &Path, lib_dir: &Path, flavour: Flavour) -> Result<Vec<String>> {
    let mut command = Command::new(program);
    command.arg("--list").env("UV_RUN_AS_ROOT", "1");
    command.envs(flavour.environment().iter().copied());
    let listed = run::command(run::on_library(&mut command, lib_dir), LIMIT)?;
    if !listed.success() {
        return Err(Failure(listed.story()));
    }
    let names = listed
        .stdout
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    Ok(names.map(String::from).collect())
}

fn key(tree: &Path, flags: &[&str]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    flags.hash(&mut hasher);
    for part in ["include", "src", "test"] {
        for file in toolbox::files_below(&tree.join(part))? {
            file.hash(&mut hasher);
            std::fs::read(&file)
                .doing(file.display())?
                .hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// The sources that the reference's CMakeLists gives `uv_run_tests`.
fn sources(tree: &Path) -> Result<Vec<PathBuf>> {
    let path = tree.join("CMakeLists.txt");
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    let program = "add_executable(uv_run_tests ";
    let list = "list(APPEND uv_test_sources";
    let before = text.split(program).next().unwrap_or_default();
    let (_, names) = before
        .rsplit_once(list)
        .filter(|_| before.len() < text.len())
        .ok_or_else(|| Failure(format!("{}: no list of test sources", path.display())))?;
    let names = names
        .split_whitespace()
        .map(|name| name.trim_end_matches(')'));
    let names = names.filter(|name| name.ends_with(".c"));
    Ok(std::iter::once("test/runner-unix.c")
        .chain(names)
        .map(|n| tree.join(n))
        .collect())
}

fn compile_all(
    compiler: impl Fn() -> Command + Sync,
    sources: &[PathBuf],
    include: &Path,
    dir: &Path,
    flags: &[&str],
) -> Result<Vec<PathBuf>> {
    let waiting = Mutex::new(sources.iter());
    let first_error = Mutex::new(None);
    let work = || {
        loop {
            let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
            let Some(source) = next else { return };
            let out = object(dir, source);
            if let Err(error) = cc::object_by(compiler(), source, &[include], &out, flags) {
                if let Ok(mut first) = first_error.lock() {
                    first.get_or_insert(error);
                }
                return;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    match first_error.into_inner() {
        Ok(None) => Ok(sources.iter().map(|source| object(dir, source)).collect()),
        Ok(Some(error)) => Err(error),
        Err(_) => Err("a compiling thread panicked".into()),
    }
}

fn link(
    mut command: Command,
    objects: &[PathBuf],
    lib_dir: &Path,
    out: &Path,
    flags: &[&str],
) -> Result {
    command.args(flags);
    command
        .args(["-no-pie", "-Wl,-z,lazy", "-o"])
        .arg(out)
        .args(objects);
    command
        .arg("-L")
        .arg(lib_dir)
        .args(["-luv", "-lutil", "-lpthread", "-ldl", "-lrt", "-lm"]);
    toolbox::output(&mut command).map(drop)
}
