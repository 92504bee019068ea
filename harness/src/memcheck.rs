//! Runs the differential programs on our library under valgrind and on a build with
//! AddressSanitizer, which check memory and descriptors.

use crate::diff::{self, Build, Program};
use crate::ours;
use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::toolbox::{self, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// The exit status with which valgrind or the sanitizer reports an error.
pub(crate) const FOUND: i32 = 99;

/// The part of `cargo xtask test` called `valgrind`.
pub fn valgrind(context: &Context) -> Vec<Outcome> {
    if !toolbox::have("valgrind") {
        let why = "valgrind is not here: apt-get install valgrind";
        return vec![Outcome::skipped("valgrind", why)];
    }
    let lib_dir = context.ours().map(|ours| ours.lib_dir.clone());
    each_program(
        context,
        "valgrind",
        "diff",
        &[],
        lib_dir,
        |binary, lib_dir| {
            let mut command = Command::new("valgrind");
            command.args(["--quiet", "--leak-check=full", "--track-fds=yes"]);
            command.args(["--show-leak-kinds=definite,indirect,possible"]);
            command.arg("--fair-sched=try");
            command.args(["--errors-for-leak-kinds=definite,indirect,possible"]);
            command.args([
                "--child-silent-after-fork=yes",
                &format!("--error-exitcode={FOUND}"),
            ]);
            command.env("TRACE_SECONDS", LIMIT.as_secs().to_string());
            let ran = run::command(run::on_library(command.arg(binary), lib_dir), LIMIT)?;
            clean(&ran)?;
            match open_descriptors(&ran.stderr) {
                0 => Ok(()),
                open => Err(Failure(format!(
                    "{open} descriptors open at the end\n{}",
                    complaints(&ran.stderr)
                ))),
            }
        },
    )
}

/// The part of `cargo xtask test` called `asan`.
pub fn asan(context: &Context) -> Vec<Outcome> {
    let lib_dir = toolbox::step("building with AddressSanitizer", build_asan);
    let flags = ["-fsanitize=address"];
    each_program(
        context,
        "asan",
        "asan/diff",
        &flags,
        lib_dir,
        |binary, lib_dir| {
            let mut command = Command::new(binary);
            // valgrind looks for leaks: LeakSanitizer needs ptrace.
            command.env("ASAN_OPTIONS", format!("detect_leaks=0:exitcode={FOUND}"));
            let ran = run::command(run::on_library(&mut command, lib_dir), LIMIT)?;
            clean(&ran)
        },
    )
}

/// Builds our library with AddressSanitizer; returns the directory to load it from.
pub fn build_asan() -> Result<PathBuf> {
    build_sanitized("asan", "-Zsanitizer=address")
}

/// Builds our library with a sanitizer below `target/NAME`; returns the directory to load
/// it from. `-Zsanitizer` is for nightly only; RUSTC_BOOTSTRAP permits it on stable.
pub fn build_sanitized(name: &str, rustflags: &str) -> Result<PathBuf> {
    let environment = [("RUSTC_BOOTSTRAP", "1"), ("RUSTFLAGS", rustflags)];
    ours::build_elsewhere(name, &host()?, &environment)
}

/// Returns the compiler's host triple.
pub fn host() -> Result<String> {
    let version = toolbox::output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("rustc -vV names no host")?.to_owned())
}

/// Compiles each program into `out` and calls `check` with it and the library's directory.
fn each_program(
    context: &Context,
    part: &str,
    out: &str,
    flags: &[&str],
    lib_dir: Result<PathBuf>,
    check: impl Fn(&Path, &Path) -> Result + Sync,
) -> Vec<Outcome> {
    let ready = || -> Result<(PathBuf, Build<'_>, Vec<Program>)> {
        let genuine = context.genuine()?;
        let out = toolbox::target().join(out);
        let (include, link_with) = (genuine.include.clone(), genuine.lib_dir.clone());
        let build = Build {
            include,
            lib_dir: link_with,
            out,
            flags,
        };
        Ok((lib_dir?, build, diff::programs(context)?))
    };
    let (lib_dir, build, programs) = match ready() {
        Ok(ready) => ready,
        Err(why) => return Outcome::broken(part, why),
    };
    toolbox::note(format_args!("{} programs", programs.len()));
    diff::in_parallel(&programs, |program| {
        let name = &program.name;
        if let Some(why) = excused(program, part) {
            return Outcome::skipped(name, why);
        }
        let binary = build.program(program);
        Outcome::of(name, binary.and_then(|binary| check(&binary, &lib_dir)))
    })
}

