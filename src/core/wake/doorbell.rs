//! The doorbells of hot handles: words that senders store to and the loop polls.
//!
//! They are in static memory and not in the handles, because a sender that has stored to
//! one still has to look whether the loop polls it, and by then the callback may have
//! closed the handle and freed it. A handle keeps its bell until it is closed: the sender
//! that finds it unwatched finds the handle through it. Who comes with something to do
//! there is counted as a visitor, and closing waits for visitors.
//!
//! A sender that was stopped just before its store while its handle was closed (which no
//! program may do that frees the handle) rings for the next handle with this bell: its
//! callback runs once for nothing. To know that no sender is there every send would have to
//! say that it begins and ends. So bells rest for a second before they are handed out again,
//! longer than a thread waits for a processor; and they are handed out in turn, for the sake
//! of processes that are stopped for as long.

use super::await_none;
use crate::abi::uv_async_t;
use crate::sys::clock;
use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::*, compiler_fence,
};

/// How many there are.
const COUNT: usize = 64;
/// The number of the one that is no handle's, and always taken for watched.
pub(super) const NOBODYS: usize = 0;

/// Something with a cache line to itself.
#[repr(align(64))]
struct Line<T>(T);

pub(super) struct Doorbell {
    /// Stored to by senders, and hence not beside what they read.
    rung: Line<AtomicBool>,
    owner: Line<Owner>,
}

struct Owner {
    watched: AtomicBool,
    /// Senders that found the bell unwatched and are not through yet.
    visitors: AtomicU32,
    /// Null when the handle is closed.
    handle: AtomicPtr<uv_async_t>,
    /// When it was given back, in nanoseconds; 0 for one that is new.
    rests_since: AtomicU64,
}

static DOORBELLS: [Doorbell; COUNT] = [const { Doorbell::new() }; COUNT];

/// A bit for each bell that a handle has.
static TAKEN: AtomicU64 = AtomicU64::new(1 << NOBODYS);
/// Where to look for a free one.
static TURN: AtomicU32 = AtomicU32::new(0);
/// How long one is left alone that a handle had.
const REST: u64 = 1_000_000_000;

/// The number of a bell that is now the caller's to hang on a handle.
pub(super) fn take() -> Option<usize> {
    let free = !TAKEN.load(SeqCst);
    if free == 0 {
        return None;
    }
    let (now, from) = (clock::monotonic(), TURN.fetch_add(1, Relaxed) as usize);
    let take = |number: &usize| {
        let bit = 1 << number;
        free & bit != 0 && bell(*number).is_rested(now) && TAKEN.fetch_or(bit, SeqCst) & bit == 0
    };
    (from..from + COUNT).map(|at| at % COUNT).find(take)
}

/// The bell with this number, modulo how many there are.
#[inline]
pub(super) fn bell(number: usize) -> &'static Doorbell {
    &DOORBELLS[number % COUNT]
}

impl Doorbell {
    const fn new() -> Self {
        Self {
            rung: Line(AtomicBool::new(false)),
            owner: Line(Owner {
                watched: AtomicBool::new(true),
                visitors: AtomicU32::new(0),
                handle: AtomicPtr::new(null_mut()),
                rests_since: AtomicU64::new(0),
            }),
        }
    }

    /// The sender's side, see `flood.rs`. Says whether the loop will hear it.
    #[inline]
    pub(super) fn ring(&self) -> bool {
        self.rung.0.store(true, Release);
        compiler_fence(SeqCst);
        self.owner.0.watched.load(Relaxed)
    }

    /// The handle has cooled in this very moment, and was perhaps closed: it is sent to in
    /// the ordinary way if it is still there.
    ///
    /// Unless the bell has been silenced since the sender rang it, by the loop, which calls
    /// back for that, or by another visitor, who sends for both. One send never brings two
    /// callbacks: programs do not expect it, and the workers rely on it (`give_back`).
    #[cold]
    #[inline(never)]
    pub(super) fn send_to_owner(&self) {
        let owner = &self.owner.0;
        owner.visitors.fetch_add(1, SeqCst);
        if self.silence() {
            // SAFETY: a handle is closed only when its bell has lost sight of it and has no
            // visitors; it has one.
            if let Some(handle) = unsafe { owner.handle.load(SeqCst).as_ref() } {
                handle.send_cold(handle.pending.load(Relaxed));
            }
        }
        owner.visitors.fetch_sub(1, SeqCst);
    }

    /// Hangs it on a handle.
    pub(super) fn hang(&self, handle: &uv_async_t) {
        let handle = core::ptr::from_ref(handle).cast_mut();
        self.owner.0.handle.store(handle, SeqCst);
    }

    pub(super) fn handle(&self) -> *mut uv_async_t {
        self.owner.0.handle.load(Relaxed)
    }

    /// The loop polls it from now on, or no longer.
    pub(super) fn set_watched(&self, watched: bool) {
        self.owner.0.watched.store(watched, SeqCst);
    }

