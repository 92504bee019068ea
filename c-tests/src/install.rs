//! Puts the library under a prefix, with libuv's own file names.

use crate::ours::{self, Ours};
use crate::report::{Context, Outcome};
use crate::toolbox::{self, Doing, Failure, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where to install.
#[derive(Clone, Debug)]
pub struct Place {
    /// The directory that the files will believe they are in.
    pub prefix: PathBuf,
    /// What to put before it now, for packagers.
    pub destdir: Option<PathBuf>,
}

impl Place {
    /// A prefix to be used where it is.
    pub fn new(prefix: impl Into<PathBuf>) -> Self {
        Place {
            prefix: prefix.into(),
            destdir: None,
        }
    }

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
    ("libuvConfig.cmake", "lib/cmake/libuv"),
    ("libuvConfigVersion.cmake", "lib/cmake/libuv"),
];

/// Installs; returns the files that were written.
pub fn install(ours: &Ours, place: &Place) -> Result<Vec<PathBuf>> {
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

/// Makes a manual page of each function's comment in `uv.h`.
fn write_manual_pages(include: &Path, to: &Path) -> Result {
    std::fs::create_dir_all(to).doing(to.display())?;
    let mut awk = Command::new("awk");
    awk.args(["-v", &format!("out={}", to.display())]);
    awk.args(["-v", &format!("version={}", version()?)]);
    awk.arg("-f")
        .arg(toolbox::root().join("cmake/man-pages.awk"));
    toolbox::output(awk.arg(include.join("uv.h"))).map(drop)
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
        .replace("@version@", &version()?);
    match text.contains('@') {
        true => Err(Failure(format!(
            "{}: a value was not filled in",
            path.display()
        ))),
        false => Ok(text),
    }
}

/// The package's version, which is also that of libuv's interface.
pub fn version() -> Result<String> {
    let path = toolbox::root().join("Cargo.toml");
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("version = "));
    let version = line.map(|value| value.trim_matches('"').to_owned());
    version.ok_or_else(|| Failure(format!("{}: no version", path.display())))
}

fn strip(library: &Path) -> Result {
    toolbox::output(Command::new("strip").arg("--strip-unneeded").arg(library)).map(drop)
}

/// Leaves only `uv_` names visible in the static library.
fn pack_static(from: &Path, to: &Path) -> Result {
    let script = toolbox::root().join("cmake/pack-static.sh");
    toolbox::output(Command::new("sh").arg(script).arg(from).arg(to)).map(drop)
}

/// Installs below the target directory, for the tests and the demo.
pub fn for_tests(context: &Context) -> Result<PathBuf> {
    let prefix = toolbox::target().join("prefix");
    toolbox::fresh_dir(&prefix)?;
    install(context.ours()?, &Place::new(&prefix))?;
    Ok(prefix)
}

/// There is a page for each function that the header declares, and each says what the
/// function does.
fn manual_pages(prefix: &Path) -> Result {
    let header = prefix.join("include/uv.h");
    let header = std::fs::read_to_string(&header).doing(header.display())?;
    let declared = header.lines().filter(|line| line.starts_with("UV_EXTERN "));
    let pages = toolbox::files_below(&prefix.join("share/man/man3"))?;
    let mut silent = Vec::new();
    for page in &pages {
        let text = std::fs::read_to_string(page).doing(page.display())?;
        let said = text.split(".SH DESCRIPTION\n").nth(1).unwrap_or_default();
        if !said.starts_with(|c: char| c.is_ascii_uppercase()) {
            silent.push(page.display().to_string());
        }
    }
    match (declared.count() == pages.len(), silent.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(Failure(format!("{} pages", pages.len()))),
        _ => Err(Failure(format!("nothing is said in {silent:?}"))),
    }
}

/// What the shared library may need of the system.
const MAY_NEED: &[&str] = &["libc.so.6", "libgcc_s.so.1"];

/// The stripped shared library stays below this.
const MAX_SIZE: u64 = 700 * 1000;

/// The part of `cargo xtask test` called `install`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let prefix = match for_tests(context) {
        Ok(prefix) => prefix,
        Err(why) => return Outcome::broken("install", why),
    };
    let shared = prefix.join("lib/libuv.so.1.0.0");
    let tests: [(&str, &dyn Fn() -> Result); 6] = [
        ("size of libuv.so", &|| small(&shared)),
        ("soname and needed libraries", &|| dependencies(&shared)),
        ("names in libuv.so", &|| same_names(context, &prefix)),
        ("names in libuv.a", &|| static_names(&prefix)),
        ("with a destdir", &|| destdir(context)),
        ("manual pages", &|| manual_pages(&prefix)),
    ];
    let wanted = tests.iter().filter(|(name, _)| context.wants(name));
    wanted
        .map(|(name, test)| Outcome::of(*name, test()))
        .collect()
}

