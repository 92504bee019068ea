//! The demo in Python: a server writes DATA and closes; the client's read callback gets
//! the data, and then `None` with `UV_EOF`. Also runs the standard library's HTTP client
//! on a pyuv connection.

use super::build::{self, Side};
use super::python::Python;
use super::stage::Stage;
use crate::conversation::{self, Script};
use crate::report::{Context, Outcome};
use crate::sandbox::Isolation;
use crate::toolbox::Result;
use std::path::PathBuf;

/// What the client must print.
const CLIENT_SAYS: &[&str] = &[
    "connected",
    "read callback: (b'DATA', None)",
    "read callback: (None, -4095), which is UV_EOF",
    "connection closed",
    "loop ended",
];

/// What the server must print after the line with its port. libuv calls close callbacks
/// in the reverse order of `uv_close`.
const SERVER_SAYS: &[&str] = &[
    "accepted",
    "DATA written; closing",
    "connection closed",
    "listener closed",
    "loop ended",
];

/// What the HTTP client must print.
const FETCH_SAYS: &[&str] = &[
    r"200 OK: b'you asked for\n/one\n'",
    "the timer ticked meanwhile: True",
    r"line: b'you asked for\n'",
    r"line: b'/two\n'",
    "no answer: timed out",
    "loop ended",
];

/// What the HTTP server must print after the line with its port.
const WEB_SAYS: &[&str] = &["connection ended"];

/// pyuv, ready for the experiment.
pub struct Experiment {
    stage: Stage,
    dir: PathBuf,
    /// `3.11`.
    pub python: String,
}

/// Builds pyuv against a library.
pub fn prepare(context: &Context, side: Side) -> Result<Experiment> {
    let python = Python::find()?;
    let built = build::build(context, &python, side)?;
    let stage = Stage::new(&python, Isolation::detect())?;
    let dir = stage.bring(&built)?;
    Ok(Experiment {
        stage,
        dir,
        python: python.version,
    })
}

impl Experiment {
    /// Runs the server and the client; see [`conversation::perform`].
    pub fn run(&self, say: &mut dyn FnMut(&str, &str)) -> Result {
        let script = Script {
            server: self.stage.command(&self.dir, "server.py"),
            client: self.stage.command(&self.dir, "client.py"),
            server_says: SERVER_SAYS,
            client_says: CLIENT_SAYS,
        };
        conversation::perform(script, say)
    }

    /// Runs the HTTP client and its server.
    fn fetch(&self) -> Result {
        let script = Script {
            server: self.stage.command(&self.dir, "web.py"),
            client: self.stage.command(&self.dir, "fetch.py"),
            server_says: WEB_SAYS,
            client_says: FETCH_SAYS,
        };
        conversation::perform(script, &mut |_, _| {})
    }
}

/// Runs both as tests, on both libraries.
pub fn check(context: &Context) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for side in [Side::Genuine, Side::Ours] {
        if context.options.only_ours && side == Side::Genuine {
            continue;
        }
        let wanted = ["experiment", "http"].map(|name| context.wants(name));
        if !wanted.contains(&true) {
            continue;
        }
        let ready = prepare(context, side);
        let mut run = |name: &str, run: &dyn Fn(&Experiment) -> Result| {
            let name = format!("{name}: on {}", side.name());
            let result = ready.as_ref().map_err(Clone::clone).and_then(run);
            outcomes.push(Outcome::of(name, result));
        };
        if wanted[0] {
            run("experiment", &|ready| ready.run(&mut |_, _| {}));
        }
        if wanted[1] {
            run("http", &|ready| ready.fetch());
        }
    }
    outcomes
}
