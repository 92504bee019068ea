//! Chooses the runs of a scenario, and reports those that failed.

use super::run::{Fails, Group, Report, Verdict};
use super::{Fault, Scenario, Setting, errors, start};
use crate::toolbox::{self, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The limits on descriptors that are tried.
const DESCRIPTORS: std::ops::RangeInclusive<u32> = 3..=40;

/// The runs of a scenario.
pub struct Plan {
    /// The run in which nothing fails.
    pub plain: Report,
    /// Why system calls cannot be made to fail on this machine, if they cannot.
    pub hindrance: Option<String>,
    runs: Vec<Fails>,
}

impl Plan {
    /// The runs of a group.
    pub fn of(&self, group: Group) -> Vec<Fails> {
        let runs = self.runs.iter().filter(|fails| fails.group() == group);
        runs.cloned().collect()
    }
}

/// Counts the allocations and system calls of a scenario in a few runs. Threads make the
/// counts vary, so the highest are taken.
pub fn make(setting: &Setting, scenario: &Scenario) -> Result<Plan> {
    let mut worker = start(setting, scenario)?;
    let mut plain = worker.run(&Fails::Nothing, false)?;
    let mut calls: BTreeMap<_, u32> = BTreeMap::new();
    let mut hindrance = None;
    for _ in 0..3 {
        let counted = worker.run(&Fails::Count, false)?;
        let again = worker.run(&Fails::Nothing, false)?;
        plain.allocations = plain.allocations.max(again.allocations);
        for (at, left) in again.left.iter().enumerate() {
            plain.left[at] = plain.left[at].max(*left);
        }
        if counted.verdict == Verdict::Skipped {
            hindrance = Some(counted.text);
        }
        for (call, count) in counted.calls {
            let most = calls.entry(call).or_default();
            *most = count.max(*most);
        }
        if plain.verdict != Verdict::Ok {
            let (name, text) = (&scenario.name, &plain.text);
            let verdict = plain.verdict.name();
            return Err(format!("{name}, in which nothing fails: {verdict}: {text}").into());
        }
    }
    let mut runs = Vec::new();
    for n in 1..=plain.allocations {
        runs.extend([false, true].map(|on| Fails::Allocation { n, on }));
    }
    for (call, count) in calls {
        for n in 1..=count {
            for error in errors::of(call) {
                let fails = |on| Fails::Call { call, n, on, error };
                runs.push(fails(false));
                if errors::lasts(error) {
                    runs.push(fails(true));
                }
            }
        }
    }
    runs.extend(DESCRIPTORS.map(Fails::Descriptors));
    runs.extend([Fails::Threads, Fails::Proc]);
    Ok(Plan {
        plain,
        hindrance,
        runs,
    })
}

/// At most so many of the runs, spread evenly over them.
pub fn sample(runs: &[Fails], most: usize) -> Vec<Fails> {
    let all = runs.len();
    let picked = |at: &usize| all <= most || at * most / all != (at + 1) * most / all;
    (0..all).filter(picked).map(|at| runs[at].clone()).collect()
}

/// Returns the group that a test's name begins with.
pub fn group_of(name: &str) -> Option<Group> {
    let (group, _) = name.split_once(':')?;
    Group::ALL.into_iter().find(|known| known.name() == group)
}

/// Summarises faults by the call that failed and the verdict, with the runs that show them.
pub fn story(faults: &[Fault]) -> String {
    let mut kinds: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for fault in faults {
        let what = match &fault.fails {
            Fails::Call { call, .. } => errors::name_of(*call),
            Fails::Allocation { .. } => "an allocation".into(),
            other => other.to_string(),
        };
        let told = format!("{}: {}", fault.report.verdict.name(), fault.report.text);
        let runs = kinds.entry((what, told)).or_default();
        runs.push(format!("{}: {}", fault.scenario, fault.fails));
    }
    let mut text = format!("{} runs went wrong", faults.len());
    for ((what, told), runs) in kinds {
        let (first, more) = (&runs[0], runs.len() - 1);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        text += &format!("\n{what} ({first}{more}): {told}");
    }
    text
}

/// Returns the source lines of offsets in a library, if the tool for it is installed.
pub fn places(library: &Path, offsets: &[u64]) -> Vec<String> {
    if offsets.is_empty() || !toolbox::have("addr2line") {
        return offsets
            .iter()
            .map(|offset| format!("{offset:#x}"))
            .collect();
    }
    let mut command = Command::new("addr2line");
    command
        .arg("-e")
        .arg(library)
        .args(["-f", "-C", "-i", "-p"]);
    command.args(offsets.iter().map(|offset| format!("{:#x}", offset - 1)));
    let printed = toolbox::output(&mut command).unwrap_or_else(|why| why.to_string());
    printed.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_evenly() {
        let runs: Vec<Fails> = (1..=1000).map(Fails::Descriptors).collect();
        let some = sample(&runs, 100);
        assert_eq!(some.len(), 100);
        let last = some.last().unwrap();
        assert!(matches!(last, Fails::Descriptors(n) if *n > 980));
        assert_eq!(sample(&runs[..7], 100).len(), 7);
    }
}
