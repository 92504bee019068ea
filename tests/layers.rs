//! Holds the map in `docs/ARCHITECTURE.md`: who may import whom, who calls libc, who
//! names mio, and how long a file may be.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, from the top of the house down. A room may use those that come after it.
const ROOMS: &[&str] = &[
    "api",
    "handles",
    "requests",
    "system",
    "event_loop",
    "sys",
    "text",
    "errno",
    "abi",
];

/// Rooms at the bottom that everybody may use, whatever the order says.
const COMMON: &[&str] = &["abi", "errno", "text"];

/// The engine's one way up: libuv's switch on the kind of handle.
const SWITCH: &str = "event_loop/dispatch.rs";

/// The one file that names mio.
const REACTOR: &str = "event_loop/io/reactor.rs";

/// Beginnings of names in libc that only Linux has.
const ONLY_LINUX: &[&str] = &[
    "CLONE_",
    "CPU_",
    "EPOLL",
    "FUTEX_",
    "GRND_",
    "IN_",
    "O_PATH",
    "PR_",
    "RESOLVE_",
    "RWF_",
    "STATX",
    "SYS_",
    "cpu_set_t",
    "epoll_",
    "eventfd",
    "inotify_",
    "prctl",
    "sched_get",
    "sendfile",
    "signalfd_",
    "statx",
    "sysinfo",
];

/// What every Unix has that we know of.
const EVERYWHERE: &[&str] = &[
    "SYS_close",
    "sched_get_priority_max",
    "sched_get_priority_min",
];

/// A file with more lines, documentation apart, says why in a line that begins with
/// [`REASON`].
const LONG: usize = 400;
const REASON: &str = "// long: ";

/// A source file below `src`.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.iter().next().and_then(|part| part.to_str());
        first.unwrap_or_default().trim_end_matches(".rs")
    }

    fn is(&self, path: &str) -> bool {
        self.path == Path::new(path)
    }

    /// The code, without comments: lines numbered from 1. A `use` is one line.
    fn code(&self) -> Vec<(usize, String)> {
        let mut out: Vec<(usize, String)> = Vec::new();
        for (at, line) in self.text.lines().enumerate() {
            let line = line.find("//").map_or(line, |end| &line[..end]);
            let open = out.last_mut().map(|(_, last)| last).filter(|last| {
                let start = last.trim_start().trim_start_matches("pub ");
                start.starts_with("use ") && !last.contains(';')
            });
            match open {
                Some(last) => *last += line.trim(),
                None => out.push((at + 1, line.to_owned())),
            }
        }
        out
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("src/{}:{line}: {what}", self.path.display())
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut waiting = vec![root.clone()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(&root).unwrap().to_path_buf();
                found.push(Source { path, text });
            }
        }
    }
    assert!(found.len() > 20, "the sources are not where they should be");
    found
}

/// The names that come right after `prefix` in a line of code; all names of a group.
fn names_after(line: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices(prefix) {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| is_word(c) || c == ':') {
            continue;
        }
        let rest = &line[at + prefix.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group.split(',').map(|name| word(name.trim()))),
            None => names.push(word(rest)),
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|&c| is_word(c)).collect()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn height(room: &str) -> Option<usize> {
    ROOMS.iter().rev().position(|name| *name == room)
}

/// Whether code in the first room may name the second.
fn may_use(from: &str, to: &str) -> bool {
    from == to || COMMON.contains(&to) || height(from) > height(to)
}

fn assert_none(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn arrows_run_downwards() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| height(s.room()).is_some()) {
        for (at, line) in source.code() {
            for to in names_after(&line, "crate::") {
                let is_room = height(&to).is_some();
                let is_switch = source.is(SWITCH) && to != "api";
                if is_room && !is_switch && !may_use(source.room(), &to) {
                    wrong.push(source.at(at, &format!("{} may not use {to}", source.room())));
                }
            }
        }
    }
    assert_none(wrong);
}

/// Names of the standard library's methods that a room above the engine has, too.
const STANDARD: &[&str] = &["all", "find", "join", "position", "write"];

/// The methods that a file declares.
fn methods(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let code: String = source
        .code()
        .into_iter()
        .map(|(_, line)| line + " ")
        .collect();
    for (at, _) in code.match_indices("fn ") {
        let rest = &code[at + "fn ".len()..];
        let takes = rest
            .split_once('(')
            .map_or("", |(_, takes)| takes)
            .trim_start();
        if takes.starts_with("&self") || takes.starts_with("&mut self") {
            found.push(word(rest));
        }
    }
    found
}

/// The types of `abi` have methods in several rooms, which no path in the code names.
#[test]
fn the_engine_calls_no_method_of_a_room_above_but_in_its_switch() {
    let all = sources();
    let of = |rooms: &[&str]| -> Vec<String> {
        let inside = all.iter().filter(|source| rooms.contains(&source.room()));
        inside.flat_map(methods).collect()
    };
    let mut above = of(&["api", "handles", "requests", "system"]);
    let below = of(&["event_loop", "sys", "text", "errno", "abi"]);
    above.retain(|name| !below.contains(name) && !STANDARD.contains(&name.as_str()));
    assert!(
        above.len() > 100,
        "the methods are not where they should be"
    );
    let mut wrong = Vec::new();
    let engine = all.iter().filter(|source| source.room() == "event_loop");
    for source in engine.filter(|source| !source.is(SWITCH)) {
        for (at, line) in source.code() {
            let calls = |name: &&String| line.contains(&format!(".{name}("));
            wrong.extend(above.iter().filter(calls).map(|name| source.at(at, name)));
        }
    }
    assert_none(wrong);
}