/// Returns why a program is not run by a part: the line `Not under PART: why.` of its
/// first comment.
pub(crate) fn excused(program: &Program, part: &str) -> Option<String> {
    let text = std::fs::read_to_string(&program.source).ok()?;
    let (comment, _) = text.split_once("*/")?;
    let (_, why) = comment.split_once(&format!("Not under {part}: "))?;
    Some(why.split_once('.')?.0.to_owned())
}

/// Fails unless the program succeeded and the tool found no error.
pub(crate) fn clean(ran: &Finished) -> Result {
    if ran.success() {
        return Ok(());
    }
    if ran.status.code() == Some(FOUND) {
        return Err(Failure(format!(
            "errors were found\n{}",
            complaints(&ran.stderr)
        )));
    }
    // The program itself failed: its own message comes last, the tool's are consequences.
    let found: Vec<String> = complaints(&ran.stderr)
        .lines()
        .take(3)
        .map(String::from)
        .collect();
    let words = toolbox::last_words(&found.join("\n"), &toolbox::tail(&ran.stdout, 5));
    Err(Failure(format!("{}\n{words}", ran.ending())))
}

/// Returns the first lines of a tool's report without valgrind's `==PID==` prefixes and
/// without inherited descriptors.
fn complaints(report: &str) -> String {
    let mut kept = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    for line in report.lines().chain([""]) {
        let line = match line.strip_prefix("==") {
            Some(rest) => rest.split_once("==").map_or(line, |(_, text)| text),
            None => line,
        };
        let line = line.strip_prefix(' ').unwrap_or(line);
        let begins = !line.starts_with(' ');
        if begins {
            keep(&mut kept, &mut block);
        }
        block.push(line);
    }
    keep(&mut kept, &mut block);
    kept.truncate(15);
    kept.join("\n")
}

/// Keeps a block of a report unless it is about inherited descriptors.
fn keep<'a>(kept: &mut Vec<&'a str>, block: &mut Vec<&'a str>) {
    let is_noise = |line: &&str| {
        line.contains("<inherited from parent>") || line.starts_with("FILE DESCRIPTORS:")
    };
    if !block.iter().any(is_noise) {
        kept.extend(block.iter().filter(|line| !line.trim().is_empty()));
    }
    block.clear();
}

/// Counts the descriptors that valgrind reports open and the program did not inherit.
fn open_descriptors(report: &str) -> usize {
    let mut lines = report.lines().peekable();
    let mut open = 0;
    while let Some(line) = lines.next() {
        let inherited = lines
            .peek()
            .is_some_and(|next| next.contains("<inherited from parent>"));
        open += usize::from(line.contains("Open ") && is_descriptor(line) && !inherited);
    }
    open
}

fn is_descriptor(line: &str) -> bool {
    line.contains("file descriptor") || line.contains("socket")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_the_program_left_open() {
        let report = "==1== Open AF_INET socket 5: 127.0.0.1:1 <-> unbound\n\
                      ==1==    at 0x1: socket\n\
                      ==1== Open file descriptor 2: /memfd:output\n\
                      ==1==    <inherited from parent>\n\
                      ==1== Open file descriptor 4: anon_inode:[eventpoll]\n\
                      ==1==    at 0x1: epoll_create1\n";
        assert_eq!(open_descriptors(report), 2);
        assert_eq!(open_descriptors(""), 0);
    }

    #[test]
    fn shows_what_matters_of_a_report() {
        let report = "==1== \n\
                      ==1== FILE DESCRIPTORS: 4 open (3 inherited) at exit.\n\
                      ==1== Open file descriptor 2: /memfd:output\n\
                      ==1==    <inherited from parent>\n\
                      ==1== \n\
                      ==1== Invalid read of size 8\n\
                      ==1==    at 0x1: main\n";
        assert_eq!(
            complaints(report),
            "Invalid read of size 8\n   at 0x1: main"
        );
    }

    #[test]
    fn keeps_what_the_program_said_itself() {
        use std::os::unix::process::ExitStatusExt;
        let ran = Finished {
            status: std::process::ExitStatus::from_raw(3 << 8),
            stdout: "BROKEN: settle: Interrupted system call\n".into(),
            stderr: "==1== FILE DESCRIPTORS: 3 open (3 inherited) at exit.\n".into(),
            timed_out: false,
            took: Duration::ZERO,
        };
        let why = clean(&ran).map_err(|why| why.0);
        let told = "exit status 3\nBROKEN: settle: Interrupted system call";
        assert_eq!(why, Err(told.to_owned()));
    }
}
