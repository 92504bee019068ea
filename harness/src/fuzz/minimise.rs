//! Minimises a failing sequence.

/// The size of an action in bytes.
pub const ACTION: usize = 4;

/// Removes actions, many at a time at first, as long as the rest still fails. The caller
/// has seen `fails(bytes)` return true.
pub fn fewest(bytes: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut kept = bytes.to_vec();
    let mut chunk = (kept.len() / ACTION / 2).max(1);
    loop {
        let before = kept.len();
        let mut at = 0;
        while at < kept.len() {
            let end = (at + chunk * ACTION).min(kept.len());
            let without = [&kept[..at], &kept[end..]].concat();
            if fails(&without) {
                kept = without;
            } else {
                at = end;
            }
        }
        if chunk == 1 && kept.len() == before {
            return kept;
        }
        chunk = (chunk / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_needed_goes() {
        let bytes: Vec<u8> = (0..100).flat_map(|i| [i; ACTION]).collect();
        let has = |bytes: &[u8], what: u8| bytes.contains(&what);
        let kept = fewest(&bytes, |bytes| has(bytes, 17) && has(bytes, 80));
        assert_eq!(kept, [17, 17, 17, 17, 80, 80, 80, 80]);
    }
}
