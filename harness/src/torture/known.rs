//! Known faults below the library, in libc or the kernel, each with its reason.

use super::run::{Fails, Group, Report, Verdict};

/// One kind of known fault.
struct Known {
    scenarios: &'static [&'static str],
    groups: &'static [Group],
    verdict: Verdict,
    /// A part of the run's report.
    told: &'static str,
    /// Whose fault it is, and why.
    reason: &'static str,
}

/// The scenarios in which libc resolves names.
const NAMES: &[&str] = &["dns", "system"];

const KNOWN: &[Known] = &[
    Known {
        scenarios: NAMES,
        groups: &[Group::Alloc],
        verdict: Verdict::Crash,
        told: " of libc.so",
        reason: "glibc's name service switch (getaddrinfo, getpwuid_r, getgrgid_r) uses \
                 what it could not allocate",
    },
    Known {
        scenarios: NAMES,
        groups: &[Group::Alloc, Group::Calls, Group::Limits],
        verdict: Verdict::Abort,
        told: " of libc.so",
        reason: "glibc aborts where its netlink socket (getaddrinfo, getifaddrs) or an \
                 allocation for name lookup fails in a way that it does not expect",
    },
    Known {
        scenarios: NAMES,
        groups: &[Group::Alloc, Group::Calls, Group::Limits],
        verdict: Verdict::Leak,
        told: " blocks of libc and not ",
        reason: "glibc keeps what its name service switch has loaded, and more of it where \
                 a first file cannot be read",
    },
];

/// Returns the reason if a run fails for a known one.
pub fn reason(scenario: &str, fails: &Fails, report: &Report) -> Option<&'static str> {
    let is_it = |known: &&Known| {
        known.scenarios.contains(&scenario)
            && known.groups.contains(&fails.group())
            && report.verdict == known.verdict
            && report.text.contains(known.told)
    };
    KNOWN.iter().find(is_it).map(|known| known.reason)
}