fn small(library: &Path) -> Result {
    let size = std::fs::metadata(library).doing(library.display())?.len();
    toolbox::note(format_args!("libuv.so.1.0.0 has {size} bytes"));
    match size < MAX_SIZE {
        true => Ok(()),
        false => Err(Failure(format!("{size} bytes; {MAX_SIZE} are allowed"))),
    }
}

/// Checks the soname, and the libraries that are loaded with it.
pub fn dependencies(library: &Path) -> Result {
    let dynamic = toolbox::output(Command::new("readelf").arg("-dW").arg(library))?;
    let value = |line: &str| {
        let (_, rest) = line.split_once('[')?;
        Some(rest.trim_end().trim_end_matches(']').to_owned())
    };
    for line in dynamic.lines() {
        let name = value(line).unwrap_or_default();
        let is_loader = name.starts_with("ld-linux");
        if line.contains("(NEEDED)") && !is_loader && !MAY_NEED.contains(&name.as_str()) {
            return Err(Failure(format!("it needs {name}")));
        }
    }
    let soname = dynamic
        .lines()
        .find(|line| line.contains("(SONAME)"))
        .and_then(value);
    match soname.as_deref() {
        Some("libuv.so.1") => Ok(()),
        other => Err(Failure(format!("its soname is {other:?}"))),
    }
}

/// The names that a library defines for others.
fn names(flag: &str, library: &Path) -> Result<BTreeSet<String>> {
    let mut nm = Command::new("nm");
    nm.arg(flag).arg("--defined-only").arg(library);
    let listing = toolbox::output(&mut nm)?;
    let names = listing
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2));
    Ok(names.map(String::from).collect())
}

/// The shared library exports what libuv's does, no more and no less.
fn same_names(context: &Context, prefix: &Path) -> Result {
    let ours = names("-D", &prefix.join("lib/libuv.so"))?;
    let theirs = names("-D", &context.genuine()?.lib_dir.join("libuv.so"))?;
    let missing: Vec<_> = theirs.difference(&ours).cloned().collect();
    let foreign: Vec<_> = ours.difference(&theirs).cloned().collect();
    match missing.is_empty() && foreign.is_empty() {
        true => Ok(()),
        false => Err(Failure(format!(
            "missing: {missing:?}; not libuv's: {foreign:?}"
        ))),
    }
}

/// The static library shows the same names, whatever else is inside.
fn static_names(prefix: &Path) -> Result {
    let shared = names("-D", &prefix.join("lib/libuv.so"))?;
    let within = names("-g", &prefix.join("lib/libuv.a"))?;
    match shared.symmetric_difference(&within).next() {
        None => Ok(()),
        Some(name) => Err(Failure(format!("{name} is in one library only"))),
    }
}

/// With a destdir the files lie below it and speak of the prefix alone.
fn destdir(context: &Context) -> Result {
    let destdir = toolbox::fresh_dir(&toolbox::target().join("destdir"))?;
    let place = Place {
        prefix: PathBuf::from("/opt/uv"),
        destdir: Some(destdir.clone()),
    };
    install(context.ours()?, &place)?;
    let pc = std::fs::read_to_string(destdir.join("opt/uv/lib/pkgconfig/libuv.pc"))?;
    match pc.contains("libdir=/opt/uv/lib\n") && !pc.contains("destdir") {
        true => Ok(()),
        false => Err(Failure(format!("libuv.pc says:\n{pc}"))),
    }
}
