//! Compares our header with the reference's.
//!
//! Parses the reference's header and generates C programs that print every size,
//! alignment, offset, enumerator and macro. Each is compiled with either header, and both
//! must print the same. The types of functions and callbacks are compared by repeating the
//! reference's declarations after our header.

pub mod parse;
pub mod program;

use crate::cc;
use crate::reference;
use crate::report::{Context, Outcome};
use crate::run;
use crate::toolbox::{self, Doing, Failure, Result};
use parse::{Header, Prototype};
use program::Macro;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The time limit of a program, which only prints.
const LIMIT: Duration = Duration::from_secs(20);

/// How many differences are printed.
const SHOWN: usize = 20;

/// The programs print some thousands of lines. With fewer, parsing the header went wrong.
const MUCH: usize = 1000;

/// The sources and dialects with which our header must compile without warnings.
const DIALECTS: &[(&str, &str)] = &[
    ("strict.c", "c99"),
    ("strict.c", "c11"),
    ("strict.c", "c17"),
    ("strict.c", "gnu11"),
    ("strict.cc", "c++11"),
    ("strict.cc", "c++17"),
];

/// What the comparison found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many lines were the same for both headers.
    pub compared: usize,
    /// The lines that differ.
    pub differences: Vec<String>,
}

/// `cargo xtask test abi-diff`.
pub fn check(context: &Context) -> Vec<Outcome> {
    let include = toolbox::root().join("include");
    let mut outcomes = Vec::new();
    for (source, dialect) in DIALECTS {
        let name = format!("header as {dialect}");
        if context.wants(&name) {
            outcomes.push(Outcome::of(name, compiles(&include, source, dialect)));
        }
    }
    if !context.options.only_ours && context.wants("header like the reference's") {
        let tree = reference::tree().map(|tree| tree.join("include"));
        let report = tree.and_then(|reference| run(&toolbox::root(), &reference));
        let result = report.and_then(|report| report.verdict());
        outcomes.push(Outcome::of("header like the reference's", result));
    }
    outcomes
}

/// Compares the header of the repository at `repo` with the one in
/// `reference_include`.
pub fn run(repo: &Path, reference_include: &Path) -> Result<Report> {
    let our_include = repo.join("include");
    let dir = toolbox::fresh_dir(&toolbox::target().join("abi-diff"))?;
    let (reference, ours) = (read(reference_include, &dir)?, read(&our_include, &dir)?);
    let mut report = Report::default();
    let missing = absent(&reference.functions, &ours.functions).into_iter();
    let extra = absent(&ours.functions, &reference.functions).into_iter();
    let differences = &mut report.differences;
    differences.extend(missing.map(|f| format!("ours lacks {f}")));
    differences.extend(extra.map(|f| format!("only ours has {f}")));

    let compiler = Compiler { dir: &dir };
    let layouts = program::layouts(&reference);
    let genuine = compiler.output("layouts", &layouts, reference_include, "gnu11")?;
    for dialect in ["gnu11", "c99"] {
        let output = compiler.output("layouts", &layouts, &our_include, dialect)?;
        report.compare(&genuine, &output);
    }
    let names = macro_names(reference_include)?;
    let macros = program::macros(&names, &defined(reference_include, &dir)?)?;
    let genuine = compiler.output("macros", &macros, reference_include, "gnu11")?;
    report.compare(
        &genuine,
        &compiler.output("macros", &macros, &our_include, "gnu11")?,
    );

    let again = program::redeclarations(&reference, &ours);
    if let Err(Failure(why)) = compiler.syntax("types", &again, &our_include) {
        report.differences.push(why);
    }
    Ok(report)
}

impl Report {
    /// Fails if lines differ, or if too few were compared.
    fn verdict(&self) -> Result {
        let all = &self.differences;
        if !all.is_empty() {
            let first = all[..all.len().min(SHOWN)].join("\n");
            return Err(Failure(format!("{} differences\n{first}", all.len())));
        }
        match self.compared > MUCH {
            true => Ok(()),
            false => Err(Failure(format!("only {} lines compared", self.compared))),
        }
    }

    fn compare(&mut self, genuine: &str, ours: &str) {
        let (mut left, mut right) = (genuine.lines(), ours.lines());
        loop {
            match (left.next(), right.next()) {
                (None, None) => return,
                (a, b) if a == b => self.compared += 1,
                (a, b) => self.differences.push(format!(
                    "reference: {}\nours:      {}",
                    a.unwrap_or("(nothing)"),
                    b.unwrap_or("(nothing)")
                )),
            }
        }
    }
}