    pub(super) fn is_rung(&self) -> bool {
        self.rung.0.load(Relaxed)
    }

    /// Says whether it was rung. Who is told so answers for all who have rung it until
    /// now; what they wrote before is visible from here on.
    pub(super) fn silence(&self) -> bool {
        self.is_rung() && self.rung.0.swap(false, SeqCst)
    }

    /// Whether no sender is left from the handle that had it before. In a forked child
    /// visitors may be counted that have stayed behind: then it is never free.
    fn is_rested(&self, now: u64) -> bool {
        let owner = &self.owner.0;
        let since = owner.rests_since.load(Relaxed);
        (since == 0 || now > since + REST) && owner.visitors.load(SeqCst) == 0
    }

    /// The process has been forked: its visitors have stayed behind.
    pub(super) fn forget(&self) {
        self.set_watched(false);
        self.owner.0.visitors.store(0, SeqCst);
        self.silence();
    }

    /// The handle is being closed.
    pub(super) fn take_off(&self) {
        self.set_watched(false);
        self.owner.0.handle.store(null_mut(), SeqCst);
        await_none(|| self.owner.0.visitors.load(SeqCst) != 0);
    }
}

/// Gives a bell back that hangs on no handle.
pub(super) fn give_back(number: usize) {
    let since = &bell(number).owner.0.rests_since;
    since.store(clock::monotonic(), Relaxed);
    TAKEN.fetch_and(!(1 << number), SeqCst);
}

/// The bells that a loop polls.
pub(super) struct Watch(Cell<u64>);

impl Watch {
    pub(super) const fn new() -> Self {
        Self(Cell::new(0))
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.get() == 0
    }

    pub(super) fn insert(&self, number: usize) {
        self.0.set(self.0.get() | 1 << number);
    }

    pub(super) fn remove(&self, number: usize) {
        self.0.set(self.0.get() & !(1 << number));
    }

    pub(super) fn clear(&self) {
        self.0.set(0);
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        let mut rest = self.0.get();
        core::iter::from_fn(move || {
            let number = (rest != 0).then(|| rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            number
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take_all() -> Vec<usize> {
        let mut numbers: Vec<usize> = core::iter::from_fn(take).collect();
        numbers.sort_unstable();
        numbers
    }

    fn wake_up(number: usize) {
        bell(number).owner.0.rests_since.store(0, Relaxed);
    }

    #[test]
    fn each_bell_is_handed_out_once_and_rests_then() {
        let numbers = take_all();
        assert!(numbers.windows(2).all(|two| two[0] < two[1]));
        assert!(numbers[0] > 0 && *numbers.last().unwrap() < COUNT);
        numbers.iter().for_each(|&number| give_back(number));
        assert!(take().is_none());
        // One with a visitor, who will not leave in a forked child, stays where it is.
        let visitors = &bell(numbers[0]).owner.0.visitors;
        visitors.fetch_add(1, SeqCst);
        numbers.iter().for_each(|&number| wake_up(number));
        assert_eq!(take_all(), numbers[1..]);
        visitors.fetch_sub(1, SeqCst);
        assert_eq!(take(), Some(numbers[0]));
        for &number in &numbers {
            give_back(number);
            wake_up(number);
        }
        let next = [take(), take()];
        assert_ne!(next[0], next[1]);
        next.into_iter().flatten().for_each(give_back);
    }

    #[test]
    fn a_rest_takes_its_time() {
        let bell = Doorbell::new();
        assert!(bell.is_rested(1));
        bell.owner.0.rests_since.store(5, Relaxed);
        assert!(!bell.is_rested(5 + REST) && bell.is_rested(6 + REST));
    }

    #[test]
    fn a_ring_that_the_loop_has_heard_is_not_sent_again() {
        // SAFETY: every field of a handle may be all zeroes.
        let handle: uv_async_t = unsafe { core::mem::zeroed() };
        let bell = Doorbell::new();
        bell.hang(&handle);
        bell.set_watched(false);
        assert!(!bell.ring());
        assert!(bell.silence() && !bell.silence());
        bell.send_to_owner();
        assert_eq!(handle.pending.load(Relaxed), 0);
    }

    #[test]
    fn a_ring_that_nobody_has_heard_goes_with_the_handle() {
        let bell = Doorbell::new();
        bell.take_off();
        assert!(!bell.ring());
        bell.send_to_owner();
        assert!(!bell.is_rung());
    }

    #[test]
    fn a_watch_names_its_bells() {
        let watch = Watch::new();
        assert!(watch.is_empty());
        [63, 1, 40].iter().for_each(|&number| watch.insert(number));
        assert_eq!(watch.numbers().collect::<Vec<_>>(), [1, 40, 63]);
        watch.remove(40);
        assert_eq!(watch.numbers().collect::<Vec<_>>(), [1, 63]);
    }
}
