//! `cargo xtask install`: puts the library under a prefix, with libuv's own file names.
//! `cmake/install.cmake` does the same for those who install by CMake.

mod check;
mod compare;
mod debug;
mod place;

use crate::args::Args;
pub use check::check;
use harness::ours::{self, Ours};
use harness::report::{Context, Options};
use harness::toolbox::{self, Doing, Failure, Result};
use place::{Place, way};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const ABOUT: &str = "put the library, headers and package files under a prefix";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask install --prefix DIR [OPTIONS]\n\n\
         \x20 --prefix DIR     where the library will be used; an absolute path, or one\n\
         \x20                  relative to the current directory\n\
         \x20 --libdir DIR     the directory of the libraries, below the prefix or absolute:\n\
         \x20                  lib64, lib/x86_64-linux-gnu; lib if it is not given\n\
         \x20 --debug-dir DIR  where the debug file goes, under its build id, below the prefix\n\
         \x20                  or absolute: /usr/lib/debug; if it is not given, into .debug/\n\
         \x20                  beside the library\n\
         \x20 --destdir DIR    what to put before all of them for now (packagers); also by the\n\
         \x20                  variable DESTDIR\n\n\
         Writes, under libuv's own file names, lib/libuv.so.1.0.0 with its links and its debug\n\
         file, lib/libuv.a, include/uv.h, include/uvx.h and include/uv/, the pkg-config files\n\
         libuv, libuv-static and uvx, the CMake package libuv, the licences in share/doc/libuv,\n\
         and a manual page for each function below share/man/man3.",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let place = Place::taken_from(args)?;
    place.check()?;
    need_tools()?;
    if !toolbox::on_terminal() {
        eprintln!("building the release library, which takes half a minute when it is new");
    }
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

/// Fails if a program is missing that building and installing start, and names its package.
fn need_tools() -> Result {
    for tool in ["cc", "nm", "ld", "objcopy", "ar", "readelf", "awk"] {
        toolbox::need(tool)?;
    }
    Ok(())
}

/// The files with values to fill in, and the directory in the one of the libraries where each
/// belongs.
const TEMPLATES: &[(&str, &str)] = &[
    ("libuv.pc", "pkgconfig"),
    ("libuv-static.pc", "pkgconfig"),
    ("uvx.pc", "pkgconfig"),
    ("libuvConfig.cmake", "cmake/libuv"),
    ("libuvConfigVersion.cmake", "cmake/libuv"),
];

/// Installs; returns the files that were written.
fn install(ours: &Ours, place: &Place) -> Result<Vec<PathBuf>> {
    place.check()?;
    let mut written = libraries(ours, place)?;
    let include = place.below("include");
    toolbox::copy_tree(&ours.include, &include)?;
    for header in toolbox::files_below(&ours.include)? {
        let below = header.strip_prefix(&ours.include).unwrap_or(&header);
        written.push(include.join(below));
    }
    let mut write = |dir: &Path, name: &str, text: String| {
        std::fs::create_dir_all(dir).doing(dir.display())?;
        std::fs::write(dir.join(name), text).doing(name)?;
        written.push(dir.join(name));
        Ok::<_, Failure>(())
    };
    for (name, dir) in TEMPLATES {
        write(&place.in_libdir(dir), name, filled_in(name, place)?)?;
    }
    for name in ["LICENSE", "LICENSE-extra"] {
        let text = std::fs::read_to_string(toolbox::root().join(name)).doing(name)?;
        write(&place.below("share/doc/libuv"), name, text)?;
    }
    let pages = place.below("share/man/man3");
    write_manual_pages(&ours.include, &pages)?;
    written.extend(toolbox::files_below(&pages)?);
    for file in &written {
        let is_program = file.ends_with(SHARED) && !Path::new("/etc/debian_version").exists();
        // Debian has no shared libraries that can be executed, and CMake knows it.
        let mode = if is_program { 0o755 } else { 0o644 };
        if !file.is_symlink() {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(file, mode).doing(file.display())?;
        }
    }
    Ok(written)
}

/// The file that the names of the shared library lead to.
const SHARED: &str = "libuv.so.1.0.0";

/// Installs the libraries and the debug file.
fn libraries(ours: &Ours, place: &Place) -> Result<Vec<PathBuf>> {
    let lib = place.in_libdir("");
    std::fs::create_dir_all(&lib).doing(lib.display())?;
    let [shared, archive] = [SHARED, "libuv.a"].map(|name| lib.join(name));
    script("split-debug.sh", &[&ours.lib_dir.join(SHARED), &shared])?;
    let mut debug = place.in_libdir(".debug").join(format!("{SHARED}.debug"));
    if let Some(dir) = &place.debug_dir {
        let name = script("debug-by-id.sh", &[&shared, &debug, &place.now(dir)])?;
        std::fs::remove_file(&debug).doing(debug.display())?;
        // Only if nothing else is in it.
        let _ = std::fs::remove_dir(place.in_libdir(".debug"));
        debug = PathBuf::from(name.trim_end());
    }
    toolbox::relink(SHARED, &lib.join("libuv.so.1"))?;
    toolbox::relink("libuv.so.1", &lib.join("libuv.so"))?;
    script("one-object.sh", &[&ours.static_lib, &archive])?;
    let links = ["libuv.so.1", "libuv.so"].map(|name| lib.join(name));
    Ok([shared, archive, debug].into_iter().chain(links).collect())
}

/// Runs a script of `cmake/`; returns what it prints.
fn script(name: &str, args: &[&Path]) -> Result<String> {
    let script = toolbox::root().join("cmake").join(name);
    toolbox::output(Command::new("sh").arg(script).args(args))
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
    let include = place.prefix.join("include");
    let config = place.libdir.join("cmake/libuv");
    let values = [
        ("prefix", place.prefix.display().to_string()),
        ("libdir", place.libdir.display().to_string()),
        ("includedir", include.display().to_string()),
        ("libdir_from_config", way(&config, &place.libdir)),
        ("include_from_config", way(&config, &include)),
        ("version", ours::version()?),
        ("uvx_version", uvx_version()?),
    ];
    let text = values.iter().fold(text, |text, (name, value)| {
        text.replace(&format!("@{name}@"), value)
    });
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

/// Installs in a fresh prefix that is used where it is: how tests get one.
pub fn fresh_prefix(ours: &Ours, prefix: &Path) -> Result {
    toolbox::fresh_dir(prefix)?;
    install(ours, &Place::at(prefix)).map(drop)
}
