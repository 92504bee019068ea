//! Runs the differential programs, programs with more threads (`c-tests/tsan`) and libuv's
//! tests of threads on a build with ThreadSanitizer.
//!
//! A process can have one sanitizer runtime, and gcc's may lack functions that rustc's
//! code calls. So the C compiler only instruments its objects, and they are linked with
//! rustc's runtime, which the library uses too.
//!
//! std is not instrumented: that would need its sources, which a toolchain lacks by
//! default. The sanitizer does not see std's locks, so the library annotates them
//! (`sys/monitor.rs`).

use crate::cc;
use crate::diff::{self, Program};
use crate::memcheck::{self, FOUND, LIMIT};
use crate::reference;
use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::suite::program as suite;
use crate::toolbox::{self, Doing, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The flag permits linking instrumented crates with the uninstrumented std.
const RUSTFLAGS: &str = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg uv_tsan";

/// A race that the sanitizer must report. The accesses follow each other in time, so that
/// it always sees both, but no synchronisation orders them.
const RACE: &str = "#include <pthread.h>
static int shared, done;
static void *add(void *arg) {
  shared++;
  __atomic_store_n(&done, 1, __ATOMIC_RELAXED);
  return arg;
}
int main(void) {
  pthread_t other;
  if (pthread_create(&other, 0, add, 0)) return 1;
  while (!__atomic_load_n(&done, __ATOMIC_RELAXED)) {}
  shared++;
  return pthread_join(other, 0);
}
";

/// The prefix of programs that are skipped, and why.
const NOT_HERE: (&str, &str) = (
    "process_",
    "children start in shared memory, as by vfork, which the runtime takes for a fork",
);

/// The prefixes of libuv's tests that are run.
const SUITE: &[&str] = &[
    "async",
    "barrier",
    "condvar",
    "fs_",
    "loop_",
    "metrics_",
    "random_",
    "signal_",
    "thread",
    "threadpool",
];

/// The exit status with which a test of libuv reports that it is skipped.
const DOES_NOT_APPLY: i32 = 7;

/// The compiled objects and libraries that the programs are linked from.
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
    let tools = match tools(context, runtime, out) {
        Ok(tools) => tools,
        Err(why) => return Outcome::broken("tsan", why),
    };
    let whole =
        |parts: Result<Vec<Outcome>>| parts.unwrap_or_else(|why| Outcome::broken("tsan", why));
    // Names may be programs' or tests'.
    let tests = whole(own_tests(context, &tools));
    let programs = match programs(context, &tools) {
        Err(_) if !context.options.names.is_empty() && !tests.is_empty() => Vec::new(),
        programs => whole(programs),
    };
    programs.into_iter().chain(tests).collect()
}

fn tools(context: &Context, runtime: PathBuf, out: PathBuf) -> Result<Tools> {
    let genuine = context.genuine()?.clone();
    let ours = toolbox::step("building with ThreadSanitizer", || {
        memcheck::build_sanitized("tsan", RUSTFLAGS)
    })?;
    Ok(Tools {
        runtime,
        include: genuine.include,
        genuine: genuine.lib_dir,
        ours,
        out,
    })
}

fn programs(context: &Context, tools: &Tools) -> Result<Vec<Outcome>> {
    let programs = diff::programs_in(&["tsan", "diff"], context)?;
    toolbox::note(format_args!("{} programs", programs.len()));
    Ok(diff::in_parallel(&programs, |program| {
        watch(program, tools)
    }))
}

