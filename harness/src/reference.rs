//! The reference: fetches the sources of libuv 1.53.0 and builds them.

use crate::toolbox::{self, Doing, Failure, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The crate that contains libuv's sources, and their directory in it.
const CRATE: &str = "libuv-sys2";
const TREE: &str = "libuv";

/// The genuine library, built by its own CMake in Release.
#[derive(Clone, Debug)]
pub struct Genuine {
    /// Holds `uv.h`.
    pub include: PathBuf,
    /// Holds `libuv.so`, `libuv.so.1` and `libuv.a`.
    pub lib_dir: PathBuf,
    /// `libuv.a`.
    pub static_lib: PathBuf,
}

/// Returns the directory of libuv's sources; fetches the crate if necessary.
pub fn tree() -> Result<PathBuf> {
    let manifest = toolbox::root().join("harness/reference/Cargo.toml");
    let metadata = match metadata(&manifest) {
        Ok(text) => text,
        Err(_) => {
            let mut fetch = toolbox::cargo();
            fetch.arg("fetch").arg("--manifest-path").arg(&manifest);
            toolbox::step("fetching the reference", || toolbox::output(&mut fetch))?;
            metadata(&manifest)?
        }
    };
    let metadata: Value = serde_json::from_str(&metadata).doing("cargo metadata")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let found = packages
        .filter(|package| package["name"] == CRATE)
        .find_map(|package| package["manifest_path"].as_str())
        .ok_or_else(|| Failure(format!("cargo metadata names no {CRATE}")))?;
    let tree = Path::new(found).with_file_name(TREE);
    match tree.join("include/uv.h").is_file() {
        true => Ok(tree),
        false => Err(Failure(format!("no libuv in {}", tree.display()))),
    }
}

/// Returns cargo's metadata without network access.
fn metadata(manifest: &Path) -> Result<String> {
    let mut command = toolbox::cargo();
    command.args(["metadata", "--offline", "--format-version", "1"]);
    toolbox::output(command.arg("--manifest-path").arg(manifest))
}

/// Builds the genuine library below the target directory, once.
pub fn build() -> Result<Genuine> {
    build_for("reference", &[])
}

/// Builds it in `target/NAME` with further options for CMake.
pub fn build_for(name: &str, options: &[String]) -> Result<Genuine> {
    let tree = tree()?;
    let dir = toolbox::target().join(name);
    let genuine = Genuine {
        include: tree.join("include"),
        lib_dir: dir.clone(),
        static_lib: dir.join("libuv.a"),
    };
    let stamp = dir.join("built-from");
    let made_of = tree.to_string_lossy().into_owned();
    if std::fs::read_to_string(&stamp).is_ok_and(|text| text == made_of) {
        return Ok(genuine);
    }
    let cmake = cmake()?;
    toolbox::step("building the reference (CMake, Release)", || {
        toolbox::fresh_dir(&dir)?;
        let mut configure = cmake.command();
        configure.arg("-S").arg(&tree).arg("-B").arg(&dir);
        configure.args(["-DCMAKE_BUILD_TYPE=Release", "-DLIBUV_BUILD_SHARED=ON"]);
        configure.args(["-DBUILD_TESTING=OFF", "-DENABLE_CLANG_TIDY=OFF"]);
        configure.args(options);
        toolbox::output(&mut configure)?;
        let mut build = cmake.command();
        build.arg("--build").arg(&dir).args(["--parallel", "2"]);
        toolbox::output(&mut build)
    })?;
    std::fs::write(&stamp, made_of).doing(stamp.display())?;
    Ok(genuine)
}

/// Installs the genuine library below the target directory, so that it can be used there;
/// returns the prefix.
pub fn prefix() -> Result<PathBuf> {
    let built = build()?;
    let prefix = toolbox::fresh_dir(&toolbox::target().join("reference-prefix"))?;
    let mut install = cmake()?.command();
    install.arg("--install").arg(&built.lib_dir);
    toolbox::output(install.arg("--prefix").arg(&prefix))?;
    // These were written for the prefix that was the default when CMake was configured.
    let there = prefix.to_string_lossy();
    for name in ["libuv.pc", "libuv-static.pc"] {
        let path = prefix.join("lib/pkgconfig").join(name);
        let text = std::fs::read_to_string(&path).doing(path.display())?;
        std::fs::write(&path, text.replace("/usr/local", &there)).doing(path.display())?;
    }
    Ok(prefix)
}

/// A usable CMake.
#[derive(Clone, Debug)]
pub struct Cmake {
    program: PathBuf,
    python_path: Option<PathBuf>,
}

impl Cmake {
    /// Returns a command that starts it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(path) = &self.python_path {
            command.env("PYTHONPATH", path);
        }
        command
    }

    /// Makes a program that starts `cmake` itself find this one.
    pub fn on_path(&self, command: &mut Command) -> Result {
        if let Some(python_path) = &self.python_path {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let dir = self.program.parent().map(PathBuf::from);
            let all = dir.into_iter().chain(std::env::split_paths(&path));
            command.env("PATH", std::env::join_paths(all).doing("PATH")?);
            command.env("PYTHONPATH", python_path);
        }
        Ok(())
    }

    fn is_usable(&self) -> bool {
        let Ok(said) = toolbox::output(self.command().arg("--version")) else {
            return false;
        };
        let version = said.split_whitespace().nth(2).unwrap_or_default();
        let mut parts = version
            .split('.')
            .map_while(|part| part.parse::<u32>().ok());
        (parts.next(), parts.next()) >= (Some(3), Some(10))
    }
}

/// Finds CMake 3.10 or newer on the path, or installs it with pip below the target
/// directory.
pub fn cmake() -> Result<Cmake> {
    if std::env::var_os("CMAKE_GENERATOR").is_none() {
        toolbox::need("make")?;
    }
    let on_path = Cmake {
        program: "cmake".into(),
        python_path: None,
    };
    if on_path.is_usable() {
        return Ok(on_path);
    }
    let tools = toolbox::target().join("tools");
    let fetched = Cmake {
        program: tools.join("bin/cmake"),
        python_path: Some(tools.clone()),
    };
    if fetched.is_usable() {
        return Ok(fetched);
    }
    // pip would keep what an interrupted installation left.
    toolbox::fresh_dir(&tools)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--target"]);
    pip.arg(&tools).arg("cmake");
    let installed = toolbox::step("fetching CMake with pip", || toolbox::output(&mut pip));
    match installed {
        Ok(_) if fetched.is_usable() => Ok(fetched),
        Ok(_) => Err("CMake 3.10 or newer is needed: apt-get install cmake".into()),
        Err(why) => Err(Failure(format!(
            "CMake 3.10 or newer is needed (apt-get install cmake); pip said: {why}"
        ))),
    }
}
