//! Compiles the programs in `examples/` with plain flags and runs them on both libraries;
//! each must print what its first comment says.

use crate::cc;
use crate::diff::{self, Program};
use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::toolbox::{self, Doing, Failure, Result};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

/// The example server, and the example that is its client.
const SERVER: &str = "tcp_echo_server";
const CLIENT: &str = "tcp_echo_client";

/// `cargo xtask test examples`.
pub fn check(context: &Context) -> Vec<Outcome> {
    match try_check(context) {
        Ok(outcomes) => outcomes,
        Err(why) => Outcome::broken("examples", why),
    }
}

fn try_check(context: &Context) -> Result<Vec<Outcome>> {
    let mut programs = Vec::new();
    for source in toolbox::files_below(&toolbox::root().join("examples"))? {
        let name = source.file_stem().unwrap_or_default().to_string_lossy();
        if source.extension().is_some_and(|e| e == "c") && context.wants(&name) {
            let name = name.into_owned();
            programs.push(Program { name, source });
        }
    }
    let ours = context.ours()?.clone();
    let mut libraries = vec![ours.lib_dir.clone()];
    if !context.options.only_ours {
        libraries.push(context.genuine()?.lib_dir.clone());
    }
    Ok(diff::in_parallel(&programs, |program| {
        let result = compile(program, &ours.include, &ours.lib_dir)
            .and_then(|binary| libraries.iter().try_for_each(|lib| run(&binary, lib)));
        Outcome::of(&program.name, result)
    }))
}

fn compile(program: &Program, include: &Path, lib_dir: &Path) -> Result<PathBuf> {
    let binary = binary(&program.name);
    let sources = std::slice::from_ref(&program.source);
    cc::compile(sources, include, lib_dir, &binary, &["-O1", "-Werror"])?;
    Ok(binary)
}

fn binary(name: &str) -> PathBuf {
    toolbox::target().join("examples").join(name)
}

/// Runs one program on one library and compares what it prints. The client is run
/// together with its server.
fn run(program: &Path, lib_dir: &Path) -> Result {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let ran = match &*name {
        SERVER => return Ok(()),
        CLIENT => run_client(program, lib_dir)?,
        _ => run::with_library(program, lib_dir, LIMIT)?,
    };
    let source = toolbox::root().join(format!("examples/{name}.c"));
    let source = std::fs::read_to_string(&source).doing(source.display())?;
    let (said, any_order) = promised(&source);
    let mut printed: Vec<&str> = ran.stdout.lines().collect();
    let mut expected = said;
    if any_order {
        printed.sort_unstable();
        expected.sort_unstable();
    }
    if ran.success() && !expected.is_empty() && printed == expected {
        return Ok(());
    }
    let lib = lib_dir.display();
    Err(Failure(format!(
        "on {lib}: {}, expected {expected:?}",
        ran.story()
    )))
}

/// Returns the lines after `Prints` in a program's first comment, and whether their order
/// does not matter.
fn promised(source: &str) -> (Vec<&str>, bool) {
    let comment = source.split("*/").next().unwrap_or_default();
    let lines = comment.lines().skip_while(|l| !l.starts_with(" * Prints"));
    let block = lines.skip(1).map_while(|line| line.strip_prefix(" *   "));
    (block.collect(), comment.contains("in either order"))
}

/// Starts the server, reads its port, runs the client, and sends SIGINT to the server,
/// which must then exit with 0.
fn run_client(client: &Path, lib_dir: &Path) -> Result<Finished> {
    let source = toolbox::root().join(format!("examples/{SERVER}.c"));
    let name = SERVER.to_owned();
    let include = toolbox::root().join("include");
    // Compiled again under another name: its own test may be compiling it on another
    // thread.
    let server = Program { name, source };
    let beside = client.with_file_name("server_of_client");
    let sources = std::slice::from_ref(&server.source);
    cc::compile(sources, &include, lib_dir, &beside, &["-O1"])?;
    let mut command = Command::new(&beside);
    run::on_library(&mut command, lib_dir);
    let mut server = command.stdout(Stdio::piped()).spawn().doing(SERVER)?;
    let mut line = String::new();
    let out = server.stdout.take().ok_or("the server has no output")?;
    BufReader::new(out).read_line(&mut line).doing(SERVER)?;
    let port = line.trim().rsplit(' ').next().unwrap_or_default();
    let mut command = Command::new(client);
    let ran = run::command(run::on_library(&mut command, lib_dir).arg(port), LIMIT);
    // SAFETY: kill touches no memory; the child has not been reaped, so the pid is its own.
    unsafe { libc::kill(server.id() as libc::pid_t, libc::SIGINT) };
    let deadline = std::time::Instant::now() + LIMIT;
    if !run::wait(&server, deadline) {
        let _ = server.kill();
    }
    let ended = server.wait().doing(SERVER)?;
    match ended.success() {
        true => ran,
        false => Err(Failure(format!("the server ended with {ended}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::promised;

    #[test]
    fn what_a_program_prints_is_in_its_comment() {
        let source = "/* A.\n *\n * Prints, if so:\n *   one\n *   two\n *\n * B.\n */\n *   x";
        assert_eq!(promised(source), (vec!["one", "two"], false));
        let either = "/* Prints:\n * in either order */";
        assert_eq!(promised(either), (vec![], true));
    }
}
