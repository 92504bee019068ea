//! Projects that use CMake: an installed package, a subdirectory, an installation by CMake.

use super::{LIMIT, Stage, project};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{reference, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

impl Stage {
    /// Configures a project.
    fn configure(&self, source: &Path, out: &Path, options: &[String]) -> Result {
        let mut configure = self.cmake.command();
        configure.arg("-S").arg(source).arg("-B").arg(out);
        configure.args(options).env_remove("LD_LIBRARY_PATH");
        toolbox::output(&mut configure).map(drop)
    }

    /// Configures and builds a project.
    fn cmake(&self, source: &Path, out: &Path, options: &[String]) -> Result {
        self.configure(source, out, options)?;
        let mut build = self.cmake.command();
        build.arg("--build").arg(out).env_remove("LD_LIBRARY_PATH");
        toolbox::output(&mut build).map(drop)
    }

    /// Installs what was built, with DESTDIR set if there is one.
    fn cmake_install(&self, built: &Path, destdir: Option<&Path>) -> Result {
        let mut install = self.cmake.command();
        install.arg("--build").arg(built);
        install.args(["--target", "install"]).env_remove("DESTDIR");
        if let Some(destdir) = destdir {
            install.env("DESTDIR", destdir);
        }
        toolbox::output(&mut install).map(drop)
    }

    /// Makes a project's cargo reuse this build's target directory.
    fn share_target(&self) -> String {
        format!("-DLIBUV_CARGO_TARGET_DIR={}", toolbox::target().display())
    }
}

pub fn find_package(stage: &Stage, out: &Path) -> Result {
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", stage.prefix.display());
    stage.cmake(&project("find-package"), out, &[prefix])
}

pub fn subdirectory(stage: &Stage, out: &Path) -> Result {
    stage.cmake(&project("subdirectory"), out, &[stage.share_target()])
}

pub fn fetch_content(stage: &Stage, out: &Path) -> Result {
    stage.cmake(&project("fetch-content"), out, &[stage.share_target()])
}

fn tree(path: &Path) -> String {
    format!("-DLIBUV_TREE={}", path.display())
}

/// Does with the targets what projects do with libuv's; CMake must say the same of both, and
/// the programs run where they are installed.
pub fn targets(stage: &Stage, out: &Path) -> Result {
    let here = [
        tree(&toolbox::root()),
        stage.share_target(),
        format!("-DCMAKE_INSTALL_PREFIX={}", out.join("prefix").display()),
    ];
    let source = project("targets");
    stage.cmake(&source, out, &here)?;
    if stage.with_genuine {
        let genuine = toolbox::fresh_dir(&out.join("genuine"))?;
        let options = [tree(&reference::tree()?), "-DBUILD_TESTING=OFF".into()];
        stage.configure(&source, &genuine, &options)?;
        let (ours, theirs) = (facts(out)?, facts(&genuine)?);
        if ours != theirs {
            let why = format!("CMake says of libuv:\n{theirs}of ours:\n{ours}");
            return Err(Failure(why));
        }
    }
    stage.cmake_install(out, None)?;
    for name in ["libuv.so.1.0.0", "libuv.a"] {
        let read = |dir: PathBuf| std::fs::read(dir.join(name)).doing(name);
        if read(out.join("prefix/bundle/lib"))? != read(stage.prefix.join("lib"))? {
            return Err(Failure(format!("install(TARGETS) installs another {name}")));
        }
    }
    run_installed(out)
}

/// The same with another name and another version of the shared library.
pub fn targets_renamed(stage: &Stage, out: &Path) -> Result {
    let options = [
        tree(&toolbox::root()),
        stage.share_target(),
        "-DRENAMED=ON".to_owned(),
        format!("-DCMAKE_INSTALL_PREFIX={}", out.join("prefix").display()),
    ];
    stage.cmake(&project("targets"), out, &options)?;
    stage.cmake_install(out, None)?;
    let program = out.join("prefix/bundle/bin/c_uv");
    let needed = toolbox::output(Command::new("readelf").arg("-dW").arg(program))?;
    match needed.contains("[libprivate_uv.so.7]") {
        true => run_installed(out),
        false => Err(Failure(format!("the program does not need it:\n{needed}"))),
    }
}

/// Runs the programs that are installed beside their library.
fn run_installed(out: &Path) -> Result {
    for name in ["c_uv", "c_uv_a"] {
        let mut program = Command::new(out.join("prefix/bundle/bin").join(name));
        toolbox::output(program.env_remove("LD_LIBRARY_PATH"))?;
    }
    Ok(())
}

/// What CMake says of the targets, without the build directory and CMake's own marks.
fn facts(out: &Path) -> Result<String> {
    let facts = std::fs::read_to_string(out.join("facts.txt")).doing("facts.txt")?;
    let facts = facts.replace(&*out.to_string_lossy(), "BUILD");
    let line = |line: &str| {
        let words = line.split(';').filter(|word| !word.starts_with("::@"));
        words.collect::<Vec<_>>().join(";") + "\n"
    };
    Ok(facts.lines().map(line).collect())
}

/// `cmake --install` on this repository writes the same files as `cargo xtask install`, byte
/// for byte, without and with other directories.
pub fn install(stage: &Stage, out: &Path) -> Result {
    let (build, destdir) = (out.join("build"), out.join("destdir"));
    let options = [
        stage.share_target(),
        format!("-DCMAKE_INSTALL_PREFIX={}", stage.prefix.display()),
        "-DCMAKE_INSTALL_LIBDIR=lib".to_owned(),
    ];
    stage.cmake(&toolbox::root(), &build, &options)?;
    stage.cmake_install(&build, Some(&destdir))?;
    let below = |dir: &Path| destdir.join(dir.strip_prefix("/").unwrap_or(dir));
    same_trees(&stage.prefix, &below(&stage.prefix))?;

    let options = [
        "-DCMAKE_INSTALL_PREFIX=/opt/uv",
        "-DCMAKE_INSTALL_LIBDIR=lib/some-machine",
        "-DLIBUV_DEBUG_DIR=/usr/lib/debug",
    ];
    stage.cmake(&toolbox::root(), &build, &options.map(String::from))?;
    let destdir = toolbox::fresh_dir(&destdir)?;
    stage.cmake_install(&build, Some(&destdir))?;
    let by_xtask = out.join("by-xtask");
    let mut xtask = toolbox::cargo();
    xtask.args(["xtask", "install", "--prefix", "/opt/uv"]);
    xtask.args([
        "--libdir",
        "lib/some-machine",
        "--debug-dir",
        "/usr/lib/debug",
    ]);
    toolbox::output(xtask.env("DESTDIR", &by_xtask))?;
    same_trees(&by_xtask, &destdir)?;
    std::fs::remove_dir_all(out).doing(out.display())
}

/// Fails at the first difference: a name, a link, a mode, a byte.
fn same_trees(ours: &Path, by_cmake: &Path) -> Result {
    let names = |dir: &Path| -> Result<Vec<PathBuf>> {
        let files = toolbox::files_below(dir)?.into_iter();
        let below = |file: PathBuf| file.strip_prefix(dir).map_or(file.clone(), Path::to_owned);
        Ok(files.map(below).collect())
    };
    let (names_ours, names_cmake) = (names(ours)?, names(by_cmake)?);
    let unlike = |a: &[PathBuf], b: &[PathBuf]| a.iter().find(|&name| !b.contains(name)).cloned();
    if let Some(name) = unlike(&names_ours, &names_cmake) {
        return Err(Failure(format!("CMake did not install {}", name.display())));
    }
    if let Some(name) = unlike(&names_cmake, &names_ours) {
        return Err(Failure(format!("only CMake installs {}", name.display())));
    }
    for name in names_ours {
        let is = |dir: &Path| -> Result<(Option<PathBuf>, u32, Vec<u8>)> {
            let path = dir.join(&name);
            let mode = std::fs::metadata(&path)
                .doing(path.display())?
                .permissions()
                .mode();
            let bytes = std::fs::read(&path).doing(path.display())?;
            Ok((std::fs::read_link(&path).ok(), mode, bytes))
        };
        if is(ours)? != is(by_cmake)? {
            return Err(Failure(format!(
                "{} is another one by CMake",
                name.display()
            )));
        }
    }
    Ok(())
}

/// Without a tool that the build needs, or with one that is too old, CMake says so in one
/// sentence.
pub fn no_tool(stage: &Stage, out: &Path) -> Result {
    let old = out.join("cargo");
    std::fs::write(&old, "#!/bin/sh\necho cargo 1.70.0\n").doing(old.display())?;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&old, mode).doing(old.display())?;
    let old = format!("CARGO_EXECUTABLE={}", old.display());
    let tools = [
        (
            "CARGO_EXECUTABLE=",
            "is built with cargo, which is not on the PATH: install Rust",
        ),
        (
            &old,
            "is built with Rust 1.85 or newer (https://rustup.rs), and ",
        ),
        (
            "CMAKE_OBJCOPY=",
            "has found no objcopy: apt-get install binutils",
        ),
    ];
    for (variable, told) in tools {
        let mut configure = stage.cmake.command();
        let build = toolbox::fresh_dir(&out.join("build"))?;
        configure
            .arg("-S")
            .arg(toolbox::root())
            .arg("-B")
            .arg(build);
        match toolbox::output(configure.arg(format!("-D{variable}"))) {
            // CMake breaks the lines.
            Err(Failure(why)) if words(&why).contains(told) => {}
            Err(why) => return Err(why),
            Ok(said) => return Err(Failure(format!("CMake did without {variable}: {said}"))),
        }
    }
    std::fs::remove_dir_all(out).doing(out.display())
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Without the crates and without a network, the build says in one sentence what to fetch.
pub fn no_network(stage: &Stage, out: &Path) -> Result {
    let home = toolbox::fresh_dir(&out.join("cargo-home"))?;
    stage.configure(&toolbox::root(), &out.join("build"), &[])?;
    let mut build = stage.cmake.command();
    build.arg("--build").arg(out.join("build"));
    build
        .env("CARGO_HOME", &home)
        .env("CARGO_NET_OFFLINE", "true");
    let done = run::command(&mut build, LIMIT)?;
    let told = done.stderr.contains("run `cargo fetch --locked` in ");
    match told && !done.success() && !done.stderr.contains("error: ") {
        true => std::fs::remove_dir_all(out).doing(out.display()),
        false => Err(Failure(done.story())),
    }
}