#[test]
fn every_room_is_on_the_map() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    for line in lib.unwrap().lines() {
        let name = line.trim_start_matches("pub ").strip_prefix("mod ");
        if let Some(name) = name {
            assert!(height(&word(name)).is_some(), "src/lib.rs: {line}");
        }
    }
}

#[test]
fn only_the_reactor_names_mio() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| !s.is(REACTOR)) {
        for (at, line) in source.code() {
            if line.split(|c| !is_word(c)).any(|word| word == "mio") {
                wrong.push(source.at(at, "names mio"));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn only_sys_linux_and_the_reactor_name_what_only_linux_has() {
    let mut wrong = Vec::new();
    let may = |s: &Source| s.path.starts_with("sys/linux") || s.is(REACTOR);
    for source in sources().iter().filter(|s| !may(s)) {
        for (at, line) in source.code() {
            let is_linux = |name: &String| ONLY_LINUX.iter().any(|n| name.starts_with(n));
            let found = names_after(&line, "libc::").into_iter().filter(is_linux);
            for name in found.filter(|name| !EVERYWHERE.contains(&name.as_str())) {
                wrong.push(source.at(at, &format!("names {name}")));
            }
        }
    }
    assert_none(wrong);
}

/// Beginnings of string literals that name a file which only Linux has.
const LINUX_FILES: &[&str] = &["\"/proc", "\"/sys"];

#[test]
fn only_sys_linux_reads_the_files_that_only_linux_has() {
    let mut wrong = Vec::new();
    let all = sources();
    for source in all.iter().filter(|s| !s.path.starts_with("sys/linux")) {
        let code = source.code();
        let tested = code.iter().take_while(|(_, line)| line != "#[cfg(test)]");
        for (at, line) in tested {
            if LINUX_FILES.iter().any(|literal| line.contains(literal)) {
                wrong.push(source.at(*at, "names a file below /proc or /sys"));
            }
        }
    }
    assert_none(wrong);
}

#[test]
fn only_sys_calls_libc() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|s| s.room() != "sys") {
        let imported: Vec<String> = source
            .code()
            .iter()
            .flat_map(|(_, line)| names_after(line, "use libc::"))
            .collect();
        for (at, line) in source.code() {
            if line.contains("extern \"C\" {") {
                wrong.push(source.at(at, "declares a foreign function"));
            }
            // Types and constants are allowed; a name before "(" is a call.
            let paths = names_after(&line, "libc::").into_iter();
            let called = |name: &String, how: &str| {
                let call = format!("{how}{name}(");
                name.starts_with(|c: char| c.is_ascii_lowercase()) && has_call(&line, &call)
            };
            for name in paths.filter(|name| called(name, "libc::")) {
                wrong.push(source.at(at, &format!("calls libc::{name}")));
            }
            for name in imported.iter().filter(|name| called(name, "")) {
                wrong.push(source.at(at, &format!("calls libc's {name}")));
            }
        }
    }
    assert_none(wrong);
}

/// Whether a line calls a function, not a method or a longer name.
fn has_call(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let is_declared = line[..at].ends_with("fn ");
        !is_declared && !before.is_some_and(|c| is_word(c) || c == '.' || c == ':')
    })
}

#[test]
fn long_files_say_why() {
    let mut wrong = Vec::new();
    for source in &sources() {
        let is_doc = |line: &&str| ["///", "//!"].iter().any(|d| line.trim().starts_with(d));
        let lines = source.text.lines().filter(|line| !is_doc(line)).count();
        let says = source.text.lines().any(|line| line.starts_with(REASON));
        if lines > LONG && !says {
            wrong.push(source.at(lines, "too long, and no line says why"));
        }
    }
    assert_none(wrong);
}

#[test]
fn the_rules_can_be_broken() {
    assert!(may_use("api", "handles") && may_use("handles", "event_loop"));
    assert!(may_use("event_loop", "sys") && may_use("sys", "errno") && may_use("text", "errno"));
    assert!(!may_use("event_loop", "handles") && !may_use("sys", "event_loop"));
    assert!(!may_use("handles", "api") && !may_use("abi", "event_loop"));
    assert_eq!(
        names_after("use crate::{event_loop, sys::fd};", "crate::"),
        ["event_loop", "sys"]
    );
    assert_eq!(
        names_after("    crate::system::f();", "crate::"),
        ["system"]
    );
    assert!(names_after("othercrate::event_loop", "crate::").is_empty());
    assert!(has_call("unsafe { libc::read(fd) }", "libc::read("));
    assert!(!has_call("self.read(fd)", "read("));
}
