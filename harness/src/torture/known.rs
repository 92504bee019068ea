//! Faults that lie below the library, each with its reason.

use super::run::{Fails, Group, Report, Verdict};

/// One kind of them.
struct Known {
    scenarios: &'static [&'static str],
    groups: &'static [Group],
    verdict: Verdict,
    /// Part of what is told of the run.
    told: &'static str,
    /// Whose fault it is, and why.
    reason: &'static str,
}

/// The scenarios that ask libc for names.
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

/// Why a run is known to go wrong, on either library.
pub fn reason(scenario: &str, fails: &Fails, report: &Report) -> Option<&'static str> {
    let is_it = |known: &&Known| {
        known.scenarios.contains(&scenario)
            && known.groups.contains(&fails.group())
            && report.verdict == known.verdict
            && report.text.contains(known.told)
    };
    KNOWN.iter().find(is_it).map(|known| known.reason)
}
