//! The Python that pyuv is built for: `$PYTHON`, or the path's `python3`.

use crate::toolbox::{self, Failure, Result};
use std::path::PathBuf;
use std::process::Command;

/// A CPython with its headers, and setuptools or distutils.
#[derive(Clone, Debug)]
pub struct Python {
    /// The interpreter itself, not a script or a link that finds it.
    pub program: PathBuf,
    /// Where it is installed.
    pub prefix: PathBuf,
    /// `3.11`.
    pub version: String,
    /// Where setuptools was installed, if the interpreter has neither.
    pub tools: Option<PathBuf>,
}

/// Prints what [`Python`] holds, and the directory of the headers.
const ASK: &str = "\
import os, sys, sysconfig
print(os.path.realpath(getattr(sys, '_base_executable', None) or sys.executable))
print(sys.base_prefix)
print('%d.%d' % sys.version_info[:2])
print(sysconfig.get_path('include'))";

impl Python {
    /// Finds it and queries it.
    pub fn find() -> Result<Python> {
        let name = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
        let said = toolbox::output(Command::new(name).args(["-c", ASK]))?;
        let mut lines = said.lines().map(PathBuf::from);
        let mut next = || lines.next().ok_or_else(|| Failure(said.clone()));
        let mut python = Python {
            program: next()?,
            prefix: next()?,
            version: next()?.display().to_string(),
            tools: None,
        };
        let include = next()?;
        if !include.join("Python.h").is_file() {
            return Err(Failure(format!(
                "{} has no Python.h in {}: apt-get install python3-dev, or name another Python with PYTHON",
                python.program.display(),
                include.display()
            )));
        }
        python.tools = python.extension_tools()?;
        Ok(python)
    }

    /// A command that starts it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(tools) = &self.tools {
            command.env("PYTHONPATH", tools);
        }
        command
    }

    /// Installs setuptools with pip unless it has setuptools or distutils.
    fn extension_tools(&self) -> Result<Option<PathBuf>> {
        for module in ["setuptools", "distutils.core"] {
            let mut import = self.command();
            import.args(["-W", "ignore", "-c", &format!("import {module}")]);
            if toolbox::output(&mut import).is_ok() {
                return Ok(None);
            }
        }
        let tools = toolbox::target().join("pyuv/tools").join(&self.version);
        if !tools.join("setuptools").is_dir() {
            let mut pip = self.pip("install")?;
            pip.args(["--upgrade", "--target"])
                .arg(&tools)
                .arg("setuptools");
            toolbox::step("fetching setuptools with pip", || toolbox::output(&mut pip))?;
        }
        Ok(Some(tools))
    }

    /// Returns a quiet command of its pip.
    pub fn pip(&self, command: &str) -> Result<Command> {
        let pip = |words: &[&str]| {
            let mut pip = Command::new(&self.program);
            pip.args(["-m", "pip"]).args(words);
            pip
        };
        match toolbox::output(&mut pip(&["--version"])) {
            Ok(_) => Ok(pip(&[command, "--quiet"])),
            Err(why) => Err(Failure(format!(
                "pip is needed: apt-get install python3-pip\n{why}"
            ))),
        }
    }
}
