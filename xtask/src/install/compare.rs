//! Compares a prefix of ours with one of genuine libuv: what is in its files, and what
//! pkg-config and CMake say of them. Each difference is in a list, with its reason.

use harness::reference::{self, Cmake};
use harness::report::{Context, Outcome};
use harness::run;
use harness::toolbox::{self, Doing, Failure, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What is in libuv's prefix and not in ours, and why.
const ABSENT: &[(&str, &str)] = &[
    ("include/uv/aix.h", "for another system"),
    ("include/uv/bsd.h", "for another system"),
    ("include/uv/darwin.h", "for another system"),
    ("include/uv/os390.h", "for another system"),
    ("include/uv/posix.h", "for another system"),
    ("include/uv/sunos.h", "for another system"),
    ("include/uv/win.h", "for another system"),
    (
        "lib/cmake/libuv/libuvConfig-release.cmake",
        "libuvConfig.cmake includes it there, and sets its properties itself here",
    ),
];

/// What is in our prefix and not in libuv's, and why; of a directory, its name.
const ADDED: &[(&str, &str)] = &[
    ("include/uvx.h", "the extensions"),
    ("lib/pkgconfig/uvx.pc", "the extensions"),
    ("lib/.debug", "the library is stripped"),
    (
        "share/man",
        "libuv's build makes manual pages by a command of its own",
    ),
];

/// The fields and variables of package files whose values are others, and why.
const OTHER_VALUES: &[(&str, &str)] = &[
    ("Description", "says which library it is"),
    ("URL", "libuv's has no TLS"),
];

/// Both prefixes.
struct Prefixes {
    genuine: PathBuf,
    ours: PathBuf,
    cmake: Cmake,
}

/// The tests, of a prefix of ours.
pub fn check(context: &Context, ours: &Path) -> Vec<Outcome> {
    type Test = fn(&Prefixes) -> Result;
    let tests: [(&str, Test); 6] = [
        ("libuv's files", files),
        ("libuv's macros in each header", macros),
        ("trees in programs' structures", trees),
        ("libuv's package files", package_files),
        ("pkg-config as of libuv", pkg_config),
        ("CMake's targets as of libuv", cmake_targets),
    ];
    let wanted = tests.iter().filter(|(name, _)| context.wants(name));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() || context.options.only_ours {
        return Vec::new();
    }
    let prefixes = reference::prefix().and_then(|genuine| {
        Ok(Prefixes {
            genuine,
            ours: ours.to_owned(),
            cmake: reference::cmake()?,
        })
    });
    match prefixes {
        Ok(prefixes) => wanted
            .into_iter()
            .map(|(name, test)| Outcome::of(*name, test(&prefixes)))
            .collect(),
        Err(why) => Outcome::broken("libuv's prefix", why),
    }
}

/// The names of the files in a prefix.
fn names(prefix: &Path) -> Result<BTreeSet<String>> {
    let files = toolbox::files_below(prefix)?;
    let name = |file: &PathBuf| {
        let below = file.strip_prefix(prefix).unwrap_or(file);
        below.to_string_lossy().into_owned()
    };
    Ok(files.iter().map(name).collect())
}

/// Fails if a name is missing or is foreign that no list has, or if a list has another one.
fn files(prefixes: &Prefixes) -> Result {
    let (genuine, ours) = (names(&prefixes.genuine)?, names(&prefixes.ours)?);
    let mut faults = Vec::new();
    let listed: BTreeSet<String> = ABSENT.iter().map(|(name, _)| (*name).to_owned()).collect();
    let missing: BTreeSet<String> = genuine.difference(&ours).cloned().collect();
    faults.extend(
        missing
            .difference(&listed)
            .map(|name| format!("missing: {name}")),
    );
    faults.extend(
        listed
            .difference(&missing)
            .map(|name| format!("not missing: {name}")),
    );
    let is_in = |name: &str, dir: &str| Path::new(name).starts_with(dir);
    for name in ours.difference(&genuine) {
        if !ADDED.iter().any(|(dir, _)| is_in(name, dir)) {
            faults.push(format!("not libuv's: {name}"));
        }
    }
    for (dir, _) in ADDED {
        if !ours.iter().any(|name| is_in(name, dir)) {
            faults.push(format!("not there: {dir}"));
        }
    }
    none(faults)
}

fn none(faults: Vec<String>) -> Result {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Failure(faults.join("\n"))),
    }
}

/// The macros that a header defines which begin as libuv's do.
fn macros_of(include: &Path, header: &str) -> Result<BTreeSet<String>> {
    let mut compiler = Command::new("cc");
    compiler.arg("-I").arg(include).args(["-include", "uv.h"]);
    compiler.args(["-include", header, "-dM", "-E", "-xc", "/dev/null"]);
    let listing = toolbox::output(&mut compiler)?;
    let name = |line: &str| {
        let rest = line.strip_prefix("#define ")?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        let known = ["UV_", "RB_"].iter().any(|start| name.starts_with(start));
        known.then(|| name.to_owned())
    };
    Ok(listing.lines().filter_map(name).collect())
}

fn macros(prefixes: &Prefixes) -> Result {
    let [theirs, ours] = [&prefixes.genuine, &prefixes.ours].map(|p| p.join("include"));
    let mut faults = Vec::new();
    for header in names(&ours.join("uv"))? {
        let header = format!("uv/{header}");
        let (theirs, ours) = (macros_of(&theirs, &header)?, macros_of(&ours, &header)?);
        if theirs.len() < 100 {
            faults.push(format!("{header}: only {} macros of libuv's", theirs.len()));
        }
        let missing = theirs.difference(&ours);
        faults.extend(missing.map(|name| format!("{header}: no {name}")));
    }
    none(faults)
}

