//! Whether our library takes libuv's place: the same names and nothing else, the
//! same needs, and programs that do not notice.

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
    let cast = match Cast::new(context) {
        Ok(cast) => cast,
        Err(why) => return Outcome::broken("dropin", why),
    };
    type Test = fn(&Cast) -> Result;
    let tests: [(&str, Test); 8] = [
        ("libuv's functions, no fewer", no_fewer),
        ("libuv's functions, and nothing else", nothing_else),
        ("needs libc and libgcc_s alone", needs),
        ("loads as libuv does", loads),
        ("our header, on libuv", |cast| {
            says_the_same(&cast.ours, &cast.genuine)
        }),
        ("libuv's header, on ours", |cast| {
            says_the_same(&cast.genuine, &cast.ours)
        }),
        ("by LD_LIBRARY_PATH", by_library_path),
        ("by LD_PRELOAD", by_preload),
    ];
    let wanted = tests.iter().filter(|(name, _)| context.wants(name));
    wanted
        .map(|(name, test)| Outcome::of(*name, test(&cast)))
        .collect()
}

/// A library, and the program compiled with its header.
struct Library {
    lib_dir: PathBuf,
    program: PathBuf,
}

/// libuv and ours, side by side.
struct Cast {
    genuine: Library,
    ours: Library,
}

impl Cast {
    fn new(context: &Context) -> Result<Cast> {
        let genuine = context.genuine()?;
        let prefix = context.prefix()?;
        Ok(Cast {
            genuine: Library::new("genuine", &genuine.include, &genuine.lib_dir)?,
            ours: Library::new("ours", &prefix.join("include"), &prefix.join("lib"))?,
        })
    }
}

impl Library {
    /// Compiles the program; it finds this library wherever it is started.
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

    /// The dynamic symbols that it defines, each as `nm` shows it: letter, name.
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

    /// The functions among them.
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

fn no_fewer(cast: &Cast) -> Result {
    let (ours, theirs) = (cast.ours.functions()?, cast.genuine.functions()?);
    match listed(theirs.difference(&ours)) {
        None => Ok(()),
        Some(missing) => Err(Failure(format!("missing {missing}"))),
    }
}

/// Neither another function nor data, a weak name or a version.
fn nothing_else(cast: &Cast) -> Result {
    let symbols = cast.ours.symbols()?;
    let ours = symbols
        .iter()
        .map(|(_, name)| name.clone())
        .collect::<BTreeSet<_>>();
    if let Some(foreign) = listed(ours.difference(&cast.genuine.functions()?)) {
        return Err(Failure(format!("not libuv's {foreign}")));
    }
    let others = symbols.iter().filter(|(letter, _)| letter != "T");
    match listed(others.map(|(_, name)| name)) {
        None => Ok(()),
        Some(others) => Err(Failure(format!("not ordinary functions, {others}"))),
    }
}

fn needs(cast: &Cast) -> Result {
    ours::dependencies(&cast.ours.shared())
}

/// No executable stack, no relocations in the text, no static TLS.
fn loads(cast: &Cast) -> Result {
    let mut readelf = Command::new("readelf");
    readelf.args(["-dlW"]).arg(cast.ours.shared());
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

/// A program compiled with one header says on the other library what it says on
/// its own.
fn says_the_same(home: &Library, away: &Library) -> Result {
    let here = run::with_library(&home.program, &home.lib_dir, LIMIT)?;
    let there = run::with_library(&home.program, &away.lib_dir, LIMIT)?;
    let is_whole = |done: &Finished| done.success() && done.stdout.ends_with("loop closed\n");
    if !is_whole(&here) || !is_whole(&there) || here.stdout != there.stdout {
        return Err(Failure(format!("{}\n{}", here.story(), there.story())));
    }
    Ok(())
}

/// A program linked to libuv loads ours when told where it is.
fn by_library_path(cast: &Cast) -> Result {
    let set = |command: &mut Command| {
        run::on_library(command, &cast.ours.lib_dir);
    };
    runs_on(&cast.genuine.program, &set, &cast.ours.shared())
}

/// And when ours is loaded before anything else.
fn by_preload(cast: &Cast) -> Result {
    let program = &cast.genuine.program;
    let clean = |command: &mut Command| {
        command.env_remove("LD_LIBRARY_PATH");
    };
    runs_on(program, &clean, &cast.genuine.shared())?;
    let ours = cast.ours.shared();
    // The loader takes a space for the end of a path.
    let dir = TempDir::new("uv-preload")?;
    let link = dir.join("libuv.so.1");
    std::os::unix::fs::symlink(&ours, &link).doing(link.display())?;
    let preload = |command: &mut Command| {
        command.env_remove("LD_LIBRARY_PATH");
        command.env("LD_PRELOAD", &link);
    };
    runs_on(program, &preload, &ours)
}

/// In an environment that `set` makes, the program is on `library` and runs well.
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
