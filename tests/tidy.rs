//! Holds what readers count on: nothing lies about in the top folder, and what is said
//! of an exported function says what it returns.

use std::collections::BTreeSet;
use std::fs;
use std::iter::once;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What belongs in the top folder; names that begin with a dot are tools' business.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-extra",
    "README.md",
    "SECURITY.md",
    "build.rs",
    "c-tests",
    "cmake",
    "deny.toml",
    "docs",
    "examples",
    "fuzz",
    "harness",
    "include",
    "python",
    "meson.build",
    "meson_options.txt",
    "src",
    "tests",
    "xtask",
];

/// Words for which the field has others: libuv's, tokio's, the kernel's. Each stood in the
/// sources once.
const RETIRED: &[&str] = &[
    "allowance",
    "anybody",
    "arrivals",
    "bell",
    "crew",
    "doorbell",
    "heard",
    "linger",
    "nap",
    "news",
    "nobody",
    "outdated",
    "parcel",
    "patience",
    "roll",
    "rouse",
    "rung",
    "somebody",
    "stint",
    "untold",
    "vacated",
    "vigil",
    "whom",
];

/// Where one of them is the kernel's own.
const THE_KERNELS: &[&str] = &["SO_LINGER", "libc::linger", "_LINGER", "l_linger"];

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

/// The Rust sources below a folder.
fn sources(dir: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Python and its tools leave folders behind.
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name != "__pycache__" && !name.starts_with('.') {
                sources(&path, found);
            }
        } else {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn retired_words_stay_out_of_the_sources() {
    let mut found = Vec::new();
    for folder in ["src", "harness/src", "xtask/src", "docs", "python/uvsocket"] {
        sources(&root().join(folder), &mut found);
    }
    found.retain(|(path, _)| path.extension().is_none_or(|e| e != "svg"));
    assert!(
        found.len() > 100,
        "the sources are not where they should be"
    );
    let mut wrong = Vec::new();
    for (path, text) in &found {
        let name = path.file_stem().unwrap().to_str().unwrap();
        if RETIRED.contains(&name) {
            wrong.push(path.display().to_string());
        }
        for (at, line) in text.lines().enumerate() {
            if THE_KERNELS.iter().any(|name| line.contains(name)) {
                continue;
            }
            let words = line.split(|c: char| !c.is_ascii_alphabetic());
            for word in words.map(str::to_ascii_lowercase) {
                if RETIRED.contains(&word.as_str()) {
                    wrong.push(format!("{}:{}: {word}", path.display(), at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_safety_heading_stands_alone() {
    let mut found = Vec::new();
    sources(&root().join("src"), &mut found);
    let (mut headings, mut wrong) = (0, Vec::new());
    for (path, text) in &found {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.starts_with("///") || !line.contains("# Safety") {
                continue;
            }
            headings += 1;
            // A comment may begin with the heading.
            let above = at.checked_sub(1).map_or("", |above| lines[above]);
            let is_apart = above == "///" || !above.starts_with("///");
            let has_text = lines.get(at + 1).is_some_and(|l| l.starts_with("/// "));
            if *line != "/// # Safety" || !is_apart || !has_text {
                wrong.push(format!("{}:{}", path.display(), at + 1));
            }
        }
    }
    assert!(headings > 300, "{headings} headings");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
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

/// The declaration of each exported function below a folder, and its comment.
fn declared(dir: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    sources(dir, &mut files);
    let mut found = Vec::new();
    for (_, text) in &files {
        let mut comment = String::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(doc) = line.strip_prefix("///") {
                comment += doc;
            } else if line.contains("extern \"C\" fn uv_") {
                let ends = |line: &&str| line.contains('{');
                let mut whole = line.to_owned();
                if !ends(&line) {
                    for more in lines.by_ref() {
                        whole += more;
                        if ends(&more) {
                            break;
                        }
                    }
                }
                found.push((whole, std::mem::take(&mut comment)));
            } else if !line.starts_with("//") && !line.starts_with('#') {
                comment.clear();
            }
        }
    }
    found
}

/// The functions whose declaration contains one of these and whose comment none of those.
fn silent(declaring: &[&str], saying: &[&str]) -> Vec<String> {
    let found = declared(&root().join("src/api"));
    assert!(found.len() > 300, "{} functions", found.len());
    let silent = found.into_iter().filter(|(declaration, comment)| {
        declaring.iter().any(|part| declaration.contains(part))
            && !saying.iter().any(|part| comment.contains(part))
    });
    let name = |declaration: String| {
        let (_, name) = declaration.split_once("fn ").unwrap();
        name.split('(').next().unwrap().to_owned()
    };
    silent.map(|(declaration, _)| name(declaration)).collect()
}

#[test]
fn a_function_with_a_callback_says_when_it_runs() {
    let silent = silent(
        &["_cb: uv_", " cb: uv_"],
        &[
            "phase",
            "thread",
            "before it returns",
            "uv_fs_open",
            "uv_signal_start`]",
        ],
    );
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn a_function_with_a_time_says_its_unit() {
    let times = ["timeout: ", "repeat: ", "interval: ", "delay: ", "msec: "];
    let silent = silent(&times, &["second"]);
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_map_names_files_that_are_there() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    let is_there = |name: &str| {
        root().join(name).exists()
            || files
                .iter()
                .any(|(path, _)| path.ends_with(name.trim_start_matches("./")))
    };
    let mut wrong = Vec::new();
    for page in [
        "docs/ARCHITECTURE.md",
        "docs/PERFORMANCE.md",
        "CONTRIBUTING.md",
    ] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let named = text
            .split('`')
            .filter(|part| part.ends_with(".rs") && !part.contains(' '));
        let absent = named.filter(|name| !name.contains(['{', '<', '*']) && !is_there(name));
        wrong.extend(absent.map(|name| format!("{page}: {name}")));
    }
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for room in fs::read_dir(root().join("src")).unwrap() {
        let name = room.unwrap().file_name().into_string().unwrap();
        if !map.contains(&format!("  {name}")) && name != "lib.rs" {
            wrong.push(format!("docs/ARCHITECTURE.md: no src/{name}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
