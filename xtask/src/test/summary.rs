//! Prints outcomes. The last lines of the log repeat each failure with its reason, and
//! the counts.

use harness::report::{Outcome, Tally, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;

/// Each part with its outcomes.
pub type Results<'a> = Vec<(&'a str, Vec<Outcome>)>;

/// Formats how long each part took, the longest first.
pub fn of_times(times: &[(&str, Duration)]) -> String {
    let mut times = times.to_vec();
    times.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let all: Duration = times.iter().map(|(_, time)| *time).sum();
    let one = |(part, time): &(&str, Duration)| format!("{part} {}", minutes(*time));
    let each: Vec<String> = times.iter().map(one).collect();
    format!("  {} in all: {}\n", minutes(all), each.join(", "))
}

/// Formats minutes and seconds.
fn minutes(time: Duration) -> String {
    let seconds = (time.as_secs_f64()).round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// How many lines all failures together may take at the end.
const LINES: usize = 30;

/// How many columns each of these lines may have.
const COLUMNS: usize = 120;

/// How many skipped tests are named with their reason.
const NAMED: usize = 8;

/// Formats a part's failures, retried tests, and skipped tests by reason.
pub fn of_part(part: &str, outcomes: &[Outcome]) -> String {
    let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut text = String::new();
    for outcome in outcomes {
        text += &trouble(part, outcome, LINES);
        if let Verdict::Skipped(why) = &outcome.verdict {
            skipped.entry(why).or_default().push(&outcome.name);
        }
    }
    for (why, names) in skipped {
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = &names[..names.len().min(NAMED)];
        text += &format!("  skipped ({why}): {}{more}\n", named.join(", "));
    }
    text
}

/// Formats the end of the log: retried tests and failures, shortened so that all fit.
pub fn of_all(results: &Results) -> (String, Tally) {
    let all = || {
        let parts = results.iter();
        parts.flat_map(|(part, outcomes)| outcomes.iter().map(move |outcome| (*part, outcome)))
    };
    let tally = Tally::of(all().map(|(_, outcome)| outcome));
    let each = LINES / tally.failed.max(1);
    let (seconds, others): (Vec<_>, Vec<_>) = all().partition(|(_, o)| o.first.is_some());
    let lines = seconds.iter().chain(&others);
    let text: String = lines
        .map(|(part, outcome)| trouble(part, outcome, each.max(1)))
        .collect();
    (format!("\n{text}"), tally)
}

/// Formats a failed or retried outcome in at most `lines` lines.
fn trouble(part: &str, outcome: &Outcome, lines: usize) -> String {
    let name = &outcome.name;
    match (&outcome.first, &outcome.verdict) {
        (Some(first), _) => format!(
            "  second run needed: {part}: {name}: {}\n",
            shortened(first, 8)
        ),
        (None, Verdict::Failed(why)) => {
            format!("  FAILED {part}: {name}: {}\n", shortened(why, lines))
        }
        _ => String::new(),
    }
}

/// Shortens a text to its first line, which says what happened, and its last ones.
fn shortened(why: &str, lines: usize) -> String {
    let narrow = |line: &str| line.chars().take(COLUMNS).collect::<String>();
    let all: Vec<String> = why.lines().map(narrow).collect();
    let head = &all[..all.len().min(1)];
    let tail = &all[head.len()..];
    let left = lines.saturating_sub(1);
    let cut = tail.len() > left;
    let tail = &tail[tail.len() - tail.len().min(left)..];
    let mut text = head.concat();
    for (at, line) in tail.iter().enumerate() {
        let mark = if cut && at == 0 { "..." } else { "   " };
        text += &format!("\n    {mark} {line}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_names_failures_with_their_reason() {
        let why = "exit status 3\none\ntwo\nBROKEN: settle";
        let mut late = Outcome::passed("late");
        late.first = Some("the traces differ".into());
        let outcomes = vec![Outcome::failed("a", why), Outcome::passed("b"), late];
        let (text, tally) = of_all(&vec![("diff", outcomes)]);
        let told = "
  second run needed: diff: late: the traces differ
  FAILED diff: a: exit status 3
        one
        two
        BROKEN: settle
";
        assert_eq!(text, told);
        assert_eq!(tally.to_string(), "2 passed (1 by a second run), 1 FAILED");
    }

    #[test]
    fn the_longest_part_is_named_first() {
        let times = [
            ("fmt", Duration::from_millis(700)),
            ("suite", Duration::from_secs(754)),
        ];
        assert_eq!(of_times(&times), "  12:35 in all: suite 12:34, fmt 0:01\n");
    }

    #[test]
    fn many_failures_share_the_room() {
        let why = "first\n".to_owned() + &"between\n".repeat(20) + "last";
        let outcomes = (0..10).map(|i| Outcome::failed(format!("t{i}"), &why));
        let (text, _) = of_all(&vec![("diff", outcomes.collect())]);
        assert!(text.lines().count() <= LINES + 1, "{text}");
        assert_eq!(
            text.matches("t9: first\n    ... between\n        last")
                .count(),
            1
        );
    }

    #[test]
    fn a_log_in_which_all_is_well_has_no_word_of_failure() {
        let outcomes = vec![Outcome::passed("a"), Outcome::skipped("b", "no tool")];
        let part = of_part("diff", &outcomes);
        assert_eq!(part, "  skipped (no tool): b\n");
        let (text, tally) = of_all(&vec![("diff", outcomes)]);
        assert_eq!(text, "\n");
        assert_eq!(tally.to_string(), "1 passed, 1 skipped");
    }
}
