//! The project's commands: `cargo xtask demo | test | fuzz | header | docs | bench | install`.

mod args;
mod bench;
mod demo;
mod docs;
mod fuzz;
mod header;
mod install;
mod test;

use args::Args;
use harness::tempdir::TempDir;
use harness::{Failure, Result};
use std::process::ExitCode;

/// A command.
struct Command {
    name: &'static str,
    about: &'static str,
    help: fn() -> String,
    /// Does the work and returns the closing line.
    run: fn(&mut Args) -> Result<String>,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "demo",
        about: demo::ABOUT,
        help: demo::help,
        run: demo::run,
    },
    Command {
        name: "test",
        about: test::ABOUT,
        help: test::help,
        run: test::run,
    },
    Command {
        name: "fuzz",
        about: fuzz::ABOUT,
        help: fuzz::help,
        run: fuzz::run,
    },
    Command {
        name: "header",
        about: header::ABOUT,
        help: header::help,
        run: header::run,
    },
    Command {
        name: "docs",
        about: docs::ABOUT,
        help: docs::help,
        run: docs::run,
    },
    Command {
        name: "bench",
        about: bench::ABOUT,
        help: bench::help,
        run: bench::run,
    },
    Command {
        name: "install",
        about: install::ABOUT,
        help: install::help,
        run: install::run,
    },
];

/// The exit status for a wrong command line.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(name) = words.next() else {
        eprintln!("{}", usage());
        return ExitCode::from(USAGE);
    };
    match name.as_str() {
        "--help" | "-h" | "help" => return explain(words.next()),
        "--version" | "-V" => return print_version(),
        _ => {}
    }
    let Some(command) = found(&name) else {
        return no_command(&name);
    };
    let mut args = Args::new(words);
    if args.flag("--help") || args.flag("-h") {
        return explain(Some(name));
    }
    match run(command, &mut args) {
        Ok(closing) => {
            println!("{closing}");
            ExitCode::SUCCESS
        }
        Err(Failure(why)) => {
            eprintln!("{why}");
            match args.were_understood() {
                true => ExitCode::FAILURE,
                false => ExitCode::from(USAGE),
            }
        }
    }
}

fn found(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn no_command(name: &str) -> ExitCode {
    eprintln!("no command is called {name:?}\n\n{}", usage());
    ExitCode::from(USAGE)
}

/// Prints the help of one command, or which commands there are.
fn explain(name: Option<String>) -> ExitCode {
    let Some(name) = name else {
        println!("{}", usage());
        return ExitCode::SUCCESS;
    };
    let Some(Command { about, help, .. }) = found(&name) else {
        return no_command(&name);
    };
    println!("cargo xtask {name}: {about}\n\n{}", help());
    ExitCode::SUCCESS
}

/// Prints the library's version, which is that of libuv.
fn print_version() -> ExitCode {
    match harness::ours::version() {
        Ok(version) => {
            println!("libuv-rs {version}");
            ExitCode::SUCCESS
        }
        Err(Failure(why)) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a command with a temporary directory that is removed when it ends.
fn run(command: &Command, args: &mut Args) -> Result<String> {
    let temporary = TempDir::new("uv")?;
    // SAFETY: the process has one thread, so that nothing reads the environment meanwhile.
    unsafe { std::env::set_var("TMPDIR", &*temporary) };
    harness::interrupt::watch()?;
    (command.run)(args)
}

fn usage() -> String {
    let mut text = String::from("Usage: cargo xtask COMMAND [OPTIONS]\n\n");
    for command in COMMANDS {
        text += &format!("  {:<8} {}\n", command.name, command.about);
    }
    text + "\n`cargo xtask help COMMAND` explains one of them; --version prints the version."
}
