//! Medians and ratios of samples.

/// The measurement of one run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Operations.
    pub ops: f64,
    /// Wall-clock time, in ns (or bytes, where bytes are measured).
    pub wall: f64,
    /// CPU time of the process under test, in ns.
    pub cpu: f64,
}

/// Compares the two libraries, per operation.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// The median on genuine libuv.
    pub genuine: f64,
    /// The median on ours.
    pub ours: f64,
    /// The median of the rounds' ratios, genuine to ours: above 1, ours is better.
    pub ratio: f64,
    /// The smallest of these ratios.
    pub min: f64,
    /// The greatest of them.
    pub max: f64,
}

/// The middle value, or the mean of the two in the middle.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// Compares pairs (genuine, ours) of costs, one pair per round.
pub fn compare(pairs: &[(f64, f64)]) -> Comparison {
    let ratios: Vec<f64> = pairs.iter().map(|(genuine, ours)| genuine / ours).collect();
    Comparison {
        genuine: median(pairs.iter().map(|pair| pair.0)),
        ours: median(pairs.iter().map(|pair| pair.1)),
        ratio: median(ratios.iter().copied()),
        min: ratios.iter().copied().fold(f64::INFINITY, f64::min),
        max: ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    }
}

/// Formats nanoseconds with a unit.
pub fn time(ns: f64) -> String {
    match ns {
        ns if ns < 99.95 => format!("{ns:.1} ns"),
        ns if ns < 999.5 => format!("{ns:.0} ns"),
        ns if ns < 99_950.0 => format!("{:.2} µs", ns / 1e3),
        ns if ns < 999_500.0 => format!("{:.0} µs", ns / 1e3),
        ns => format!("{:.2} ms", ns / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let c = compare(&[(10.0, 5.0), (40.0, 10.0), (9.0, 3.0)]);
        assert_eq!((c.genuine, c.ours), (10.0, 5.0));
        assert_eq!((c.ratio, c.min, c.max), (3.0, 2.0, 4.0));
    }

    #[test]
    fn times_have_units() {
        assert_eq!(time(7.53), "7.5 ns");
        assert_eq!(time(2400.0), "2.40 µs");
        assert_eq!(time(2_000_000.0), "2.00 ms");
    }
}
