//! Prints the table of results, and turns them into outcomes.

use super::run_one::{Did, Side};
use super::{Ran, Results};
use crate::report::Outcome;
use crate::toolbox;

/// A library's name in the tables.
pub fn side_name(side: Side) -> &'static str {
    match side {
        Side::Genuine => "genuine libuv",
        Side::Ours => "ours",
    }
}

/// Describes a test's result.
pub fn describe(did: &Did) -> String {
    match did {
        Did::Pass => "pass".to_owned(),
        Did::Skip(why) => format!("skip: {why}"),
        Did::Fail(why) => format!("fail: {why}"),
        Did::Missing(symbol) => format!("missing symbol: {symbol}"),
        Did::Timeout => "timeout".to_owned(),
    }
}

/// Compares a test's results on the two libraries.
fn judge(test: &str, theirs: Option<&Ran>, ours: &Ran) -> Outcome {
    let name = test.to_owned();
    let genuine = theirs.map(|ran| &ran.did);
    match (genuine, &ours.did) {
        (_, Did::Pass) => Outcome::passed(name),
        (Some(Did::Skip(_)) | None, Did::Skip(why)) => Outcome::skipped(name, why),
        (Some(Did::Fail(_) | Did::Timeout), _) => {
            toolbox::note(format_args!("{name}, on both: {}", describe(&ours.did)));
            Outcome::skipped(name, "genuine libuv does not pass here either")
        }
        (Some(genuine), ours) => Outcome::failed(
            name,
            format!("{}; genuine: {}", describe(ours), describe(genuine)),
        ),
        (None, ours) => Outcome::failed(name, describe(ours)),
    }
}

/// One outcome for each test.
pub fn outcomes(theirs: &Results, ours: &Results) -> Vec<Outcome> {
    ours.iter()
        .map(|(test, ran)| judge(test, theirs.get(test), ran))
        .collect()
}

#[derive(Default)]
struct Count {
    pass: usize,
    fail: usize,
    skip: usize,
    missing: usize,
    timeout: usize,
    flaky: usize,
}

fn count(results: &Results) -> Count {
    let mut count = Count::default();
    for ran in results.values() {
        match ran.did {
            Did::Pass => count.pass += 1,
            Did::Fail(_) => count.fail += 1,
            Did::Skip(_) => count.skip += 1,
            Did::Missing(_) => count.missing += 1,
            Did::Timeout => count.timeout += 1,
        }
        count.flaky += usize::from(ran.flaky.is_some());
    }
    count
}

/// Prints the table of one round.
pub fn print(round: u32, theirs: &Results, ours: &Results) {
    println!();
    println!("  round {round}           pass   fail   skip  missing  timeout  (flaky)");
    for (side, results) in [(Side::Genuine, theirs), (Side::Ours, ours)] {
        if results.is_empty() {
            continue;
        }
        let Count {
            pass,
            fail,
            skip,
            missing,
            timeout,
            flaky,
        } = count(results);
        let name = side_name(side);
        println!("  {name:<14}{pass:>8}{fail:>7}{skip:>7}{missing:>9}{timeout:>9}{flaky:>9}");
    }
    for (side, results) in [(Side::Genuine, theirs), (Side::Ours, ours)] {
        print_flaky(side, results);
    }
    print_differences(theirs, ours);
    println!();
}

fn print_flaky(side: Side, results: &Results) {
    for (test, ran) in results {
        if let Some(first) = &ran.flaky {
            let now = describe(&ran.did);
            println!(
                "  flaky on {}: {test}: first {first}; alone: {now}",
                side_name(side)
            );
        }
    }
}

fn print_differences(theirs: &Results, ours: &Results) {
    let differs = |(test, ran): &(&String, &Ran)| {
        let genuine = theirs.get(*test).map(|ran| &ran.did);
        genuine.is_some_and(|did| *did != ran.did)
    };
    let mut rows = ours.iter().filter(differs).peekable();
    if theirs.is_empty() {
        return;
    }
    if rows.peek().is_none() {
        println!("\n  no difference to genuine libuv");
        return;
    }
    println!("\n  where ours differs from genuine libuv:");
    for (test, ran) in rows {
        println!("    {test}");
        println!(
            "      genuine  {}",
            theirs.get(test).map_or(String::new(), |r| describe(&r.did))
        );
        println!("      ours     {}", describe(&ran.did));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;
    use std::time::Duration;

    fn ran(did: Did) -> Ran {
        Ran {
            did,
            took: Duration::ZERO,
            flaky: None,
        }
    }

    fn verdict(theirs: Did, ours: Did) -> Verdict {
        judge("t", Some(&ran(theirs)), &ran(ours)).verdict
    }

    #[test]
    fn what_genuine_passes_ours_must_pass() {
        assert_eq!(verdict(Did::Pass, Did::Pass), Verdict::Passed);
        for bad in [
            Did::Timeout,
            Did::Fail("x".into()),
            Did::Skip("x".into()),
            Did::Missing("uv_x".into()),
        ] {
            assert!(matches!(verdict(Did::Pass, bad), Verdict::Failed(_)));
        }
        assert!(matches!(
            verdict(Did::Skip("a".into()), Did::Fail("b".into())),
            Verdict::Failed(_)
        ));
        assert!(matches!(
            verdict(Did::Fail("a".into()), Did::Fail("b".into())),
            Verdict::Skipped(_)
        ));
        assert!(matches!(
            judge("t", None, &ran(Did::Timeout)).verdict,
            Verdict::Failed(_)
        ));
    }
}
