//! Configures, builds and runs small C and C++ projects that use the installed library.

use crate::ours::Ours;
use crate::reference::{self, Cmake};
use crate::report::{Context, Outcome};
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{ours, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// The part of `cargo xtask test` called `consumers`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let stage = context.prefix().and_then(|prefix| {
        let out = toolbox::fresh_dir(&toolbox::target().join("consumers"))?;
        Ok(Stage {
            prefix,
            out,
            cmake: reference::cmake()?,
            ours: context.ours()?.clone(),
        })
    });
    let stage = match stage {
        Ok(stage) => stage,
        Err(why) => return Outcome::broken("consumers", why),
    };
    let mut outcomes = Vec::new();
    type Way = fn(&Stage, &Path) -> Result;
    let ways: [(&str, usize, Way); 5] = [
        ("pkg-config", 6, pkg_config),
        ("find-package", 7, find_package),
        ("subdirectory", 11, subdirectory),
        ("fetch-content", 2, fetch_content),
        ("cmake-install", 0, cmake_install),
    ];
    for (name, programs, build) in ways {
        if context.wants(name) {
            outcomes.extend(stage.attempt(name, programs, build));
        }
    }
    outcomes
}

/// What all projects share.
struct Stage {
    prefix: PathBuf,
    out: PathBuf,
    cmake: Cmake,
    ours: Ours,
}

impl Stage {
    /// Builds a project and runs each of its programs.
    fn attempt(
        &self,
        name: &str,
        programs: usize,
        build: fn(&Stage, &Path) -> Result,
    ) -> Vec<Outcome> {
        let built = toolbox::step(name, || {
            let out = toolbox::fresh_dir(&self.out.join(name))?;
            build(self, &out)?;
            built_programs(&out)
        });
        match built {
            Ok(found) if found.len() != programs => {
                let why = format!("{programs} programs expected, these were built: {found:?}");
                vec![Outcome::failed(name, why)]
            }
            Ok(found) if found.is_empty() => vec![Outcome::passed(name)],
            Ok(found) => found
                .iter()
                .map(|program| self.run(name, program))
                .collect(),
            Err(why) => vec![Outcome::failed(name, why)],
        }
    }

    /// Runs one program. The pkg-config programs need LD_LIBRARY_PATH; CMake's have a
    /// run path.
    fn run(&self, way: &str, program: &Path) -> Outcome {
        let file = program.file_name().unwrap_or_default().to_string_lossy();
        let mut command = Command::new(program);
        command.env_remove("LD_LIBRARY_PATH");
        if way == "pkg-config" {
            run::on_library(&mut command, &self.prefix.join("lib"));
        }
        let language = if file.starts_with("cxx_") { "C++" } else { "C" };
        let result = run::command(&mut command, LIMIT).and_then(|done| {
            let expected = format!("{language} on libuv {}\n", ours::version()?);
            match done.success() && done.stdout == expected {
                true => Ok(()),
                false => Err(Failure(done.story())),
            }
        });
        Outcome::of(format!("{way}: {file}"), result)
    }

    /// Configures and builds a project with CMake.
    fn cmake(&self, source: &Path, out: &Path, options: &[String]) -> Result {
        let mut configure = self.cmake.command();
        configure
            .arg("-S")
            .arg(source)
            .arg("-B")
            .arg(out)
            .args(options);
        configure.env_remove("LD_LIBRARY_PATH");
        toolbox::output(&mut configure)?;
        let mut build = self.cmake.command();
        build.arg("--build").arg(out).env_remove("LD_LIBRARY_PATH");
        toolbox::output(&mut build).map(drop)
    }

    /// Makes a project's cargo reuse this build's target directory.
    fn share_target(&self) -> String {
        format!("-DLIBUV_CARGO_TARGET_DIR={}", toolbox::target().display())
    }
}

fn project(name: &str) -> PathBuf {
    toolbox::root().join("c-tests/consumers").join(name)
}

fn pkg_config(stage: &Stage, out: &Path) -> Result {
    if !toolbox::have("pkg-config") {
        return Err("pkg-config is needed: apt-get install pkg-config".into());
    }
    let mut build = Command::new("sh");
    build.arg(project("pkg-config/build.sh")).arg(out);
    build.env("PKG_CONFIG_PATH", stage.prefix.join("lib/pkgconfig"));
    toolbox::output(&mut build).map(drop)
}

fn find_package(stage: &Stage, out: &Path) -> Result {
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", stage.prefix.display());
    stage.cmake(&project("find-package"), out, &[prefix])
}

fn subdirectory(stage: &Stage, out: &Path) -> Result {
    stage.cmake(&project("subdirectory"), out, &[stage.share_target()])
}

fn fetch_content(stage: &Stage, out: &Path) -> Result {
    stage.cmake(&project("fetch-content"), out, &[stage.share_target()])
}

/// Checks that `cmake --install` on this repository writes the same files as
/// `cargo xtask install`.
fn cmake_install(stage: &Stage, out: &Path) -> Result {
    let prefix = out.join("prefix");
    let options = [
        stage.share_target(),
        format!("-DCMAKE_INSTALL_PREFIX={}", prefix.display()),
        "-DCMAKE_INSTALL_LIBDIR=lib".to_owned(),
    ];
    let build = out.join("build");
    stage.cmake(&toolbox::root(), &build, &options)?;
    let mut install = stage.cmake.command();
    toolbox::output(
        install
            .arg("--build")
            .arg(&build)
            .args(["--target", "install"]),
    )?;
    let (ours, theirs) = (names_below(&stage.prefix)?, names_below(&prefix)?);
    for name in &ours {
        if !theirs.contains(name) {
            return Err(Failure(format!("CMake did not install {}", name.display())));
        }
    }
    for name in [
        "lib/pkgconfig/libuv.pc",
        "lib/cmake/libuv/libuvConfig.cmake",
    ] {
        let text = |prefix: &Path| -> Result<String> {
            let text = std::fs::read_to_string(prefix.join(name)).doing(name)?;
            Ok(text.replace(&*prefix.to_string_lossy(), "PREFIX"))
        };
        if text(&stage.prefix)? != text(&prefix)? {
            return Err(Failure(format!("{name} is another one by CMake")));
        }
    }
    let header = |dir: &Path| std::fs::read(dir.join("uv.h")).doing(dir.display());
    match header(&stage.ours.include)? == header(&prefix.join("include"))? {
        true => std::fs::remove_dir_all(out).doing(out.display()),
        false => Err("uv.h is another one by CMake".into()),
    }
}

fn names_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let files = toolbox::files_below(dir)?;
    let names = files
        .iter()
        .map(|file| file.strip_prefix(dir).unwrap_or(file).to_path_buf());
    Ok(names.collect())
}

/// The programs at the top of a build directory, by their names and modes.
fn built_programs(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten() {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let is_app = name.starts_with("c_") || name.starts_with("cxx_");
        if is_app && path.is_file() && path.metadata()?.permissions().mode() & 0o111 != 0 {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
