//! The experiment in Python: a server writes DATA and closes; the client's read
//! callback gets the data, and then `None` with `UV_EOF`.

use super::build::{self, Side};
use super::python::Python;
use super::stage::Stage;
use crate::demo::{self, Script};
use crate::namespace::Isolation;
use crate::report::{Context, Outcome};
use crate::toolbox::Result;
use std::path::PathBuf;

/// What the client has to say.
const CLIENT_SAYS: &[&str] = &[
    "connected",
    "read callback: (b'DATA', None)",
    "read callback: (None, -4095), which is UV_EOF",
    "connection closed",
    "loop ended",
];

/// What the server has to say, after the line with its port. libuv closes the
/// handle first that was last asked to close.
const SERVER_SAYS: &[&str] = &[
    "accepted",
    "DATA written; closing",
    "connection closed",
    "listener closed",
    "loop ended",
];

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
    /// Runs the server and the client; see [`demo::perform`].
    pub fn run(&self, say: &mut dyn FnMut(&str, &str)) -> Result {
        let script = Script {
            server: self.stage.command(&self.dir, "server.py"),
            client: self.stage.command(&self.dir, "client.py"),
            server_says: SERVER_SAYS,
            client_says: CLIENT_SAYS,
        };
        demo::perform(script, say)
    }
}

/// The experiment as a test, on both libraries.
pub fn check(context: &Context) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for side in [Side::Genuine, Side::Ours] {
        let name = format!("experiment: on {}", side.name());
        if context.wants("experiment") && !(context.options.only_ours && side == Side::Genuine) {
            let result = prepare(context, side).and_then(|ready| ready.run(&mut |_, _| {}));
            outcomes.push(Outcome::of(name, result));
        }
    }
    outcomes
}
