//! A test that fails among others is run once more, alone: what a busy machine did to
//! its timing is then told from a failure. That it took two runs is said, not hidden.

use crate::report::{Context, Outcome, Verdict};

/// So many failures are no accident of timing.
const MANY: usize = 12;

/// Runs each test among `outcomes` that failed once more with its part's driver. Who
/// asked for repetitions wants to see every failure, and gets no second runs.
pub fn run_failed_again(
    context: &Context,
    driver: fn(&Context) -> Vec<Outcome>,
    outcomes: &mut [Outcome],
) {
    let failed =
        |outcome: &Outcome| outcome.is_test && matches!(outcome.verdict, Verdict::Failed(_));
    let failures = outcomes.iter().filter(|outcome| failed(outcome)).count();
    if failures >= MANY || context.options.repeat > 1 {
        return;
    }
    for first in outcomes.iter_mut().filter(|outcome| failed(outcome)) {
        let mut again = driver(&context.alone(&first.name)).into_iter();
        if let Some(second) = again.find(|outcome| outcome.name == first.name) {
            *first = judge(first, second);
        }
    }
}

/// What two runs say together.
fn judge(first: &Outcome, mut second: Outcome) -> Outcome {
    let Verdict::Failed(why) = &first.verdict else {
        return second;
    };
    match &second.verdict {
        Verdict::Failed(again) => {
            let again = again.lines().next().unwrap_or_default();
            Outcome::failed(&first.name, format!("{why}\nand again, alone: {again}"))
        }
        _ => {
            second.first = Some(why.clone());
            second
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Options;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Of its three tests one passes when it is alone, and one never.
    fn driver(context: &Context) -> Vec<Outcome> {
        let alone = !context.options.names.is_empty();
        let names = ["good", "busy", "bad"];
        let wanted = names.into_iter().filter(|name| context.wants(name));
        let outcome = |name| match name {
            "good" => Outcome::passed(name),
            "busy" if alone => Outcome::passed(name),
            _ => Outcome::failed(name, "too slow"),
        };
        wanted.map(outcome).collect()
    }

    #[test]
    fn what_passes_alone_has_passed_and_says_so() {
        let context = Context::default();
        let mut outcomes = driver(&context);
        run_failed_again(&context, driver, &mut outcomes);
        let verdicts: Vec<_> = outcomes.iter().map(|o| o.verdict.clone()).collect();
        let bad = Verdict::Failed("too slow\nand again, alone: too slow".into());
        assert_eq!(verdicts, [Verdict::Passed, Verdict::Passed, bad]);
        let first: Vec<_> = outcomes.iter().map(|o| o.first.as_deref()).collect();
        assert_eq!(first, [None, Some("too slow"), None]);
    }

    #[test]
    fn repetitions_hide_nothing() {
        let context = Context::new(Options {
            repeat: 2,
            ..Options::default()
        });
        let mut outcomes = driver(&context);
        run_failed_again(&context, driver, &mut outcomes);
        assert!(outcomes.iter().all(|outcome| outcome.first.is_none()));
        assert!(matches!(outcomes[1].verdict, Verdict::Failed(_)));
    }

    #[test]
    fn a_part_that_is_broken_is_left_alone() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        fn broken(_: &Context) -> Vec<Outcome> {
            CALLS.fetch_add(1, Ordering::Relaxed);
            let name = |i| format!("test {i}");
            (0..MANY).map(|i| Outcome::failed(name(i), "no")).collect()
        }
        let context = Context::default();
        let mut outcomes = broken(&context);
        run_failed_again(&context, broken, &mut outcomes);
        assert_eq!(CALLS.load(Ordering::Relaxed), 1);
    }
}
