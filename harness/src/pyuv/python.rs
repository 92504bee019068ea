//! The Python that pyuv is built for: `$PYTHON`, or the path's `python3`; or one of a given
//! version.

use crate::toolbox::{self, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
        Python::query(Path::new(&name))
    }

    /// Finds one of a version such as `3.9`: the one that [`Python::find`] finds, `python3.9` of
    /// the path, or one that pyenv has installed. `None` if there is none.
    pub fn of_version(version: &str) -> Result<Option<Python>> {
        let wanted = format!("import sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')");
        let fits = |program: &PathBuf| {
            let mut ask = Command::new(program);
            ask.args(["-c", &wanted]).stderr(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        };
        let mut candidates: Vec<PathBuf> = std::env::var_os("PYTHON")
            .map(Into::into)
            .into_iter()
            .collect();
        candidates.extend(["python3".into(), format!("python{version}").into()]);
        candidates.extend(installed_by_pyenv(version));
        match candidates.into_iter().find(fits) {
            Some(program) => Python::query(&program).map(Some),
            None => Ok(None),
        }
    }

    fn query(program: &Path) -> Result<Python> {
        let said = toolbox::output(Command::new(program).args(["-c", ASK]))?;
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

/// The interpreters of a version that pyenv has installed.
fn installed_by_pyenv(version: &str) -> Vec<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv"));
    let root = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(home);
    let Some(Ok(entries)) = root.map(|root| std::fs::read_dir(root.join("versions"))) else {
        return Vec::new();
    };
    let dirs = entries.flatten().map(|entry| entry.path());
    let is_it = |dir: &PathBuf| {
        let name = dir.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.strip_prefix(version))
            .is_some_and(|rest| rest.starts_with('.'))
    };
    dirs.filter(is_it)
        .map(|dir| dir.join("bin/python3"))
        .collect()
}