/// Returns the functions of `these` that `those` lack.
fn absent(these: &[Prototype], those: &[Prototype]) -> Vec<String> {
    let lacks = |f: &&Prototype| !those.iter().any(|other| other.name == f.name);
    these.iter().filter(lacks).map(|f| f.name.clone()).collect()
}

/// Compiles one of `c-tests/header` with all warnings as errors.
fn compiles(include: &Path, source: &str, dialect: &str) -> Result {
    let source = toolbox::root().join("c-tests/header").join(source);
    let mut command = match dialect.starts_with("c++") {
        true => Command::new(std::env::var_os("CXX").unwrap_or_else(|| "c++".into())),
        false => cc::compiler(),
    };
    command.args(["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]);
    command
        .arg(format!("-std={dialect}"))
        .arg("-I")
        .arg(include);
    toolbox::output(command.arg(source)).map(drop)
}

/// Parses `uv.h` in `include` and the headers that it includes from there.
fn read(include: &Path, dir: &Path) -> Result<Header> {
    let text = preprocess(include, dir, &["-E"])?;
    let mut own = String::new();
    let mut inside = false;
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(marker) => {
                let file = marker.split('"').nth(1).unwrap_or_default();
                inside = Path::new(file).starts_with(include);
            }
            None if inside => {
                own += line;
                own.push('\n');
            }
            None => {}
        }
    }
    parse::parse(&own)
}

fn preprocess(include: &Path, dir: &Path, flags: &[&str]) -> Result<String> {
    let source = dir.join("uv.c");
    std::fs::write(&source, "#include <uv.h>\n").doing(source.display())?;
    let mut command = cc::compiler();
    command.args(flags).arg("-I").arg(include).arg(source);
    toolbox::output(&mut command)
}

/// Returns the macros that are defined after `uv.h`.
fn defined(include: &Path, dir: &Path) -> Result<Vec<Macro>> {
    let text = preprocess(include, dir, &["-E", "-dM"])?;
    let definitions = text
        .lines()
        .filter_map(|line| line.strip_prefix("#define "));
    let parts = definitions.map(|line| {
        let (head, body) = line.split_once(' ').unwrap_or((line, ""));
        Macro {
            name: head.split('(').next().unwrap_or(head).to_owned(),
            takes_arguments: head.contains('('),
            body: body.trim().to_owned(),
        }
    });
    Ok(parts.collect())
}

/// Returns every name that a header for Linux defines, including those it undefines.
fn macro_names(include: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for file in [
        "uv.h",
        "uv/unix.h",
        "uv/linux.h",
        "uv/threadpool.h",
        "uv/errno.h",
        "uv/version.h",
    ] {
        let path = include.join(file);
        let text = std::fs::read_to_string(&path).doing(path.display())?;
        for line in text.lines() {
            let Some(directive) = line.trim_start().strip_prefix('#') else {
                continue;
            };
            if let Some(rest) = directive.trim_start().strip_prefix("define ") {
                let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name = rest.trim_start().split(|c| !is_word(c)).next();
                names.extend(name.map(String::from));
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

struct Compiler<'a> {
    dir: &'a Path,
}

impl Compiler<'_> {
    /// Compiles and runs a program; returns what it prints.
    fn output(&self, name: &str, text: &str, include: &Path, dialect: &str) -> Result<String> {
        let program = self.dir.join(name);
        let mut command = cc::compiler();
        command.arg(format!("-std={dialect}")).arg("-w");
        command.arg("-I").arg(include).arg(self.source(name, text)?);
        toolbox::output(command.arg("-o").arg(&program))?;
        let finished = run::command(&mut Command::new(&program), LIMIT)?;
        match finished.success() {
            true => Ok(finished.stdout),
            false => Err(Failure(format!("{name}: {}", finished.ending()))),
        }
    }

    /// Checks a program without generating code.
    fn syntax(&self, name: &str, text: &str, include: &Path) -> Result {
        let mut command = cc::compiler();
        command.args(["-std=gnu11", "-Wall", "-Werror", "-fsyntax-only"]);
        command.arg("-I").arg(include).arg(self.source(name, text)?);
        toolbox::output(&mut command).map(drop)
    }

    fn source(&self, name: &str, text: &str) -> Result<PathBuf> {
        let source = self.dir.join(name).with_extension("c");
        std::fs::write(&source, text).doing(source.display())?;
        Ok(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_differs() {
        let mut report = Report::default();
        report.compare("size a 1\nsize b 2\n", "size a 1\nsize b 3\n");
        assert_eq!((report.compared, report.differences.len()), (1, 1));
        report.compare("size a 1\n", "");
        assert_eq!(report.differences.len(), 2);
        assert!(report.verdict().is_err() && Report::default().verdict().is_err());
    }
}
