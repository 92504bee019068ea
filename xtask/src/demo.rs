//! `cargo xtask demo`: a C server and a C client on the installed library.

use crate::args::Args;
use c_tests::report::{Context, Options};
use c_tests::{Result, demo, install, pyuv, toolbox};
use std::time::Instant;

pub const ABOUT: &str = "a server and a client in C, and what they say to each other";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask demo [--python]\n\n\
         Builds the release library, installs it below target/prefix, compiles\n\
         c-tests/demo/server.c and client.c against the installed header and\n\
         library, runs them and shows the conversation.\n\n\
         \x20 --python  the same in Python: fetches pyuv, builds it against the installed\n\
         \x20           library, and runs c-tests/pyuv/server.py and client.py",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let python = args.flag("--python");
    args.finish()?;
    let context = Context::new(Options::default());
    toolbox::step("building the release library", || context.ours().map(drop))?;
    match python {
        true => in_python(&context),
        false => in_c(&context),
    }
}

fn in_c(context: &Context) -> Result<String> {
    let prefix = toolbox::step("installing it", || install::for_tests(context))?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    let out = toolbox::target().join("demo/our-header");
    let programs = toolbox::step("compiling server.c and client.c", || {
        demo::compile(&include, &lib, &out)
    })?;
    narrate(|say| demo::converse(&programs, &lib, say))?;
    println!("  the programs are {}/server and client", out.display());
    Ok("demo: the client read DATA and then UV_EOF, as with libuv".into())
}

fn in_python(context: &Context) -> Result<String> {
    let experiment = pyuv::experiment::prepare(context, pyuv::Side::Ours)?;
    narrate(|say| experiment.run(say))?;
    println!("  the programs are c-tests/pyuv/server.py and client.py");
    Ok(format!(
        "demo: in Python {}, pyuv's read callback got b'DATA' and then UV_EOF, as with libuv",
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
