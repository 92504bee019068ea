//! Writes the README's table of the suite's results, by family.

use super::Results;
use super::run_one::Did;
use crate::toolbox::{self, Doing, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// Families: the title, and the prefixes of the reference's test files.
/// The longest prefix that fits decides.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "Loop, handles, requests",
        &[
            "active",
            "close-order",
            "default-loop",
            "embed",
            "loop",
            "metrics",
            "ref",
            "run-",
            "walk",
            "watcher",
            "callback",
            "getters",
            "handle",
            "fork",
            "queue-foreach",
            "io-64",
            "sizeof",
            "platform",
            "pass",
            "fail-always",
            "test-macros",
        ],
    ),
    (
        "Timer, idle, prepare, check",
        &["timer", "idle", "hrtime", "gettimeofday", "clock"],
    ),
    ("Async", &["async"]),
    (
        "TCP and streams",
        &[
            "tcp",
            "connect",
            "connection",
            "delayed",
            "getsockname",
            "multiple-listen",
            "not-readable",
            "not-writable",
            "ping-pong",
            "readable",
            "shutdown",
            "socket-buffer",
            "write-cancel",
            "iouring-pollhup",
            "emfile",
            "eintr",
            "osx",
            "close-fd",
        ],
    ),
    ("UDP", &["udp"]),
    ("Pipes and IPC", &["pipe", "ipc", "stdio-over"]),
    ("TTY", &["tty"]),
    ("Poll", &["poll"]),
    ("Processes", &["spawn", "process"]),
    ("Signals", &["signal"]),
    (
        "Threads and locks",
        &["thread", "barrier", "condvar", "mutexes", "semaphore"],
    ),
    ("Thread pool", &["threadpool"]),
    ("Files", &["fs"]),
    ("Watching files", &["fs-event", "fs-poll"]),
    ("DNS", &["getaddrinfo", "getnameinfo", "idna"]),
    ("Addresses", &["ip"]),
    ("Errors and strings", &["error", "strscpy", "strtok"]),
    (
        "System",
        &[
            "cwd",
            "dlerror",
            "env",
            "get-",
            "gethostname",
            "homedir",
            "tmpdir",
            "uname",
            "random",
        ],
    ),
];

const FAMILY_OF_THE_REST: &str = "Other";
const BEGIN: &str = "<!-- suite: begin (written by cargo xtask test suite --write-status) -->";
const END: &str = "<!-- suite: end -->";

/// Replaces the marked block of README.md, or docs/status.md when README.md has
/// no such block.
pub fn write(tree: &Path, theirs: &Results, ours: &Results) -> Result {
    let table = table(&families(tree)?, theirs, ours);
    let readme = toolbox::root().join("README.md");
    let text = std::fs::read_to_string(&readme).unwrap_or_default();
    let (path, new) = match replace_block(&text, &table) {
        Some(new) => (readme, new),
        None => {
            let new = format!("# What works today\n\n{BEGIN}\n{table}{END}\n");
            (toolbox::root().join("docs/status.md"), new)
        }
    };
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    std::fs::write(&path, new).doing(path.display())?;
    println!("  wrote {}", path.display());
    Ok(())
}

fn replace_block(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

fn table(family_of: &BTreeMap<String, &'static str>, theirs: &Results, ours: &Results) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (test, ran) in ours {
        let family = family_of.get(test).copied().unwrap_or(FAMILY_OF_THE_REST);
        let row = rows.entry(family).or_default();
        row.genuine += usize::from(theirs.get(test).is_some_and(|ran| ran.did == Did::Pass));
        row.ours += usize::from(ran.did == Did::Pass);
        row.tests += 1;
    }
    let total = rows.values().fold(Row::default(), |sum, row| sum.plus(row));
    let mut text = String::from(
        "| Family | Tests | Pass on libuv | Pass on libuv-rs |\n\
         |---|---:|---:|---:|\n",
    );
    let order = FAMILIES
        .iter()
        .map(|(title, _)| *title)
        .chain([FAMILY_OF_THE_REST]);
    for title in order {
        if let Some(row) = rows.get(title) {
            text += &row.line(title);
        }
    }
    text + &total.line("**All**")
}

#[derive(Default)]
struct Row {
    tests: usize,
    genuine: usize,
    ours: usize,
}

impl Row {
    fn plus(self, other: &Row) -> Row {
        Row {
            tests: self.tests + other.tests,
            genuine: self.genuine + other.genuine,
            ours: self.ours + other.ours,
        }
    }

    fn line(&self, title: &str) -> String {
        let Row {
            tests,
            genuine,
            ours,
        } = self;
        format!("| {title} | {tests} | {genuine} | {ours} |\n")
    }
}

/// Each test's family, by the file of the reference that defines it.
fn families(tree: &Path) -> Result<BTreeMap<String, &'static str>> {
    let mut families = BTreeMap::new();
    for file in toolbox::files_below(&tree.join("test"))? {
        let stem = file
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        let Some(subject) = stem.strip_prefix("test-") else {
            continue;
        };
        let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
        for test in defined(&text) {
            families.insert(test, family(subject));
        }
    }
    Ok(families)
}

fn family(subject: &str) -> &'static str {
    let fits = FAMILIES.iter().flat_map(|(title, prefixes)| {
        prefixes
            .iter()
            .filter(|p| subject.starts_with(**p))
            .map(|p| (p.len(), *title))
    });
    fits.max_by_key(|(length, _)| *length)
        .map_or(FAMILY_OF_THE_REST, |(_, title)| title)
}

/// The tests that a source file defines.
fn defined(text: &str) -> Vec<String> {
    let mut tests = Vec::new();
    for (macro_name, has_twin) in [("TEST_IMPL(", false), ("TEST_FS_IMPL(", true)] {
        for rest in text.split(macro_name).skip(1) {
            let Some((name, _)) = rest.split_once(')') else {
                continue;
            };
            tests.push(name.trim().to_owned());
            if has_twin {
                tests.push(format!("{}_iouring", name.trim()));
            }
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        assert_eq!(family("fs-event"), "Watching files");
        assert_eq!(family("fs-copyfile"), "Files");
        assert_eq!(family("threadpool-cancel"), "Thread pool");
        assert_eq!(family("ipc-send-recv"), "Pipes and IPC");
        assert_eq!(family("ip4-addr"), "Addresses");
        assert_eq!(family("zzz"), FAMILY_OF_THE_REST);
    }

    #[test]
    fn finds_the_tests_of_a_file() {
        let text = "TEST_IMPL(a) {}\nTEST_FS_IMPL(b) {}\n";
        assert_eq!(defined(text), ["a", "b", "b_iouring"]);
    }

    #[test]
    fn replaces_only_the_block() {
        let text = format!("x\n{BEGIN}\nold\n{END}\ny\n");
        let expected = format!("x\n{BEGIN}\nnew\n{END}\ny\n");
        assert_eq!(replace_block(&text, "new\n").unwrap(), expected);
        assert_eq!(replace_block("no block", "new\n"), None);
    }
}
