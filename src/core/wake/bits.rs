//! A set of small numbers: a bit for each, and above every 64 words one whose bits tell
//! which of them are not empty, up to a single word.

use crate::core::mem;
use crate::errno::{Errno, Result};
use core::cell::Cell;
use core::ptr::{null_mut, slice_from_raw_parts};

/// The numbers that a word holds.
const WORD: u32 = u64::BITS;

pub(super) struct Bits {
    /// All levels, the lowest first, in memory of our own.
    words: Cell<*mut Cell<u64>>,
    /// The numbers below this one have a bit: none, or a power of two from 64 on.
    room: Cell<u32>,
    /// How many numbers are in.
    count: Cell<u32>,
}

/// One level: where its words begin, and how many there are.
#[derive(Clone, Copy)]
struct Level {
    at: u32,
    words: u32,
}

impl Level {
    const fn lowest(room: u32) -> Self {
        Self {
            at: 0,
            words: room / WORD,
        }
    }

    /// The level above, unless this is the highest.
    fn above(self) -> Option<Self> {
        (self.words > 1).then(|| Self {
            at: self.at + self.words,
            words: self.words.div_ceil(WORD),
        })
    }
}

impl Bits {
    pub(super) const fn new() -> Self {
        Self {
            words: Cell::new(null_mut()),
            room: Cell::new(0),
            count: Cell::new(0),
        }
    }

    pub(super) fn room(&self) -> u32 {
        self.room.get()
    }

    fn levels(&self) -> impl Iterator<Item = Level> {
        let lowest = (self.room() > 0).then(|| Level::lowest(self.room()));
        core::iter::successors(lowest, |level| level.above())
    }

    fn words(&self) -> &[Cell<u64>] {
        let Some(highest) = self.levels().last() else {
            return &[];
        };
        let count = (highest.at + highest.words) as usize;
        // SAFETY: `grow` has made room for the words of all levels, and no such slice
        // outlives the next call of it.
        unsafe { &*slice_from_raw_parts(self.words.get(), count) }
    }

    /// The word of a level in which the bit `index` of that level is.
    fn word(&self, level: Level, index: u32) -> &Cell<u64> {
        debug_assert!(index / WORD < level.words);
        // SAFETY: the index is one of the level, and `grow` has made room for its words.
        unsafe { &*self.words.get().add((level.at + index / WORD) as usize) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.get() == 0
    }

    /// Whether a number is in that there is room for.
    pub(super) fn contains(&self, number: u32) -> bool {
        let word = self.word(Level::lowest(self.room()), number);
        word.get() & 1 << (number % WORD) != 0
    }

    /// Puts a number in that there is room for; says whether it is new.
    pub(super) fn insert(&self, number: u32) -> bool {
        let mut index = number;
        for (height, level) in self.levels().enumerate() {
            let (word, bit) = (self.word(level, index), 1 << (index % WORD));
            let before = word.get();
            word.set(before | bit);
            if height == 0 && before & bit != 0 {
                return false;
            }
            if before != 0 {
                break;
            }
            index /= WORD;
        }
        self.count.set(self.count.get() + 1);
        true
    }

    /// Takes a number out that there is room for; says whether it was in.
    pub(super) fn remove(&self, number: u32) -> bool {
        let mut index = number;
        for (height, level) in self.levels().enumerate() {
            let (word, bit) = (self.word(level, index), 1 << (index % WORD));
            let before = word.get();
            word.set(before & !bit);
            if height == 0 && before & bit == 0 {
                return false;
            }
            if word.get() != 0 {
                break;
            }
            index /= WORD;
        }
        self.count.set(self.count.get() - 1);
        true
    }

    /// The first number from this one on.
    pub(super) fn first_from(&self, number: u32) -> Option<u32> {
        // The levels below the one that is looked at, to find the way down.
        let mut below = [Level { at: 0, words: 0 }; 6];
        let mut index = number;
        for (height, level) in self.levels().enumerate() {
            if index / WORD >= level.words {
                return None;
            }
            let rest = self.word(level, index).get() & (u64::MAX << (index % WORD));
            if rest != 0 {
                index = index / WORD * WORD + rest.trailing_zeros();
                for &level in below[..height].iter().rev() {
                    let word = self.word(level, index * WORD).get();
                    index = index * WORD + word.trailing_zeros();
                }
                return Some(index);
            }
            below[height] = level;
            index = index / WORD + 1;
        }
        None
    }

    /// Takes all numbers out.
    pub(super) fn clear(&self) {
        self.words().iter().for_each(|word| word.set(0));
        self.count.set(0);
    }

    /// Makes room for the numbers below `room`, a power of two above the present one.
    pub(super) fn grow(&self, room: u32) -> Result {
        let larger = Self {
            words: Cell::new(null_mut()),
            room: Cell::new(room),
            count: Cell::new(0),
        };
        let highest = larger.levels().last().ok_or(Errno::INVAL)?;
        let count = (highest.at + highest.words) as usize;
        let words = mem::calloc(count, size_of::<u64>());
        if words.is_null() {
            return Err(Errno::NOMEM);
        }
        larger.words.set(words.cast());
        let mut at = 0;
        while let Some(number) = self.first_from(at) {
            larger.insert(number);
            at = number + 1;
        }
        // The old words go with `larger`.
        self.words.swap(&larger.words);
        self.room.set(room);
        Ok(())
    }
}

impl Drop for Bits {
    fn drop(&mut self) {
        // SAFETY: allocated by `grow` (or null), and nobody refers to it any more.
        unsafe { mem::free(self.words.get().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn all(bits: &Bits) -> Vec<u32> {
        let mut at = 0;
        let next = || {
            let number = bits.first_from(at)?;
            at = number + 1;
            Some(number)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn agrees_with_a_tree_at_every_height() {
        for room in [64u32, 128, 4096, 8192, 1 << 19] {
            let (bits, mut tree) = (Bits::new(), BTreeSet::new());
            bits.grow(room).unwrap();
            let mut random = 1u32;
            for round in 0..2000 {
                random = random.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
                let number = (random >> 8) % room;
                if round % 3 == 2 {
                    assert_eq!(bits.remove(number), tree.remove(&number));
                } else {
                    assert_eq!(bits.insert(number), tree.insert(number));
                }
                assert_eq!(bits.contains(number), tree.contains(&number));
                let from = (random >> 3) % room;
                assert_eq!(bits.first_from(from), tree.range(from..).next().copied());
                assert_eq!(bits.is_empty(), tree.is_empty());
            }
            assert!(tree.iter().eq(all(&bits).iter()));
            bits.clear();
            assert!(bits.is_empty() && all(&bits).is_empty());
        }
    }

    #[test]
    fn keeps_its_numbers_when_it_grows() {
        let bits = Bits::new();
        assert!(bits.is_empty() && bits.first_from(0).is_none());
        bits.grow(64).unwrap();
        let numbers = [0, 5, 63];
        numbers.iter().for_each(|&n| assert!(bits.insert(n)));
        for room in [128, 4096, 1 << 16] {
            bits.grow(room).unwrap();
            assert_eq!(all(&bits), numbers);
        }
        assert!(bits.insert((1 << 16) - 1));
        assert_eq!(bits.first_from(64), Some((1 << 16) - 1));
    }
}
