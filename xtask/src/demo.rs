//! `cargo xtask demo`: a C server and a C client on the installed library. The server writes
//! DATA and closes; the client's read callback gets four bytes and then `UV_EOF`.

use crate::args::Args;
use crate::install;
use harness::conversation::{self, Script};
use harness::report::{Context, Options, Outcome};
use harness::toolbox::{self, Failure, Result};
use harness::{cc, pyuv, run, uvsocket};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

pub const ABOUT: &str = "a server and a client in C, and what they say to each other";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask demo [--python]\n\n\
         Builds the release library, installs it below target/prefix, compiles\n\
         c-tests/demo/server.c and client.c against the installed header and\n\
         library, runs them and shows the conversation.\n\n\
         \x20 --python  the same in Python: fetches pyuv, builds it against the installed\n\
         \x20           library, and runs c-tests/pyuv/server.py and client.py; then ten\n\
         \x20           greenlets, each of which fetches a page by urllib",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let python = args.flag("--python");
    args.finish()?;
    let context = Context::new(Options::default()).with_installer(install::fresh_prefix);
    toolbox::step("building the release library", || context.ours().map(drop))?;
    match python {
        true => in_python(&context),
        false => in_c(&context),
    }
}

fn in_c(context: &Context) -> Result<String> {
    let prefix = toolbox::step("installing it", || context.prefix())?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    let out = toolbox::target().join("demo/our-header");
    let programs = toolbox::step("compiling server.c and client.c", || {
        compile(&include, &lib, &out)
    })?;
    narrate(|say| converse(&programs, &lib, say))?;
    println!("  the programs are {}/server and client", out.display());
    Ok("demo: the client read DATA and then UV_EOF, as with libuv".into())
}

fn in_python(context: &Context) -> Result<String> {
    let experiment = pyuv::experiment::prepare(context, pyuv::Side::Ours)?;
    narrate(|say| experiment.run(say))?;
    println!("  the programs are c-tests/pyuv/server.py and client.py\n");
    uvsocket::demo(context, &mut |line| println!("  {line}"))?;
    println!("  the program is python/examples/ten.py");
    Ok(format!(
        "demo: in Python {}, pyuv's read callback got b'DATA' and then UV_EOF, as with libuv; \
         ten greenlets fetched a page each by urllib",
        experiment.python
    ))
}

/// Prints a conversation, what the server says on the left.
fn narrate(converse: impl FnOnce(&mut dyn FnMut(&str, &str)) -> Result) -> Result {
    println!("\n  {:>9}  {:<34}client", "", "server");
    let start = Instant::now();
    converse(&mut |who, line| {
        let time = format!("{:.2} ms", start.elapsed().as_secs_f64() * 1e3);
        match who {
            "server" => println!("  {time:>9}  {line}"),
            _ => println!("  {time:>9}  {:<34}{line}", ""),
        }
    })?;
    println!();
    Ok(())
}

/// What the client must print on either library.
const CLIENT_SAYS: &[&str] = &[
    "connected",
    "read callback: nread == 4, \"DATA\"",
    "read callback: nread == UV_EOF, \"end of file\"",
    "connection closed",
    "loop closed",
];

/// What the server must print after the line with its port. libuv calls close callbacks
/// in the reverse order of `uv_close`.
const SERVER_SAYS: &[&str] = &[
    "accepted",
    "DATA written; closing",
    "listener closed",
    "connection closed",
    "loop closed",
];

/// The two programs, compiled.
struct Programs {
    server: PathBuf,
    client: PathBuf,
}

/// Compiles the two programs against a header and a library.
fn compile(include: &Path, lib_dir: &Path, out: &Path) -> Result<Programs> {
    let sources = toolbox::root().join("c-tests/demo");
    let programs = Programs {
        server: out.join("server"),
        client: out.join("client"),
    };
    for (source, program) in [
        ("server.c", &programs.server),
        ("client.c", &programs.client),
    ] {
        cc::compile(
            &[sources.join(source)],
            include,
            lib_dir,
            program,
            &["-Werror"],
        )?;
    }
    Ok(programs)
}

/// Runs both programs on the library in `lib_dir`; see [`conversation::perform`].
fn converse(programs: &Programs, lib_dir: &Path, say: &mut dyn FnMut(&str, &str)) -> Result {
    let on_library = |program: &PathBuf| {
        let mut command = Command::new(program);
        run::on_library(&mut command, lib_dir);
        command
    };
    let script = Script {
        server: on_library(&programs.server),
        client: on_library(&programs.client),
        server_says: SERVER_SAYS,
        client_says: CLIENT_SAYS,
    };
    conversation::perform(script, say)
}

/// The part of `cargo xtask test` called `demo`: both programs, compiled with each header,
/// on both libraries.
pub fn check(context: &Context) -> Vec<Outcome> {
    let on_genuine = context.genuine().and_then(|genuine| {
        let out = toolbox::target().join("demo/genuine-header");
        let programs = compile(&genuine.include, &genuine.lib_dir, &out)?;
        Ok((programs, genuine.lib_dir.clone()))
    });
    let on_ours = context.prefix().and_then(|prefix| {
        let (out, lib) = (
            toolbox::target().join("demo/our-header"),
            prefix.join("lib"),
        );
        Ok((compile(&prefix.join("include"), &lib, &out)?, lib))
    });
    let headers = [("libuv's header", &on_genuine), ("our header", &on_ours)];
    let libraries = [("libuv", &on_genuine), ("ours", &on_ours)];
    let mut outcomes = Vec::new();
    for (header, programs) in headers {
        for (library, built) in libraries {
            let name = format!("{header}, on {library}");
            if !context.wants(&name) {
                continue;
            }
            let result =
                both(programs, built).and_then(|(p, (_, lib))| converse(&p.0, lib, &mut |_, _| {}));
            outcomes.push(Outcome::of(name, result));
        }
    }
    outcomes
}

fn both<'a, T>(a: &'a Result<T>, b: &'a Result<T>) -> Result<(&'a T, &'a T)> {
    Ok((
        a.as_ref().map_err(Failure::clone)?,
        b.as_ref().map_err(Failure::clone)?,
    ))
}
