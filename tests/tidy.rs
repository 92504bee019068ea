//! Holds what readers count on: nothing lies about in the top folder.

use std::collections::BTreeSet;
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
    "build.rs",
    "c-tests",
    "cmake",
    "docs",
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
    let listed = git.arg("ls-files").current_dir(root()).output().unwrap();
    let files = String::from_utf8(listed.stdout).unwrap();
    let top: BTreeSet<&str> = files
        .lines()
        .filter_map(|file| file.split('/').next())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(top, TOP.iter().copied().collect());
}
