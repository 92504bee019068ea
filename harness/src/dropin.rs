//! Checks that our library can replace libuv's: it defines the same symbols, needs the
//! same libraries, and programs built for one run on the other.

use crate::report::{Context, Outcome};
use crate::run::{self, Finished};
use crate::tempdir::TempDir;
use crate::toolbox::{self, Doing, Failure, Result};
use crate::{cc, ours};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// The part of `cargo xtask test` called `dropin`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let libraries = match Libraries::new(context) {
        Ok(libraries) => libraries,
        Err(why) => return Outcome::broken("dropin", why),
    };
    type Test = fn(&Libraries) -> Result;
    let tests: [(&str, Test); 8] = [
        ("libuv's functions, no fewer", no_fewer),
        (
            "libuv's functions and the extensions, and nothing else",
            nothing_else,
        ),
        ("needs libc and libgcc_s alone", needs),
        ("loads as libuv does", loads),
        ("our header, on libuv", |libraries| {
            says_the_same(&libraries.ours, &libraries.genuine)
        }),
        ("libuv's header, on ours", |libraries| {
            says_the_same(&libraries.genuine, &libraries.ours)
        }),
        ("by LD_LIBRARY_PATH", by_library_path),
        ("by LD_PRELOAD", by_preload),
    ];
    let wanted = tests.iter().filter(|(name, _)| context.wants(name));
    wanted
        .map(|(name, test)| Outcome::of(*name, test(&libraries)))
        .collect()
}

/// A library, and a program compiled with its header.
struct Library {
    lib_dir: PathBuf,
    program: PathBuf,
}

/// Both libraries.
struct Libraries {
    genuine: Library,
    ours: Library,
}

impl Libraries {
    fn new(context: &Context) -> Result<Libraries> {
        let genuine = context.genuine()?;
        let prefix = context.prefix()?;
        Ok(Libraries {
            genuine: Library::new("genuine", &genuine.include, &genuine.lib_dir)?,
            ours: Library::new("ours", &prefix.join("include"), &prefix.join("lib"))?,
        })
    }
}

impl Library {
    /// Compiles the program with a run path to this library.
    fn new(name: &str, include: &Path, lib_dir: &Path) -> Result<Library> {
        let source = toolbox::root().join("c-tests/dropin/program.c");
        let program = toolbox::target().join("dropin").join(name);
        let rpath = format!("-Wl,-rpath,{}", lib_dir.display());
        let flags = ["-Werror", &rpath, "-ldl"];
        cc::compile(&[source], include, lib_dir, &program, &flags)?;
        Ok(Library {
            lib_dir: lib_dir.to_path_buf(),
            program,
        })
    }

    fn shared(&self) -> PathBuf {
        self.lib_dir.join("libuv.so.1")
    }

    /// Returns the dynamic symbols that it defines: `nm`'s letter, and the name.
    fn symbols(&self) -> Result<BTreeSet<(String, String)>> {
        let mut nm = Command::new("nm");
        nm.args(["-D", "--defined-only"]).arg(self.shared());
        let listing = toolbox::output(&mut nm)?;
        let symbol = |line: &str| {
            let mut words = line.split_whitespace().skip(1).map(String::from);
            Some((words.next()?, words.next()?))
        };
        Ok(listing.lines().filter_map(symbol).collect())
    }

    /// Returns the functions that it defines.
    fn functions(&self) -> Result<BTreeSet<String>> {
        let symbols = self.symbols()?.into_iter();
        let functions = symbols.filter(|(letter, _)| letter == "T" || letter == "W");
        Ok(functions.map(|(_, name)| name).collect())
    }
}

fn listed<'a>(names: impl IntoIterator<Item = &'a String>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| format!("{}: {}", names.len(), names.join(" ")))
}

fn no_fewer(libraries: &Libraries) -> Result {
    let (ours, theirs) = (libraries.ours.functions()?, libraries.genuine.functions()?);
    match listed(theirs.difference(&ours)) {
        None => Ok(()),
        Some(missing) => Err(Failure(format!("missing {missing}"))),
    }
}

