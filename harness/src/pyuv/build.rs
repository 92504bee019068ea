//! Fetches pyuv's source distribution and builds its extension.

use super::python::Python;
use crate::report::Context;
use crate::toolbox::{self, Doing, Result};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// The release that is built.
const RELEASE: &str = "1.4.0";

/// Which library pyuv is built against and runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// libuv.
    Genuine,
    /// libuv-rs.
    Ours,
}

impl Side {
    /// Its name in the results.
    pub fn name(self) -> &'static str {
        match self {
            Side::Genuine => "libuv",
            Side::Ours => "libuv-rs",
        }
    }
}

/// pyuv with its extension in place, and the library that the extension is for.
#[derive(Clone, Debug)]
pub struct Built {
    /// The library it is built against.
    pub side: Side,
    /// pyuv's own tree: `pyuv/` and `tests/`.
    pub tree: PathBuf,
    /// Holds `libuv.so.1`.
    pub lib_dir: PathBuf,
}

/// Builds pyuv against one of the libraries, once for each header and Python.
pub fn build(context: &Context, python: &Python, side: Side) -> Result<Built> {
    let (include, lib_dir) = match side {
        Side::Genuine => {
            let genuine = context.genuine()?;
            (genuine.include.clone(), genuine.lib_dir.clone())
        }
        Side::Ours => {
            let prefix = context.prefix()?;
            (prefix.join("include"), prefix.join("lib"))
        }
    };
    let dir = toolbox::target().join("pyuv").join(&python.version);
    let built = Built {
        side,
        tree: dir.join(side.name()),
        lib_dir: lib_dir.clone(),
    };
    let (stamp, made_of) = (built.tree.join("built-from"), made_of(python, &include)?);
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == made_of) {
        return Ok(built);
    }
    let source = fetch(python)?;
    let what = format!(
        "building pyuv for Python {} on {}",
        python.version,
        side.name()
    );
    toolbox::step(&what, || {
        toolbox::fresh_dir(&built.tree)?;
        toolbox::copy_tree(&source, &built.tree)?;
        let mut setup = python.command();
        setup.args(["setup.py", "--quiet", "build_ext", "--inplace"]);
        setup.arg("--use-system-libuv").arg("-I").arg(&include);
        setup.arg("-L").arg(&lib_dir).current_dir(&built.tree);
        let compat = super::help().join("compat.h");
        setup.env("CFLAGS", format!("-include '{}'", compat.display()));
        toolbox::output(&mut setup)
    })?;
    std::fs::write(&stamp, made_of).doing(stamp.display())?;
    Ok(built)
}

/// The key of a build: the interpreter, the header and our own files.
fn made_of(python: &Python, include: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut files = toolbox::files_below(include)?;
    files.push(super::help().join("compat.h"));
    for file in &files {
        std::fs::read(file).doing(file.display())?.hash(&mut hasher);
    }
    let header = hasher.finish();
    Ok(format!("{}\n{header:016x}\n", python.program.display()))
}

/// Fetches the source distribution and unpacks it below the target directory.
fn fetch(python: &Python) -> Result<PathBuf> {
    let dir = toolbox::target().join("pyuv");
    let tree = dir.join(format!("pyuv-{RELEASE}"));
    if tree.join("setup.py").is_file() {
        return Ok(tree);
    }
    let archive = dir.join(format!("pyuv-{RELEASE}.tar.gz"));
    if !archive.is_file() {
        let mut pip = python.pip("download")?;
        pip.args(["--no-binary", ":all:", "--no-deps", "--dest"])
            .arg(&dir);
        pip.arg(format!("pyuv=={RELEASE}"));
        toolbox::step("fetching pyuv with pip", || toolbox::output(&mut pip))?;
    }
    let unpacked = toolbox::fresh_dir(&dir.join("unpacked"))?;
    let mut unpack = python.command();
    unpack
        .args(["-m", "tarfile", "-e"])
        .arg(&archive)
        .arg(&unpacked);
    toolbox::output(&mut unpack)?;
    std::fs::rename(unpacked.join(format!("pyuv-{RELEASE}")), &tree).doing(tree.display())?;
    Ok(tree)
}
