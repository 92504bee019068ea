//! What the API pages are made of: which function, type and constant is on which page.

use super::api_pages::{API, ApiPage, belongs};
use super::contracts;
use super::declarations::{Declaration, Kind, is_word, parse};
use harness::toolbox::Doing;
use harness::{Failure, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The headers that declare something for programs.
const HEADERS: &[&str] = &["uv/version.h", "uv/unix.h", "uv.h", "uvx.h"];

/// A function with what is said of it.
pub struct Function {
    /// Its declaration in C.
    pub declaration: Declaration,
    /// Its contract, in Markdown.
    pub contract: String,
}

/// Functions that one file of the sources holds.
pub struct Group {
    /// What they are about, in Markdown.
    pub about: String,
    /// The functions.
    pub functions: Vec<Function>,
}

/// One page.
pub struct Reference {
    /// Its name and title.
    pub page: &'static ApiPage,
    /// Its functions.
    pub groups: Vec<Group>,
    /// Its types and constants.
    pub others: Vec<Declaration>,
}

impl Reference {
    /// Where the page is on the site.
    pub fn path(&self) -> String {
        format!("api/{}.html", self.page.name)
    }

    /// Its functions.
    pub fn functions(&self) -> impl Iterator<Item = &Function> {
        self.groups.iter().flat_map(|group| &group.functions)
    }
}

/// Reads headers and sources; fails if a declaration has no place.
pub fn read(root: &Path) -> Result<Vec<Reference>> {
    let mut declared = Vec::new();
    for header in HEADERS {
        let path = root.join("include").join(header);
        declared.extend(parse(
            &std::fs::read_to_string(&path).doing(path.display())?,
        ));
    }
    // `#if` may give a type a second form; the first is the usual one.
    let mut seen = BTreeSet::new();
    declared.retain(|d| seen.insert(d.name.clone()));
    let (functions, others): (Vec<_>, Vec<_>) =
        declared.into_iter().partition(|d| d.kind == Kind::Function);
    let mut functions: BTreeMap<String, Declaration> = functions
        .into_iter()
        .map(|function| (function.name.clone(), function))
        .collect();
    let mut pages = Vec::new();
    for page in API {
        let groups: Result<_> = page
            .files
            .iter()
            .map(|file| group(root, file, &mut functions))
            .collect();
        pages.push(Reference {
            page,
            groups: groups?,
            others: Vec::new(),
        });
    }
    if let Some(name) = functions.keys().next() {
        return Err(Failure(format!(
            "{name} is in no file that docs/api_pages.rs names"
        )));
    }
    let mut homeless = Vec::new();
    for other in others {
        match place(&other, &pages) {
            Some(at) => pages[at].others.push(other),
            None => homeless.push(other.name),
        }
    }
    if !homeless.is_empty() {
        let names = homeless.join(", ");
        return Err(Failure(format!(
            "docs/api_pages.rs has no page for {names}"
        )));
    }
    Ok(pages)
}

/// The functions of one file, taken from those that the header declares.
fn group(root: &Path, file: &str, declared: &mut BTreeMap<String, Declaration>) -> Result<Group> {
    let read = contracts::read(root, file)?;
    let mut functions = Vec::new();
    for (name, contract) in read.functions {
        let declaration = declared.remove(&name);
        let absent = || Failure(format!("the headers do not declare {name} of {file}"));
        functions.push(Function {
            declaration: declaration.ok_or_else(absent)?,
            contract,
        });
    }
    // The summary of the folder stands for its first file's.
    let about = match file.strip_suffix("/request") {
        Some(folder) => contracts::read(root, &format!("{folder}/mod"))?.about,
        None => read.about,
    };
    Ok(Group { about, functions })
}

/// The page of a type or constant.
fn place(other: &Declaration, pages: &[Reference]) -> Option<usize> {
    let mentions = |code: &str| code.split(|c| !is_word(c)).any(|word| word == other.name);
    match belongs(&other.name) {
        Some(name) => pages.iter().position(|page| page.page.name == name),
        None => pages
            .iter()
            .position(|page| page.functions().any(|f| mentions(&f.declaration.code))),
    }
}