/// Fails if ours defines further functions, data, weak symbols or symbol versions.
fn nothing_else(libraries: &Libraries) -> Result {
    let symbols = libraries.ours.symbols()?;
    let ours = symbols
        .iter()
        .map(|(_, name)| name.clone())
        .filter(|name| !name.starts_with("uvx_"))
        .collect::<BTreeSet<_>>();
    if let Some(foreign) = listed(ours.difference(&libraries.genuine.functions()?)) {
        return Err(Failure(format!("not libuv's {foreign}")));
    }
    let others = symbols.iter().filter(|(letter, _)| letter != "T");
    match listed(others.map(|(_, name)| name)) {
        None => Ok(()),
        Some(others) => Err(Failure(format!("not ordinary functions, {others}"))),
    }
}

fn needs(libraries: &Libraries) -> Result {
    ours::dependencies(&libraries.ours.shared())
}

/// Fails if ours has an executable stack, text relocations or static TLS.
fn loads(libraries: &Libraries) -> Result {
    let mut readelf = Command::new("readelf");
    readelf.args(["-dlW"]).arg(libraries.ours.shared());
    for line in toolbox::output(&mut readelf)?.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let stack = words.first() == Some(&"GNU_STACK") && words.contains(&"RWE");
        let writable_code = words.first() == Some(&"LOAD") && words.contains(&"RWE");
        if stack || writable_code || line.contains("TEXTREL") || line.contains("STATIC_TLS") {
            return Err(Failure(line.trim().to_owned()));
        }
    }
    Ok(())
}

/// Checks that a program compiled with one library's header prints the same on the other.
fn says_the_same(home: &Library, away: &Library) -> Result {
    let here = run::with_library(&home.program, &home.lib_dir, LIMIT)?;
    let there = run::with_library(&home.program, &away.lib_dir, LIMIT)?;
    let is_whole = |done: &Finished| done.success() && done.stdout.ends_with("loop closed\n");
    if !is_whole(&here) || !is_whole(&there) || here.stdout != there.stdout {
        return Err(Failure(format!("{}\n{}", here.story(), there.story())));
    }
    Ok(())
}

/// Checks that a program linked to libuv loads ours through LD_LIBRARY_PATH.
fn by_library_path(libraries: &Libraries) -> Result {
    let set = |command: &mut Command| {
        run::on_library(command, &libraries.ours.lib_dir);
    };
    runs_on(&libraries.genuine.program, &set, &libraries.ours.shared())
}

/// Checks the same with LD_PRELOAD.
fn by_preload(libraries: &Libraries) -> Result {
    let program = &libraries.genuine.program;
    let clean = |command: &mut Command| {
        command.env_remove("LD_LIBRARY_PATH");
    };
    runs_on(program, &clean, &libraries.genuine.shared())?;
    let ours = libraries.ours.shared();
    // In LD_PRELOAD a space separates paths, and the target directory's may contain one.
    let dir = TempDir::new("uv-preload")?;
    let link = dir.join("libuv.so.1");
    std::os::unix::fs::symlink(&ours, &link).doing(link.display())?;
    let preload = |command: &mut Command| {
        command.env_remove("LD_LIBRARY_PATH");
        command.env("LD_PRELOAD", &link);
    };
    runs_on(program, &preload, &ours)
}

/// Runs the program in the environment that `set` makes; fails unless it loads `library`
/// and succeeds.
fn runs_on(program: &Path, set: &dyn Fn(&mut Command), library: &Path) -> Result {
    let mut where_it_is = Command::new(program);
    set(where_it_is.arg("where"));
    let place = run::command(&mut where_it_is, LIMIT)?;
    let file = |path: &Path| path.canonicalize().doing(path.display());
    if file(Path::new(place.stdout.trim_end()))? != file(library)? {
        return Err(Failure(format!(
            "it runs on {}, not on {}",
            place.stdout.trim_end(),
            library.display()
        )));
    }
    let mut whole = Command::new(program);
    set(&mut whole);
    let done = run::command(&mut whole, LIMIT)?;
    match done.success() {
        true => Ok(()),
        false => Err(Failure(done.story())),
    }
}
