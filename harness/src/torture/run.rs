//! One run: what fails in it, and its report.

use super::errors;
use crate::toolbox::{Failure, Result};
use libc::{c_int, c_long};
use std::fmt;
use std::str::FromStr;

/// What is made to fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fails {
    /// Nothing; every system call is counted.
    Count,
    /// Nothing.
    Nothing,
    /// The n-th allocation, and all that follow it or none.
    Allocation { n: u32, on: bool },
    /// The n-th system call of a kind, and all of the kind that follow it or none.
    Call {
        call: c_long,
        n: u32,
        on: bool,
        error: c_int,
    },
    /// Opening more than so many descriptors.
    Descriptors(u32),
    /// Creating a thread.
    Threads,
    /// Opening anything in `/proc`.
    Proc,
}

/// The part of the table in which a run is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Allocations fail.
    Alloc,
    /// System calls fail.
    Calls,
    /// A resource is limited from the start.
    Limits,
}

impl Group {
    /// All of them.
    pub const ALL: [Group; 3] = [Group::Alloc, Group::Calls, Group::Limits];

    /// Its name in the tests' names.
    pub fn name(self) -> &'static str {
        match self {
            Group::Alloc => "alloc",
            Group::Calls => "calls",
            Group::Limits => "limits",
        }
    }
}

impl Fails {
    /// The group in which the run is counted.
    pub fn group(&self) -> Group {
        match self {
            Fails::Allocation { .. } => Group::Alloc,
            Fails::Call {
                n: 1,
                on: true,
                error,
                ..
            } if [libc::EPERM, libc::ENOSYS].contains(error) => Group::Limits,
            Fails::Call { .. } => Group::Calls,
            _ => Group::Limits,
        }
    }

    /// The line for the supervisor, which parses it into `struct spec` (`torture.h`).
    pub fn line(&self, trace: bool) -> String {
        let (kind, call, n, on, error) = match *self {
            Fails::Count => (0, 0, 0, false, 0),
            Fails::Nothing => (1, 0, 0, false, 0),
            Fails::Allocation { n, on } => (2, 0, n, on, 0),
            Fails::Call { call, n, on, error } => (3, call, n, on, error),
            Fails::Descriptors(n) => (4, 0, n, false, 0),
            Fails::Threads => (5, 0, 0, false, 0),
            Fails::Proc => (6, 0, 0, false, 0),
        };
        let (on, trace) = (u8::from(on), u8::from(trace));
        format!("{kind} {call} {n} {on} {error} {trace}\n")
    }
}

impl fmt::Display for Fails {
    /// `alloc#3`, `alloc#3+`, `read#2=EIO`, `read#2+=EIO`, `fds=7`, `threads`, `proc`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plus = |on: bool| if on { "+" } else { "" };
        match *self {
            Fails::Count => f.write_str("count"),
            Fails::Nothing => f.write_str("nothing"),
            Fails::Allocation { n, on } => write!(f, "alloc#{n}{}", plus(on)),
            Fails::Call { call, n, on, error } => {
                let (call, error) = (errors::name_of(call), errors::error_name(error));
                write!(f, "{call}#{n}{}={error}", plus(on))
            }
            Fails::Descriptors(n) => write!(f, "fds={n}"),
            Fails::Threads => f.write_str("threads"),
            Fails::Proc => f.write_str("proc"),
        }
    }
}

impl FromStr for Fails {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Fails> {
        let parsed = match text {
            "nothing" => Some(Fails::Nothing),
            "threads" => Some(Fails::Threads),
            "proc" => Some(Fails::Proc),
            _ => parse_numbered(text),
        };
        parsed.ok_or_else(|| Failure(format!("{text:?} is nothing that can fail")))
    }
}

fn parse_numbered(text: &str) -> Option<Fails> {
    if let Some(limit) = text.strip_prefix("fds=") {
        return Some(Fails::Descriptors(limit.parse().ok()?));
    }
    let (what, rest) = text.split_once('#')?;
    let (which, error) = rest.split_once('=').unwrap_or((rest, ""));
    let (n, on) = match which.strip_suffix('+') {
        Some(n) => (n.parse().ok()?, true),
        None => (which.parse().ok()?, false),
    };
    if what == "alloc" {
        return error.is_empty().then_some(Fails::Allocation { n, on });
    }
    Some(Fails::Call {
        call: errors::number_of(what)?,
        n,
        on,
        error: errors::error_number(error)?,
    })
}

/// How a run ended; those after `Skipped` are faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As if nothing had failed.
    Ok,
    /// The scenario got an error and ended.
    Error,
    /// This machine does not permit the run.
    Skipped,
    /// A callback was not called.
    Lost,
    /// Wrong data, order or result.
    Wrong,
    /// Memory or descriptors left at the end.
    Leak,
    /// The loop cannot be closed.
    Busy,
    /// It uses the processor without progress.
    Spin,
    /// It sleeps and does not end.
    Hang,
    /// A signal ended it.
    Crash,
    /// It called abort().
    Abort,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Verdict; 11] = [
        Verdict::Ok,
        Verdict::Error,
        Verdict::Skipped,
        Verdict::Lost,
        Verdict::Wrong,
        Verdict::Leak,
        Verdict::Busy,
        Verdict::Spin,
        Verdict::Hang,
        Verdict::Crash,
        Verdict::Abort,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Error => "error reported",
            Verdict::Skipped => "not to be had",
            Verdict::Lost => "lost callback",
            Verdict::Wrong => "wrong data",
            Verdict::Leak => "leak",
            Verdict::Busy => "busy at the end",
            Verdict::Spin => "spin",
            Verdict::Hang => "hang",
            Verdict::Crash => "crash",
            Verdict::Abort => "abort",
        }
    }

    /// Returns whether it is a fault.
    pub fn is_fault(self) -> bool {
        self > Verdict::Skipped
    }

    fn of(word: &str) -> Option<Verdict> {
        Some(match word {
            "ok" => Verdict::Ok,
            "error" => Verdict::Error,
            "skip" => Verdict::Skipped,
            "lost" => Verdict::Lost,
            "wrong" | "exit" => Verdict::Wrong,
            "busy" => Verdict::Busy,
            "spin" => Verdict::Spin,
            "hang" => Verdict::Hang,
            "crash" => Verdict::Crash,
            "abort" => Verdict::Abort,
            _ => return None,
        })
    }
}

