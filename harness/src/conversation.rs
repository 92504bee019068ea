//! Runs a server and a client and checks what each of them prints.

use crate::toolbox::{self, Failure, Result};
use crate::{interrupt, run};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
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

/// A line and the name of the program that printed it; `None` at the end of its output.
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
