//! Configures, builds and runs small C and C++ projects that use the library in the ways that
//! build systems know.

mod cmake;
mod others;

use crate::reference::{self, Cmake};
use crate::report::{Context, Outcome};
use crate::toolbox::{self, Failure, Result};
use crate::{ours, run};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// A way to use the library.
struct Way {
    name: &'static str,
    /// The tools that it needs; without one of them it is skipped.
    tools: &'static [&'static str],
    /// How many programs it builds, which are then run.
    programs: usize,
    build: fn(&Stage, &Path) -> Result,
}

const fn way(
    name: &'static str,
    tools: &'static [&'static str],
    programs: usize,
    build: fn(&Stage, &Path) -> Result,
) -> Way {
    Way {
        name,
        tools,
        programs,
        build,
    }
}

const MESON: &[&str] = &["meson", "ninja", "pkg-config"];

const CARGO_C: &[&str] = &["cargo-cinstall", "pkg-config"];

const WAYS: &[Way] = &[
    way("pkg-config", &["pkg-config"], 6, others::pkg_config),
    way(
        "autoconf",
        &["autoconf", "pkg-config", "make"],
        2,
        others::autoconf,
    ),
    way("find-package", &[], 7, cmake::find_package),
    way("subdirectory", &[], 11, cmake::subdirectory),
    way("fetch-content", &[], 2, cmake::fetch_content),
    way("targets", &[], 2, cmake::targets),
    way("targets-renamed", &[], 2, cmake::targets_renamed),
    way("meson-installed", MESON, 8, others::meson_installed),
    way("meson-wrap", MESON, 2, others::meson_wrap),
    way("meson-cmake", MESON, 4, others::meson_cmake),
    way("meson-install", MESON, 6, others::meson_install),
    way("cargo-c", CARGO_C, 1, others::cargo_c),
    way("cmake-install", &[], 0, cmake::install),
    way("no-tool", &[], 0, cmake::no_tool),
    way("no-network", &[], 0, cmake::no_network),
];

/// The part of `cargo xtask test` called `consumers`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let stage = context.prefix().and_then(|prefix| {
        let out = toolbox::fresh_dir(&toolbox::target().join("consumers"))?;
        Ok(Stage {
            prefix,
            out,
            cmake: reference::cmake()?,
            with_genuine: !context.options.only_ours,
        })
    });
    let stage = match stage {
        Ok(stage) => stage,
        Err(why) => return Outcome::broken("consumers", why),
    };
    let wanted = WAYS.iter().filter(|way| context.wants(way.name));
    wanted.flat_map(|way| stage.attempt(way)).collect()
}

/// What all projects share.
struct Stage {
    prefix: PathBuf,
    out: PathBuf,
    cmake: Cmake,
    /// Whether libuv's own build may be asked, too.
    with_genuine: bool,
}

impl Stage {
    /// Builds a project and runs each of its programs.
    fn attempt(&self, way: &Way) -> Vec<Outcome> {
        let Way { name, programs, .. } = *way;
        let absent = way.tools.iter().find_map(|tool| toolbox::need(tool).err());
        if let Some(why) = absent {
            return vec![Outcome::skipped(name, why)];
        }
        let built = toolbox::step(name, || {
            let out = toolbox::fresh_dir(&self.out.join(name))?;
            (way.build)(self, &out)?;
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

    /// Runs one program. Those of pkg-config and autoconf need LD_LIBRARY_PATH; CMake's and
    /// Meson's have a run path.
    fn run(&self, way: &str, program: &Path) -> Outcome {
        let file = program.file_name().unwrap_or_default().to_string_lossy();
        let mut command = Command::new(program);
        command.env_remove("LD_LIBRARY_PATH");
        if ["pkg-config", "autoconf"].contains(&way) {
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
}

fn project(name: &str) -> PathBuf {
    toolbox::root().join("c-tests/consumers").join(name)
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
