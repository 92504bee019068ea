//! The differential programs, and some with more threads (`c-tests/tsan`), on a build
//! with ThreadSanitizer.
//!
//! There must be one runtime in the process, and it must know all that rustc's code
//! calls; gcc's may be older. So the C compiler instruments its objects only, and they
//! are linked with the runtime that comes with rustc, from which the library takes it.
//!
//! The library has no instrumented std below it, since that would have to be built from
//! sources that a toolchain comes without. What of std is not inlined is therefore
//! invisible: of its locks the library tells the sanitizer itself (`sys/monitor.rs`).

use crate::cc;
use crate::diff::{self, Program};
use crate::memcheck::{self, FOUND, LIMIT};
use crate::report::{Context, Outcome};
use crate::run;
use crate::toolbox::{self, Doing, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The other crates' code may be linked with uninstrumented std: see above.
const RUSTFLAGS: &str = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg uv_tsan";

/// A race between two threads that nothing orders: the sanitizer must find it.
const RACE: &str = "#include <pthread.h>
static int shared;
static void *add(void *arg) { shared++; return arg; }
int main(void) {
  pthread_t other;
  if (pthread_create(&other, 0, add, 0)) return 1;
  shared++;
  return pthread_join(other, 0);
}
";

/// Programs whose names begin so are not for the sanitizer, and why.
const NOT_HERE: (&str, &str) = (
    "process_",
    "children start in shared memory, as by vfork, which the runtime takes for a fork",
);

/// Where everything is.
struct Tools {
    runtime: PathBuf,
    include: PathBuf,
    genuine: PathBuf,
    ours: PathBuf,
    out: PathBuf,
}

/// The part of `cargo xtask test` called `tsan`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let out = toolbox::target().join("tsan/programs");
    let runtime = match runtime().and_then(|runtime| finds_races(&runtime, &out)) {
        Ok(runtime) => runtime,
        Err(why) => return vec![Outcome::skipped("tsan", why)],
    };
    let ready = || -> Result<(Tools, Vec<Program>)> {
        let programs = diff::programs_in(&["tsan", "diff"], context)?;
        let genuine = context.genuine()?.clone();
        let ours = toolbox::step("building with ThreadSanitizer", || {
            memcheck::build_sanitized("tsan", RUSTFLAGS)
        })?;
        let tools = Tools {
            runtime,
            include: genuine.include,
            genuine: genuine.lib_dir,
            ours,
            out,
        };
        Ok((tools, programs))
    };
    let (tools, programs) = match ready() {
        Ok(ready) => ready,
        Err(why) => return vec![Outcome::failed("tsan", why)],
    };
    println!("  {} programs", programs.len());
    diff::in_parallel(&programs, |program| watch(program, &tools))
}

fn watch(program: &Program, tools: &Tools) -> Outcome {
    let name = format!("tsan: {}", program.name);
    if let Some(why) = memcheck::excused(program, "tsan") {
        return Outcome::skipped(name, why);
    }
    if program.name.starts_with(NOT_HERE.0) {
        return Outcome::skipped(name, NOT_HERE.1);
    }
    let ran = compile(program, tools).and_then(|binary| {
        let mut command = watched(&binary);
        run::command(run::on_library(&mut command, &tools.ours), LIMIT)
    });
    match ran {
        Ok(ran) => match ran.missing_symbol() {
            Some(symbol) => Outcome::skipped(name, format!("missing symbol {symbol}")),
            None => Outcome::of(name, memcheck::clean(&ran)),
        },
        Err(why) => Outcome::failed(name, why),
    }
}

fn watched(binary: &Path) -> Command {
    let suppressions = toolbox::root().join("c-tests/tsan/suppressions.txt");
    let options = format!(
        "exitcode={FOUND}:die_after_fork=0:suppressions={}",
        suppressions.display()
    );
    let mut command = Command::new(binary);
    command.env("TSAN_OPTIONS", options);
    command
}

/// Compiles a program to an object with the sanitizer's calls in it, and links that
/// with the runtime.
fn compile(program: &Program, tools: &Tools) -> Result<PathBuf> {
    let shared = toolbox::root().join("c-tests/diff");
    let binary = tools.out.join(&program.name);
    let object = binary.with_extension("o");
    let headers = ["trace.h", "files.h"].map(|header| shared.join(header));
    let mut made_of = headers.iter().chain([&program.source]);
    if !object.exists() || made_of.any(|file| diff::is_newer(file, &object)) {
        instrument(&program.source, &[&tools.include, &shared], &object)?;
    }
    link(&object, tools, &binary)?;
    Ok(binary)
}

fn instrument(source: &Path, include: &[&Path], object: &Path) -> Result {
    let flags = ["-std=gnu11", "-g", "-O1", "-pthread", "-fsanitize=thread"];
    cc::object(source, include, object, &flags)
}

fn link(object: &Path, tools: &Tools, binary: &Path) -> Result {
    let runtime = tools.runtime.to_string_lossy();
    let mut flags = runtime_flags(&runtime).to_vec();
    flags.extend(["-lm", "-ldl", "-lrt", "-lresolv"]);
    let objects = [object.to_path_buf()];
    cc::compile(&objects, &tools.include, &tools.genuine, binary, &flags)
}

/// The whole runtime, for the library to use as well.
fn runtime_flags(runtime: &str) -> [&str; 4] {
    [
        "-Wl,--whole-archive",
        runtime,
        "-Wl,--no-whole-archive",
        "-Wl,--export-dynamic",
    ]
}

/// The sanitizer's runtime that came with the compiler.
fn runtime() -> Result<PathBuf> {
    let sysroot = toolbox::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let dir = Path::new(sysroot.trim()).join("lib/rustlib");
    let dir = dir.join(memcheck::host()?).join("lib");
    let entries = std::fs::read_dir(&dir).doing(dir.display())?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = files.find(|file| file.to_string_lossy().ends_with("_rt.tsan.a"));
    found.ok_or_else(|| Failure("rustc came without ThreadSanitizer's runtime".into()))
}

/// Whether the C compiler, the runtime and this machine together find a race.
fn finds_races(runtime: &Path, out: &Path) -> Result<PathBuf> {
    let source = toolbox::fresh_dir(&out.join("a-race"))?.join("race.c");
    std::fs::write(&source, RACE).doing(source.display())?;
    let (object, binary) = (source.with_extension("o"), source.with_extension("bin"));
    instrument(&source, &[], &object)?;
    let mut command = cc::compiler();
    command
        .arg("-pthread")
        .args(runtime_flags(&runtime.to_string_lossy()));
    command.arg(&object).arg("-o").arg(&binary);
    toolbox::output(command.args(["-lm", "-ldl", "-lrt", "-lresolv"]))?;
    let ran = run::command(&mut watched(&binary), LIMIT)?;
    match ran.status.code() {
        Some(FOUND) => Ok(runtime.to_path_buf()),
        _ => Err(Failure(format!(
            "ThreadSanitizer does not work here ({}): {}",
            ran.ending(),
            ran.stderr.lines().next().unwrap_or("it finds no race")
        ))),
    }
}
