//! `cargo xtask install`: puts the library under a prefix, with libuv's own file names.

mod check;

use crate::args::Args;
pub use check::check;
use harness::ours::{self, Ours};
use harness::report::{Context, Options};
use harness::toolbox::{self, Doing, Failure, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

pub const ABOUT: &str = "put the library, headers and package files under a prefix";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask install --prefix DIR [--destdir DIR]\n\n\
         \x20 --prefix DIR   where the library will be used; an absolute path, or one\n\
         \x20                relative to the current directory\n\
         \x20 --destdir DIR  what to put before the prefix for now (packagers)\n\n\
         Writes, under libuv's own file names, lib/libuv.so.1.0.0 with its links,\n\
         lib/libuv.a, include/uv.h, include/uvx.h and include/uv/, the pkg-config files libuv and\n\
         libuv-static and uvx, the CMake package libuv, share/doc/libuv/LICENSE, and a manual\n\
         page for each function below share/man/man3.",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let prefix: Option<PathBuf> = args.value("--prefix")?;
    let destdir: Option<PathBuf> = args.value("--destdir")?;
    args.finish()?;
    let prefix = prefix.ok_or_else(|| args.misunderstood("install wants --prefix DIR"))?;
    let here = std::env::current_dir()?;
    let place = Place {
        prefix: here.join(prefix),
        destdir: destdir.map(|dir| here.join(dir)),
    };
    let context = Context::new(Options::default());
    let ours = toolbox::step("building the release library", || context.ours())?;
    let written = toolbox::step("installing", || install(ours, &place))?;
    let is_page = |file: &&PathBuf| file.extension().is_some_and(|e| e == "3");
    let (pages, files): (Vec<_>, Vec<_>) = written.iter().partition(is_page);
    files
        .iter()
        .for_each(|file| println!("  {}", file.display()));
    println!("  {} manual pages", pages.len());
    Ok(format!(
        "install: {} files under {}",
        written.len(),
        place.prefix.display()
    ))
}

/// Where to install.
#[derive(Clone, Debug)]
struct Place {
    /// The directory that the files will believe they are in.
    prefix: PathBuf,
    /// What to put before it now, for packagers.
    destdir: Option<PathBuf>,
}

impl Place {
    /// A directory below the prefix, as it is written now.
    fn dir(&self, below: &str) -> PathBuf {
        let full = self.prefix.join(below);
        match &self.destdir {
            Some(destdir) => destdir.join(full.strip_prefix("/").unwrap_or(&full)),
            None => full,
        }
    }
}

/// The files with values to fill in, and the directory where each belongs.
const TEMPLATES: &[(&str, &str)] = &[
    ("libuv.pc", "lib/pkgconfig"),
    ("libuv-static.pc", "lib/pkgconfig"),
    ("uvx.pc", "lib/pkgconfig"),
    ("libuvConfig.cmake", "lib/cmake/libuv"),
    ("libuvConfigVersion.cmake", "lib/cmake/libuv"),
];

/// Installs; returns the files that were written.
fn install(ours: &Ours, place: &Place) -> Result<Vec<PathBuf>> {
    if !place.prefix.is_absolute() {
        return Err(Failure(format!(
            "{} is not absolute",
            place.prefix.display()
        )));
    }
    let (lib, include) = (place.dir("lib"), place.dir("include"));
    ours::lay_out(&ours.lib_dir.join("libuv.so.1.0.0"), &ours.static_lib, &lib)?;
    strip(&lib.join("libuv.so.1.0.0"))?;
    pack_static(&ours.static_lib, &lib.join("libuv.a"))?;
    toolbox::copy_tree(&ours.include, &include)?;
    let mut written = vec![
        lib.join("libuv.so.1.0.0"),
        lib.join("libuv.so.1"),
        lib.join("libuv.so"),
    ];
    written.push(lib.join("libuv.a"));
    for header in toolbox::files_below(&ours.include)? {
        let below = header.strip_prefix(&ours.include).unwrap_or(&header);
        written.push(include.join(below));
    }
    let mut write = |dir: &str, name: &str, text: String| {
        let dir = place.dir(dir);
        std::fs::create_dir_all(&dir).doing(dir.display())?;
        std::fs::write(dir.join(name), text).doing(name)?;
        written.push(dir.join(name));
        Ok::<_, Failure>(())
    };
    for (name, dir) in TEMPLATES {
        write(dir, name, filled_in(name, place)?)?;
    }
    let licence = std::fs::read_to_string(toolbox::root().join("LICENSE")).doing("LICENSE")?;
    write("share/doc/libuv", "LICENSE", licence)?;
    let pages = place.dir("share/man/man3");
    write_manual_pages(&ours.include, &pages)?;
    written.extend(toolbox::files_below(&pages)?);
    Ok(written)
}

/// Makes a manual page of each function's comment in `uv.h` and `uvx.h`.
fn write_manual_pages(include: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).doing(to.display())?;
    let mut awk = Command::new("awk");
    awk.args(["-v", &format!("out={}", to.display())]);
    awk.args(["-v", &format!("version={}", ours::version()?)]);
    awk.arg("-f")
        .arg(toolbox::root().join("cmake/man-pages.awk"));
    awk.args(["uv.h", "uvx.h"].map(|name| include.join(name)));
    toolbox::output(&mut awk).map(drop)
}

fn filled_in(name: &str, place: &Place) -> Result<String> {
    let path = toolbox::root().join("cmake").join(format!("{name}.in"));
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    let at = |below: &str| place.prefix.join(below).display().to_string();
    let text = text
        .replace("@prefix@", &place.prefix.display().to_string())
        .replace("@libdir@", &at("lib"))
        .replace("@includedir@", &at("include"))
        .replace("@include_from_config@", "../../../include")
        .replace("@version@", &ours::version()?)
        .replace("@uvx_version@", &uvx_version()?);
    match text.contains('@') {
        true => Err(Failure(format!(
            "{}: a value was not filled in",
            path.display()
        ))),
        false => Ok(text),
    }
}

/// The version of the extensions, as `uvx.h` has it.
fn uvx_version() -> Result<String> {
    let path = toolbox::root().join("include/uvx.h");
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    let part = |name: &str| {
        let start = format!("#define UVX_VERSION_{name} ");
        let value = text.lines().find_map(|line| line.strip_prefix(&start));
        value.ok_or_else(|| Failure(format!("{}: no {start}", path.display())))
    };
    let parts = [part("MAJOR")?, part("MINOR")?, part("PATCH")?];
    Ok(parts.join("."))
}

fn strip(library: &Path) -> Result {
    toolbox::output(Command::new("strip").arg("--strip-unneeded").arg(library)).map(drop)
}

/// Leaves only `uv_` names visible in the static library.
fn pack_static(from: &Path, to: &Path) -> Result {
    let script = toolbox::root().join("cmake/pack-static.sh");
    toolbox::output(Command::new("sh").arg(script).arg(from).arg(to)).map(drop)
}

/// Installs in a fresh prefix that is used where it is: how tests get one.
pub fn fresh_prefix(ours: &Ours, prefix: &Path) -> Result {
    toolbox::fresh_dir(prefix)?;
    let place = Place {
        prefix: prefix.to_owned(),
        destdir: None,
    };
    install(ours, &place).map(drop)
}
