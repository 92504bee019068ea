//! Holds what readers count on: nothing lies about in the top folder, and what is said
//! of an exported function says what it returns.

use std::collections::BTreeSet;
use std::fs;
use std::iter::once;
use std::path::Path;
use std::process::Command;

/// What belongs in the top folder; names that begin with a dot are tools' business.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "build.rs",
    "c-tests",
    "cmake",
    "deny.toml",
    "docs",
    "examples",
    "fuzz",
    "include",
    "src",
    "tests",
    "xtask",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn nothing_lies_about_in_the_top_folder() {
    // Without a repository there is nothing that could be committed by mistake.
    if !root().join(".git").exists() {
        return;
    }
    let mut git = Command::new("git");
    let listed = git
        .args(["-c", "safe.directory=*", "ls-files"])
        .current_dir(root());
    let files = String::from_utf8(listed.output().unwrap().stdout).unwrap();
    let top: BTreeSet<&str> = files
        .lines()
        .filter_map(|file| file.split('/').next())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(top, TOP.iter().copied().collect());
}

/// The exported functions below a folder, and what is said of each; those without a
/// result left out.
fn documented(dir: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documented(&path, found);
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let mut said = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(doc) = line.strip_prefix("///") {
                said += doc;
            } else if let Some((_, name)) = line.split_once("extern \"C\" fn uv_") {
                let more = lines.by_ref().take_while(|line| !line.starts_with('}'));
                let whole = once(line).chain(more).collect::<String>();
                if whole.split('{').next().unwrap().contains("->") {
                    let name = name.split('(').next().unwrap();
                    found.push((format!("uv_{name}"), std::mem::take(&mut said)));
                }
            }
            if !line.starts_with("//") && !line.starts_with('#') {
                said.clear();
            }
        }
    }
}

#[test]
fn a_function_with_a_result_says_what_it_returns() {
    let mut found = Vec::new();
    documented(&root().join("src/api"), &mut found);
    assert!(
        found.len() > 200,
        "the functions are not where they should be"
    );
    found.retain(|(_, said)| !said.contains("Returns ") && !said.contains("is returned"));
    let silent: Vec<_> = found.into_iter().map(|(name, _)| name).collect();
    assert!(silent.is_empty(), "{silent:?}");
}