/// The supervisor's report on a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub verdict: Verdict,
    /// Whether the run reached what was to fail.
    pub reached: bool,
    /// The processor time it used.
    pub cpu_ms: u64,
    /// Allocations made.
    pub allocations: u32,
    /// What was left: the library's blocks, other blocks, descriptors.
    pub left: [i64; 3],
    /// How often each system call was made, in a counting run.
    pub calls: Vec<(c_long, u32)>,
    /// Offsets in the library of where it failed, or where it hangs.
    pub stack: Vec<u64>,
    /// Further text.
    pub text: String,
}

impl Report {
    /// Parses the supervisor's line.
    pub fn parse(line: &str) -> Result<Report> {
        let fields: Vec<&str> = line.trim_end_matches('\n').splitn(10, '\t').collect();
        let broken = || Failure(format!("the supervisor says {line:?}"));
        let number = |at: usize| -> Result<i64> {
            let field = fields.get(at).ok_or_else(broken)?;
            field.parse().map_err(|_| broken())
        };
        let text = fields.get(9).copied().unwrap_or_default();
        let verdict = match fields.first().and_then(|word| Verdict::of(word)) {
            Some(verdict) => verdict,
            None => return Err(broken()),
        };
        Ok(Report {
            verdict,
            reached: number(1)? > 0,
            cpu_ms: number(2)?.unsigned_abs(),
            allocations: u32::try_from(number(3)?).map_err(|_| broken())?,
            left: [number(4)?, number(5)?, number(6)?],
            calls: fields[7].split_whitespace().filter_map(count).collect(),
            stack: fields[8].split_whitespace().filter_map(offset).collect(),
            text: text.to_owned(),
        })
    }

    /// Compares what is left and the time used with a run in which nothing failed. If the
    /// injected error is EBADF, a descriptor left open is no fault: the library was told
    /// that it is closed.
    pub fn against(mut self, plain: &Report, fails: &Fails) -> Report {
        if matches!(fails, Fails::Call { error, .. } if *error == libc::EBADF) {
            self.left[2] = 0;
        }
        if self.verdict.is_fault() || self.verdict == Verdict::Skipped {
            return self;
        }
        let kinds = ["blocks of the library", "blocks of libc", "descriptors"];
        for (at, kind) in kinds.iter().enumerate() {
            if self.left[at] > plain.left[at] {
                self.verdict = Verdict::Leak;
                let (left, before) = (self.left[at], plain.left[at]);
                self.text = format!("{left} {kind} and not {before}; {}", self.text);
                return self;
            }
        }
        if self.cpu_ms > plain.cpu_ms + SPIN_MS {
            self.verdict = Verdict::Spin;
            self.text = format!("{} ms of a processor; {}", self.cpu_ms, self.text);
        }
        self
    }
}

/// A run spins if it uses so much more processor time than one in which nothing fails.
const SPIN_MS: u64 = 400;

fn count(word: &str) -> Option<(c_long, u32)> {
    let (call, count) = word.split_once(':')?;
    Some((call.parse().ok()?, count.parse().ok()?))
}

fn offset(word: &str) -> Option<u64> {
    u64::from_str_radix(word.strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_read_as_it_is_written() {
        for text in [
            "alloc#3",
            "alloc#3+",
            "read#2=EIO",
            "read#12+=EIO",
            "fds=7",
            "threads",
            "proc",
            "999#1=EPERM",
        ] {
            assert_eq!(text.parse::<Fails>().unwrap().to_string(), text);
        }
        for text in [
            "alloc#3=EIO",
            "read#2",
            "read#x=EIO",
            "unheard#1=EIO",
            "fds",
        ] {
            assert!(text.parse::<Fails>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_is_a_leak() {
        let report = |line| Report::parse(line).unwrap();
        let plain = report("ok\t0\t3\t9\t0\t2\t0\t0:3 1:2 \t\t");
        assert_eq!(plain.calls, [(0, 3), (1, 2)]);
        let same =
            report("error\t1\t3\t9\t0\t2\t0\t\t0x10 \tuv_x: EIO").against(&plain, &Fails::Nothing);
        assert_eq!((same.verdict, same.stack), (Verdict::Error, vec![16]));
        let more = report("ok\t1\t3\t9\t1\t2\t0\t\t\tlive").against(&plain, &Fails::Nothing);
        assert_eq!(more.verdict, Verdict::Leak);
        let busy = report("ok\t1\t900\t9\t0\t2\t0\t\t\t").against(&plain, &Fails::Nothing);
        assert_eq!(busy.verdict, Verdict::Spin);
    }
}
