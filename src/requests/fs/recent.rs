//! What was found out a moment ago, and is taken to be so still.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How long, in steps of 256 milliseconds.
const STEPS: u64 = 4;
const STEP_BITS: u32 = 8;

/// Bits of an entry that say when; the others say what.
const TIME_BITS: u32 = 24;
const TIME: u64 = (1 << TIME_BITS) - 1;

/// How many things may fall on the same place before one forgets another.
const WAYS: usize = 8;

/// A table of things seen lately, each told by a number.
pub(super) struct Recent<const N: usize>([[AtomicU64; WAYS]; N]);

/// How old an entry is, in steps. Threads that are a little behind see none from the future.
fn age(entry: u64, now: u64) -> u64 {
    let age = (now >> STEP_BITS).wrapping_add(1).wrapping_sub(entry) & TIME;
    age.saturating_sub(1)
}

impl<const N: usize> Recent<N> {
    pub(super) const fn new() -> Self {
        Recent([const { [const { AtomicU64::new(0) }; WAYS] }; N])
    }

    fn places(&self, key: u64) -> &[AtomicU64; WAYS] {
        &self.0[(key >> TIME_BITS) as usize % N]
    }

    fn find(&self, key: u64) -> Option<&AtomicU64> {
        let is_it = |place: &&AtomicU64| place.load(Relaxed) & !TIME == key & !TIME;
        self.places(key).iter().find(is_it)
    }

    /// Remembers `key`, as of `now` in milliseconds.
    pub(super) fn saw(&self, key: u64, now: u64) {
        let entry = key & !TIME | now >> STEP_BITS & TIME;
        let oldest = || {
            let age = |place: &&AtomicU64| age(place.load(Relaxed), now);
            self.places(key).iter().max_by_key(age)
        };
        if let Some(place) = self.find(key).or_else(oldest) {
            place.store(entry, Relaxed);
        }
    }

    /// Whether `key` was seen within about the last second.
    pub(super) fn knows(&self, key: u64, now: u64) -> bool {
        let entry = self.find(key).map(|place| place.load(Relaxed));
        entry.is_some_and(|entry| entry & !TIME == key & !TIME && age(entry, now) < STEPS)
    }

    /// Forgets `key`.
    pub(super) fn forget(&self, key: u64) {
        if let Some(place) = self.find(key) {
            place.store(0, Relaxed);
        }
    }

    /// Forgets everything.
    pub(super) fn forget_all(&self) {
        for place in self.0.iter().flatten() {
            place.store(0, Relaxed);
        }
    }
}

/// A number for a few bytes and a purpose; different ones for different bytes, as good
/// as always. Its highest bit is set: an empty place is none.
pub(super) fn key(bytes: &[u8], purpose: u64) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sum = purpose.wrapping_mul(FACTOR) ^ bytes.len() as u64;
    let mix = |sum: u64, word: u64| (sum.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        sum = mix(sum, u64::from_le_bytes(chunk.try_into().unwrap_or([0; 8])));
    }
    for byte in chunks.remainder() {
        sum = mix(sum, u64::from(*byte));
    }
    (sum ^ sum >> 29) | 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_known_for_about_a_second() {
        let recent = Recent::<8>::new();
        let (a, b) = (key(b"/a", 1), key(b"/b", 1));
        let now = 5_000_000_000;
        assert!(!recent.knows(a, now));
        recent.saw(a, now);
        assert!(recent.knows(a, now) && recent.knows(a, now + 700));
        assert!(!recent.knows(a, now + 1500) && !recent.knows(b, now));
        recent.forget(a);
        assert!(!recent.knows(a, now));
        recent.saw(a, now);
        recent.saw(b, now);
        recent.forget_all();
        assert!(!recent.knows(a, now) && !recent.knows(b, now));
    }

    #[test]
    fn the_oldest_gives_way() {
        let recent = Recent::<1>::new();
        let keys: Vec<u64> = (0..=WAYS as u64)
            .map(|n| key(&n.to_ne_bytes(), 0))
            .collect();
        for (index, key) in keys.iter().enumerate() {
            // The second is the oldest.
            let step = if index == 1 { 9 } else { 10 };
            recent.saw(*key, step << STEP_BITS);
        }
        let known = keys
            .iter()
            .filter(|key| recent.knows(**key, 10 << STEP_BITS));
        assert_eq!(known.count(), WAYS);
        assert!(!recent.knows(keys[1], 10 << STEP_BITS));
    }

    #[test]
    fn what_another_thread_will_see_has_been_seen() {
        let recent = Recent::<8>::new();
        let a = key(b"/a", 1);
        recent.saw(a, 10 << STEP_BITS);
        assert!(recent.knows(a, 9 << STEP_BITS));
    }

    #[test]
    fn keys_tell_bytes_and_purposes_apart() {
        let texts: [&[u8]; 6] = [b"", b"/", b"/a", b"/b", b"/a/b/c/d/e", b"/a/b/c/d/f"];
        let keys = texts.iter().flat_map(|text| [key(text, 1), key(text, 2)]);
        let mut keys: Vec<u64> = keys.map(|key| key & !TIME).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 12);
    }
}
