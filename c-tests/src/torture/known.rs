//! Faults that lie below the library, each with its reason.

use super::run::{Fails, Report, Verdict};

/// One kind of them.
struct Known {
    /// The scenario, or all where it is empty.
    scenario: &'static str,
    /// What fails, up to where it begins to vary: `mmap#`, `alloc`.
    fails: &'static str,
    verdict: Verdict,
    /// Whose fault it is, and why.
    reason: &'static str,
}

const KNOWN: &[Known] = &[];

/// Why a run is known to go wrong.
pub fn reason(
    _library: &str,
    scenario: &str,
    fails: &Fails,
    report: &Report,
) -> Option<&'static str> {
    let fails = fails.to_string();
    let is_it = |known: &&Known| {
        (known.scenario.is_empty() || known.scenario == scenario)
            && fails.starts_with(known.fails)
            && report.verdict == known.verdict
    };
    KNOWN.iter().find(is_it).map(|known| known.reason)
}
