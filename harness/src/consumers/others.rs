//! Projects that use pkg-config, autoconf and Meson.

use super::{Stage, project};
use crate::toolbox::{self, Doing, Failure, Result};
use std::path::Path;
use std::process::Command;

impl Stage {
    /// Makes pkg-config look into the prefix.
    fn with_packages<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig"))
    }
}

pub fn pkg_config(stage: &Stage, out: &Path) -> Result {
    let mut build = Command::new("sh");
    build.arg(project("pkg-config/build.sh")).arg(out);
    toolbox::output(stage.with_packages(&mut build)).map(drop)
}

/// Copies a project and the programs that all projects build.
fn copied(name: &str, to: &Path) -> Result {
    toolbox::copy_tree(&project(name), to)?;
    for program in ["app.c", "app.cc"] {
        std::fs::copy(project(program), to.join(program)).doing(program)?;
    }
    Ok(())
}

/// `PKG_CHECK_MODULES`, whose definition pkg-config brings with it.
pub fn autoconf(stage: &Stage, out: &Path) -> Result {
    copied("autoconf", out)?;
    let pkg_config = toolbox::which("pkg-config").unwrap_or_default();
    let prefix = pkg_config.ancestors().nth(2).unwrap_or(Path::new("/usr"));
    let macros = prefix.join("share/aclocal");
    let mut autoconf = Command::new("autoconf");
    autoconf.arg("--include").arg(macros).current_dir(out);
    toolbox::output(&mut autoconf)?;
    let mut configure = Command::new(out.join("configure"));
    configure.current_dir(out).env_remove("LD_LIBRARY_PATH");
    toolbox::output(stage.with_packages(&mut configure))?;
    toolbox::output(Command::new("make").arg("-C").arg(out)).map(drop)
}

/// Builds the project in one way. This repository is its subproject by a link, as a wrap
/// would unpack it.
fn meson(stage: &Stage, out: &Path, way: &str) -> Result {
    let source = toolbox::fresh_dir(&stage.out.join(format!("{way}-source")))?;
    copied("meson", &source)?;
    let subprojects = source.join("subprojects");
    std::fs::create_dir_all(&subprojects).doing(subprojects.display())?;
    let root = toolbox::root();
    toolbox::relink(&root.to_string_lossy(), &subprojects.join("libuv"))?;
    let mut setup = Command::new("meson");
    setup.args(["setup", &format!("-Dway={way}")]);
    setup.arg(format!("-Dtarget={}", toolbox::target().display()));
    setup.arg(format!("--cmake-prefix-path={}", stage.prefix.display()));
    stage.cmake.on_path(&mut setup)?;
    toolbox::output(stage.with_packages(&mut setup).arg(out).arg(&source))?;
    // The second time, what is asked each time must leave the libraries as they are.
    for _ in 0..2 {
        let mut ninja = Command::new("ninja");
        stage.cmake.on_path(&mut ninja)?;
        toolbox::output(ninja.arg("-C").arg(out))?;
    }
    Ok(())
}

/// `dependency('libuv')` by pkg-config and by CMake.
pub fn meson_installed(stage: &Stage, out: &Path) -> Result {
    meson(stage, out, "installed")
}

/// As a subproject by our own `meson.build`.
pub fn meson_wrap(stage: &Stage, out: &Path) -> Result {
    meson(stage, out, "wrap")
}

/// As a subproject by `CMakeLists.txt`, which Meson translates.
pub fn meson_cmake(stage: &Stage, out: &Path) -> Result {
    meson(stage, out, "cmake-subproject")
}

/// Our own `meson.build` by itself, with both libraries: the programs are built with each of
/// the packages that it installs.
pub fn meson_install(_: &Stage, out: &Path) -> Result {
    let (build, prefix) = (out.join("build"), out.join("prefix"));
    let mut setup = Command::new("meson");
    setup.args(["setup", "--libdir=lib", "-Ddefault_library=both"]);
    setup.arg(format!(
        "-Dcargo_target_dir={}",
        toolbox::target().display()
    ));
    setup.arg(format!("--prefix={}", prefix.display()));
    toolbox::output(setup.arg(&build).arg(toolbox::root()))?;
    toolbox::output(Command::new("ninja").arg("-C").arg(&build).arg("install"))?;
    let mut programs = Command::new("sh");
    programs.arg(project("pkg-config/build.sh")).arg(out);
    programs.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
    let rpath = format!("-Wl,-rpath,'{}'", prefix.join("lib").display());
    toolbox::output(programs.env("LDFLAGS", rpath)).map(drop)
}

/// `cargo cinstall`: the files that it is told of in `Cargo.toml`, and a program on them.
pub fn cargo_c(_: &Stage, out: &Path) -> Result {
    let prefix = out.join("prefix");
    let mut install = toolbox::cargo();
    install.args(["cinstall", "--release", "--locked", "--package", "libuv-rs"]);
    install
        .arg("--target-dir")
        .arg(toolbox::target().join("cargo-c"));
    toolbox::output(install.args(["--libdir", "lib", "--prefix"]).arg(&prefix))?;
    for name in [
        "include/uvx.h",
        "include/uv/unix.h",
        "lib/libuv.a",
        "lib/libuv.so.1.0.0",
    ] {
        if !prefix.join(name).is_file() {
            return Err(Failure(format!("cargo cinstall has not installed {name}")));
        }
    }
    let lib = prefix.join("lib");
    crate::ours::dependencies(&lib.join("libuv.so"))?;
    let compile =
        "eval \"${CC:-cc} '$1' -o '$2' $(pkg-config --cflags --libs libuv) -Wl,-rpath,'$3'\"";
    let mut shell = Command::new("sh");
    shell.args(["-euc", compile, "sh"]);
    shell
        .arg(project("app.c"))
        .arg(out.join("c_program"))
        .arg(&lib);
    toolbox::output(shell.env("PKG_CONFIG_PATH", lib.join("pkgconfig"))).map(drop)
}