/// Runs a program that uses `uv/tree.h` as C and as C++, with libuv's header and with ours.
fn trees(prefixes: &Prefixes) -> Result {
    let source = toolbox::root().join("c-tests/prefix/tree.c");
    let said = |prefix: &Path, compiler: &str, flags: &[&str]| -> Result<String> {
        let program = toolbox::fresh_dir(&toolbox::target().join("trees"))?.join("program");
        let mut compile = Command::new(compiler);
        compile.arg("-I").arg(prefix.join("include")).args(flags);
        compile.arg(&source).arg("-o").arg(&program);
        toolbox::output(&mut compile)?;
        let done = run::command(&mut Command::new(&program), Duration::from_secs(30))?;
        match done.success() && done.stdout.ends_with("trees are in order\n") {
            true => Ok(done.stdout),
            false => Err(Failure(format!("{compiler} {flags:?}: {}", done.story()))),
        }
    };
    let theirs = said(&prefixes.genuine, "cc", &[])?;
    let strict = "-Wall -Wextra -Wno-unused-function -Werror -DAUGMENTED";
    let strict: Vec<&str> = strict.split(' ').collect();
    for (compiler, dialect) in [("cc", "-std=c99"), ("cc", "-O2"), ("c++", "-xc++")] {
        let ours = said(
            &prefixes.ours,
            compiler,
            &[&strict[..], &[dialect]].concat(),
        )?;
        if ours != theirs {
            return Err(Failure(format!("libuv's header:\n{theirs}ours:\n{ours}")));
        }
    }
    Ok(())
}

/// The text of a package file, the prefix and what quotes it left out.
fn package_file(prefix: &Path, name: &str) -> Result<String> {
    let path = prefix.join("lib/pkgconfig").join(name);
    let text = std::fs::read_to_string(&path).doing(path.display())?;
    Ok(text
        .replace(&*prefix.to_string_lossy(), "PREFIX")
        .replace('"', ""))
}

fn package_files(prefixes: &Prefixes) -> Result {
    let mut faults = Vec::new();
    for name in ["libuv.pc", "libuv-static.pc"] {
        let ours = package_file(&prefixes.ours, name)?;
        let ours: BTreeSet<&str> = ours.lines().collect();
        for line in package_file(&prefixes.genuine, name)?.lines() {
            let starts = |field: &str| line.starts_with(&format!("{field}:"));
            let field = OTHER_VALUES.iter().find(|(field, _)| starts(field));
            let there = match field {
                Some((field, _)) => ours.iter().any(|line| line.starts_with(field)),
                None => ours.contains(line),
            };
            if !there {
                faults.push(format!("{name} has not {line}"));
            }
        }
    }
    none(faults)
}

/// What pkg-config says of both packages, in every way that build systems ask.
fn pkg_config(prefixes: &Prefixes) -> Result {
    toolbox::need("pkg-config")?;
    let ask = |prefix: &Path, args: &[&str]| -> Result<String> {
        let mut command = Command::new("pkg-config");
        command.args(args);
        command.env("PKG_CONFIG_LIBDIR", prefix.join("lib/pkgconfig"));
        let said = toolbox::output(&mut command)?;
        Ok(said.replace(&*prefix.to_string_lossy(), "PREFIX"))
    };
    let asked = [
        "--modversion",
        "--cflags",
        "--libs",
        "--static --libs",
        "--print-variables",
        "--print-provides",
        "--print-requires",
        "--variable=prefix",
        "--variable=exec_prefix",
        "--variable=libdir",
        "--variable=includedir",
        "--variable=LIBUV_STATIC",
    ];
    let mut faults = Vec::new();
    for package in ["libuv", "libuv-static"] {
        for question in asked {
            let mut args: Vec<&str> = question.split(' ').collect();
            args.push(package);
            let theirs = ask(&prefixes.genuine, &args)?;
            let ours = ask(&prefixes.ours, &args)?;
            if ours != theirs {
                faults.push(format!("{question} {package}: {ours:?}, not {theirs:?}"));
            }
        }
    }
    none(faults)
}

/// What `find_package` gives in a prefix: variables, and properties of targets.
fn cmake_facts(prefixes: &Prefixes, prefix: &Path) -> Result<BTreeSet<String>> {
    let build = toolbox::fresh_dir(&toolbox::target().join("properties"))?;
    let source = toolbox::root().join("c-tests/prefix/properties");
    let mut configure = prefixes.cmake.command();
    configure.arg("-S").arg(source).arg("-B").arg(&build);
    configure.arg(format!("-DCMAKE_PREFIX_PATH={}", prefix.display()));
    toolbox::output(&mut configure)?;
    let facts = std::fs::read_to_string(build.join("facts.txt")).doing("facts.txt")?;
    let facts = facts.replace(&*prefix.to_string_lossy(), "PREFIX");
    Ok(facts.lines().map(String::from).collect())
}

fn cmake_targets(prefixes: &Prefixes) -> Result {
    let theirs = cmake_facts(prefixes, &prefixes.genuine)?;
    let ours = cmake_facts(prefixes, &prefixes.ours)?;
    if theirs.len() < 40 {
        return Err(Failure(format!("CMake said only {theirs:?} of libuv")));
    }
    let missing = theirs.difference(&ours);
    none(missing.map(|fact| format!("not so: {fact}")).collect())
}
