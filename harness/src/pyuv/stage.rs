//! A directory for pyuv that any user can read, because its tests start Python as another
//! user.

use super::build::Built;
use super::python::Python;
use crate::run;
use crate::sandbox::Isolation;
use crate::tempdir::{self, TempDir};
use crate::toolbox::{self, Doing, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Parts of Python's library that no test uses and that are large or generated.
const LEFT_OUT: &[&str] = &[
    "__pycache__",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "site-packages",
    "test",
    "tests",
    "turtledemo",
];

/// The directory, which is removed when this is dropped.
pub struct Stage {
    dir: TempDir,
    program: PathBuf,
    libpython: Option<PathBuf>,
}

impl Stage {
    /// Creates it, with a copy of Python if only root can reach the installed one.
    pub fn new(python: &Python, isolation: Isolation) -> Result<Stage> {
        let mut stage = Stage {
            dir: TempDir::new("uv-pyuv")?,
            program: python.program.clone(),
            libpython: None,
        };
        toolbox::copy_tree(&super::help(), &stage.dir.join("help"))?;
        let package = toolbox::root().join("python/uvsocket");
        toolbox::copy_tree(&package, &stage.dir.join("help/uvsocket"))?;
        std::fs::create_dir(stage.dir.join("bin"))?;
        if isolation.is_root() && !tempdir::is_open(&python.program) {
            let home = stage.dir.join("python");
            stage.program = copy_python(python, &home)?;
            stage.libpython = Some(home.join("lib"));
        }
        // One of the tests starts a script that runs "python".
        let python = stage.dir.join("bin/python");
        toolbox::relink(&stage.program.to_string_lossy(), &python)?;
        Ok(stage)
    }

    /// Copies pyuv and its library into it; returns their directory.
    pub fn bring(&self, built: &Built) -> Result<PathBuf> {
        let dir = self.dir.join(built.side.name());
        for part in ["pyuv", "tests"] {
            toolbox::copy_tree(&built.tree.join(part), &dir.join(part))?;
        }
        let library = built.lib_dir.join("libuv.so.1");
        std::fs::create_dir_all(dir.join("lib"))?;
        std::fs::copy(&library, dir.join("lib/libuv.so.1")).doing(library.display())?;
        Ok(dir)
    }

    /// Starts one of our scripts on the pyuv in `dir`, in its tests' directory.
    pub fn command(&self, dir: &Path, script: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(self.dir.join("help").join(script));
        command.current_dir(dir.join("tests")).env_clear();
        let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", self.dir.display());
        command.env("PATH", path);
        command.env("HOME", &*self.dir).env("LANG", "C.UTF-8");
        command.env("PYTHONPATH", dir);
        let mut libraries = OsString::from(dir.join("lib"));
        if let Some(libpython) = &self.libpython {
            libraries.push(":");
            libraries.push(libpython);
        }
        run::on_library(&mut command, Path::new(&libraries));
        command
    }
}

/// Copies what an interpreter needs in order to run; returns the copy's program.
fn copy_python(python: &Python, to: &Path) -> Result<PathBuf> {
    let name = format!("python{}", python.version);
    let library = python.prefix.join("lib");
    copy_some(&library.join(&name), &to.join("lib").join(&name))?;
    for entry in std::fs::read_dir(&library).doing(library.display())? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default();
        if file.to_string_lossy().starts_with("libpython") && path.is_file() {
            std::fs::copy(&path, to.join("lib").join(file)).doing(path.display())?;
        }
    }
    let program = to.join("bin").join(name);
    std::fs::create_dir_all(to.join("bin"))?;
    std::fs::copy(&python.program, &program).doing(python.program.display())?;
    Ok(program)
}

fn copy_some(from: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).doing(to.display())?;
    for entry in std::fs::read_dir(from).doing(from.display())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default();
        let text = name.to_string_lossy();
        if LEFT_OUT.contains(&&*text) || text.starts_with("config-") {
            continue;
        }
        if path.is_dir() {
            copy_some(&path, &to.join(name))?;
        } else {
            std::fs::copy(&path, to.join(name)).doing(path.display())?;
        }
    }
    Ok(())
}