/// Runs libuv's tests, each in its own directory with the fixtures.
fn own_tests(context: &Context, tools: &Tools) -> Result<Vec<Outcome>> {
    let tree = reference::tree()?;
    let dir = toolbox::target().join("tsan/suite");
    let objects = suite::objects(&tree, &dir, &["-fsanitize=thread", "-D__TSAN__=1"])?;
    let binary = dir.join("uv_run_tests");
    link(&objects, &["-no-pie", "-lutil"], tools, &binary)?;
    let mut tests = suite::list(&binary, &tools.ours, suite::Flavour::Plain)?;
    let wanted = |test: &str| context.wants(test) || context.wants(&own_name(test));
    tests.retain(|test| SUITE.iter().any(|begin| test.starts_with(begin)) && wanted(test));
    toolbox::note(format_args!("{} of libuv's tests", tests.len()));
    let fixtures = tree.join("test/fixtures");
    Ok(diff::in_parallel(&tests, |test| {
        let name = own_name(test);
        let place = dir.join("places").join(test);
        match own_test(&binary, test, &place, &fixtures, &tools.ours) {
            Ok(ran) if ran.status.code() == Some(DOES_NOT_APPLY) => {
                Outcome::skipped(name, "libuv's test says that it does not apply")
            }
            Ok(ran) => Outcome::of(name, memcheck::clean(&ran)),
            Err(why) => Outcome::failed(name, why),
        }
    }))
}

/// Names one of libuv's tests; the prefix tells it from our program of the same name.
fn own_name(test: &str) -> String {
    format!("libuv's {test}")
}

fn own_test(
    binary: &Path,
    test: &str,
    place: &Path,
    fixtures: &Path,
    ours: &Path,
) -> Result<Finished> {
    toolbox::copy_tree(fixtures, &toolbox::fresh_dir(place)?.join("test/fixtures"))?;
    let mut command = watched(binary);
    command.args([test, test]).current_dir(place);
    command.env("UV_RUN_AS_ROOT", "1");
    let ran = run::command(run::on_library(&mut command, ours), LIMIT)?;
    std::fs::remove_dir_all(place).doing(place.display())?;
    Ok(ran)
}

fn watch(program: &Program, tools: &Tools) -> Outcome {
    let name = &program.name;
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
    Outcome::of(name, ran.and_then(|ran| memcheck::clean(&ran)))
}

fn watched(binary: &Path) -> Command {
    let suppressions = toolbox::root().join("c-tests/tsan/suppressions.txt");
    let options = format!(
        "exitcode={FOUND}:die_after_fork=0:suppressions='{}'",
        suppressions.display()
    );
    let mut command = Command::new(binary);
    command.env("TSAN_OPTIONS", options);
    command
}

/// Compiles a program to an instrumented object and links it with the runtime.
fn compile(program: &Program, tools: &Tools) -> Result<PathBuf> {
    let shared = toolbox::root().join("c-tests/diff");
    let binary = tools.out.join(&program.name);
    let object = binary.with_extension("o");
    let mut made_of = cc::headers_in(&shared);
    made_of.push(program.source.clone());
    if cc::is_older(&object, &made_of) {
        instrument(&program.source, &[&tools.include, &shared], &object)?;
    }
    link(&[object], &[], tools, &binary)?;
    Ok(binary)
}

fn instrument(source: &Path, include: &[&Path], object: &Path) -> Result {
    let flags = ["-std=gnu11", "-g", "-O1", "-pthread", "-fsanitize=thread"];
    cc::object(source, include, object, &flags)
}

fn link(objects: &[PathBuf], more: &[&str], tools: &Tools, binary: &Path) -> Result {
    let runtime = tools.runtime.to_string_lossy();
    let mut flags = runtime_flags(&runtime).to_vec();
    flags.extend(["-lm", "-ldl", "-lrt", "-lresolv"]);
    flags.extend(more);
    cc::compile(objects, &tools.include, &tools.genuine, binary, &flags)
}

/// Returns the flags that link the whole runtime and export it to the library.
fn runtime_flags(runtime: &str) -> [&str; 4] {
    [
        "-Wl,--whole-archive",
        runtime,
        "-Wl,--no-whole-archive",
        "-Wl,--export-dynamic",
    ]
}

/// Returns the path of rustc's sanitizer runtime.
fn runtime() -> Result<PathBuf> {
    let sysroot = toolbox::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let dir = Path::new(sysroot.trim()).join("lib/rustlib");
    let dir = dir.join(memcheck::host()?).join("lib");
    let entries = std::fs::read_dir(&dir).doing(dir.display())?;
    let mut files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let found = files.find(|file| file.to_string_lossy().ends_with("_rt.tsan.a"));
    found.ok_or_else(|| Failure("rustc came without ThreadSanitizer's runtime".into()))
}

/// Fails if the C compiler and the runtime do not report a race on this machine.
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
