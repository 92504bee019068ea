//! Counts the runs of each library by verdict.

use super::run::{Group, Verdict};
use crate::report::{self, Outcome};
use std::collections::BTreeMap;
use std::fmt;

/// The counts, the runs left out, and the known faults.
#[derive(Default)]
pub struct Table {
    counts: BTreeMap<&'static str, BTreeMap<(Verdict, Group), usize>>,
    known: BTreeMap<(&'static str, &'static str), usize>,
    left_out: BTreeMap<&'static str, usize>,
    remarks: Vec<String>,
}

impl Table {
    /// Counts a run; if its fault is a known one, keeps the reason.
    pub fn count(
        &mut self,
        library: &'static str,
        group: Group,
        verdict: Verdict,
        known: Option<&'static str>,
    ) {
        let counts = self.counts.entry(library).or_default();
        *counts.entry((verdict, group)).or_default() += 1;
        if let Some(reason) = known {
            *self.known.entry((library, reason)).or_default() += 1;
        }
    }

    /// Counts runs that were not made.
    pub fn leave_out(&mut self, library: &'static str, runs: usize) {
        *self.left_out.entry(library).or_default() += runs;
    }

    /// Returns how many runs were left out.
    pub fn left_out(&self, library: &str) -> Option<usize> {
        self.left_out.get(library).copied()
    }

    /// Keeps a failure of the genuine library, which is printed but does not count.
    pub fn remark(&mut self, outcome: &Outcome) {
        if let report::Verdict::Failed(why) = &outcome.verdict {
            self.remarks
                .push(format!("genuine: {}: {why}", outcome.name));
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            writeln!(f, "  {}", remark.replace('\n', "\n      "))?;
        }
        for (library, counts) in &self.counts {
            let groups = Group::ALL.map(|group| format!("{:>8}", group.name()));
            writeln!(f, "  {library:<18}{}", groups.concat())?;
            for verdict in Verdict::ALL {
                let of = |group| counts.get(&(verdict, group)).copied().unwrap_or(0);
                let row = Group::ALL.map(of);
                if row.iter().any(|count| *count > 0) {
                    let row = row.map(|count| format!("{count:>8}"));
                    writeln!(f, "    {:<16}{}", verdict.name(), row.concat())?;
                }
            }
            if let Some(runs) = self.left_out(library) {
                writeln!(f, "    left out: {runs} runs, which --all makes")?;
            }
        }
        for ((library, reason), runs) in &self.known {
            writeln!(
                f,
                "  {library}: {runs} runs went wrong as is known: {reason}"
            )?;
        }
        Ok(())
    }
}
