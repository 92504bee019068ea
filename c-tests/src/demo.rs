//! The conversation that the project started from: a server writes DATA and
//! closes, the client's read callback sees four bytes and then `UV_EOF`.

use crate::report::{Context, Outcome};
use crate::toolbox::{self, Failure, Result};
use crate::{cc, install, interrupt, run};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(30);

/// A conversation: how its two programs are started, the client with the port as
/// its last argument, and what each has to say.
pub struct Script<'a> {
    /// Starts the server.
    pub server: Command,
    /// Starts the client.
    pub client: Command,
    /// What the server says after the line with its port.
    pub server_says: &'a [&'a str],
    /// What the client says.
    pub client_says: &'a [&'a str],
}

/// What the client has to say, on either library.
const CLIENT_SAYS: &[&str] = &[
    "connected",
    "read callback: nread == 4, \"DATA\"",
    "read callback: nread == UV_EOF, \"end of file\"",
    "connection closed",
    "loop closed",
];

/// What the server has to say, after the line with its port. libuv closes the
/// handle first that was last asked to close.
const SERVER_SAYS: &[&str] = &[
    "accepted",
    "DATA written; closing",
    "listener closed",
    "connection closed",
    "loop closed",
];

/// The two programs, compiled.
pub struct Programs {
    server: PathBuf,
    client: PathBuf,
}

/// Compiles the two programs against a header and a library.
pub fn compile(include: &Path, lib_dir: &Path, out: &Path) -> Result<Programs> {
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

/// Runs both programs on the library in `lib_dir`; see [`perform`].
pub fn converse(programs: &Programs, lib_dir: &Path, say: &mut dyn FnMut(&str, &str)) -> Result {
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
    perform(script, say)
}

/// Performs a conversation and hands on each line, as it comes, with the name of
/// who said it. It is a failure when they say anything else than they should.
pub fn perform(mut script: Script, say: &mut dyn FnMut(&str, &str)) -> Result {
    let (sender, lines) = mpsc::channel();
    let deadline = Instant::now() + LIMIT;
    let mut server = Speaker::start("server", &mut script.server, &sender)?;
    let (_, first) = next(&lines, deadline)?;
    let first = first.ok_or("the server ended before it listened")?;
    say("server", &first);
    let port = first.strip_prefix("listening on 127.0.0.1 port ");
    let port = port.ok_or("the server names no port")?;
    script.client.arg(port);
    let mut client = Speaker::start("client", &mut script.client, &sender)?;
    while server.speaks || client.speaks {
        let (who, line) = next(&lines, deadline)?;
        let speaker = if who == "server" {
            &mut server
        } else {
            &mut client
        };
        match line {
            Some(line) => {
                say(who, &line);
                speaker.said.push(line);
            }
            None => speaker.speaks = false,
        }
    }
    interrupt::hold();
    server.end(script.server_says, deadline)?;
    client.end(script.client_says, deadline)
}

/// What was said by whom; `None` when there is no more to come from them.
type Said = (&'static str, Option<String>);

fn next(lines: &Receiver<Said>, deadline: Instant) -> Result<Said> {
    let left = deadline.saturating_duration_since(Instant::now());
    lines
        .recv_timeout(left)
        .map_err(|_| "the conversation has no end".into())
}

/// A program of the conversation; it does not outlive this, nor does what it started.
struct Speaker {
    who: &'static str,
    child: Child,
    reaped: bool,
    said: Vec<String>,
    speaks: bool,
}

impl Speaker {
    fn start(who: &'static str, command: &mut Command, lines: &Sender<Said>) -> Result<Speaker> {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = toolbox::start(command.process_group(0))?;
        let output = child.stdout.take();
        let speaker = Speaker {
            who,
            child,
            reaped: false,
            said: Vec::new(),
            speaks: true,
        };
        let (output, lines) = (output.ok_or("no output")?, lines.clone());
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(|line| line.ok()) {
                let _ = lines.send((who, Some(line)));
            }
            let _ = lines.send((who, None));
        });
        Ok(speaker)
    }

    /// It has ended well and has said what it should, after the first line.
    fn end(&mut self, should_say: &[&str], deadline: Instant) -> Result {
        let (who, said) = (self.who, &self.said);
        if !run::wait(&self.child, deadline) {
            return Err(Failure(format!("the {who} said {said:#?} and did not end")));
        }
        run::kill_group(&self.child);
        self.reaped = true;
        let status = self.child.wait()?;
        match status.success() && said == should_say {
            true => Ok(()),
            false => Err(Failure(format!(
                "the {who} said {said:#?} and ended with {status}"
            ))),
        }
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        if !self.reaped {
            run::kill_group(&self.child);
            let _ = self.child.wait();
        }
    }
}

/// The part of `cargo xtask test` called `demo`: both programs on both libraries.
pub fn check(context: &Context) -> Vec<Outcome> {
    let on_genuine = context.genuine().and_then(|genuine| {
        let out = toolbox::target().join("demo/genuine-header");
        let programs = compile(&genuine.include, &genuine.lib_dir, &out)?;
        Ok((programs, genuine.lib_dir.clone()))
    });
    let on_ours = install::for_tests(context).and_then(|prefix| {
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
