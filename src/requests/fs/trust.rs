//! What may be done inline, and what it takes.
//!
//! One rule: what may have to wait is done inline only within a millisecond after the same,
//! on the same mount, has not; and one long wait on a loop's thread ends it all, for the
//! process and for good.
//!
//! A mount is told by the number that the kernel gives to no other while it runs. A
//! thread of the pool finds out what kind of file system it has. Kinds that may ask a
//! server or another process are never trusted: network file systems, FUSE, overlays
//! (which may have those below them), and all that are not listed. On the listed ones
//! looking at a file cannot wait. Opening and reading can: an on-access scanner
//! (fanotify) is asked in the middle of it. The first of each in a while therefore goes
//! to a thread of the pool, which tells whether it has slept.
//!
//! What the pool's threads may do and where paths lead them must hold for the loop's
//! thread too. Its working directory, root, mount namespace and file system user are
//! compared each time. Other groups, capabilities or security labels of a single thread,
//! and a table of descriptors of its own, no call would tell.

use crate::abi::uv_loop_t;
use crate::sys::{clock, stat, whose};
use core::ffi::c_int;
use core::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

/// Magic numbers of file systems that never wait for another machine or process.
const LOCAL: [u32; 8] = [
    0x0000_ef53, // ext2, ext3, ext4
    0x5846_5342, // xfs
    0x9123_683e, // btrfs
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
    0xf2f5_2010, // f2fs
    0x7371_7368, // squashfs
    0xe0f5_e1e2, // erofs
];

/// For so many nanoseconds a mount is taken not to keep a thread waiting that has not.
const LEASE: u64 = 1_000_000;

/// What may wait for an on-access scanner.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Open,
    Read,
}

/// What is known of a mount.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Trust {
    /// It is to be found out by a thread of the pool.
    Unknown,
    /// It is not to be tried on a loop's thread.
    No,
    Yes,
}

struct Mount {
    /// Its number doubled, plus 1 if its kind is in `LOCAL`; 0 for none.
    number: AtomicU64,
    /// When each act has last been done without sleeping.
    proven: [AtomicU64; 2],
}

static MOUNTS: [Mount; 16] = [const {
    Mount {
        number: AtomicU64::new(0),
        proven: [AtomicU64::new(0), AtomicU64::new(0)],
    }
}; 16];
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// The last time for any mount.
static PROVEN: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// A loop's thread has waited for long.
static ENDED: AtomicBool = AtomicBool::new(false);
/// A loop of this process answers an on-access scanner's questions.
static ANSWERS: AtomicBool = AtomicBool::new(false);

/// Number and file system user of a thread of the pool.
static WORKER: AtomicU64 = AtomicU64::new(0);

fn entry(mount: u64) -> Option<&'static Mount> {
    let is_it = |entry: &&Mount| entry.number.load(Acquire) >> 1 == mount;
    MOUNTS.iter().find(is_it)
}

/// Whether that was within the last moment; `now` is in nanoseconds.
fn is_fresh(proven: &AtomicU64, now: u64) -> bool {
    now.saturating_sub(proven.load(Acquire)) < LEASE
}

/// Whether looking at the files of `mount` cannot wait.
pub(super) fn look(mount: u64) -> Trust {
    match entry(mount).map(|entry| entry.number.load(Acquire) & 1) {
        None => Trust::Unknown,
        Some(0) => Trust::No,
        Some(_) => Trust::Yes,
    }
}

/// Whether an act on a file of `mount` has not kept a thread waiting just now.
pub(super) fn act(mount: u64, act: Act, now: u64) -> Trust {
    if is_answering() {
        return Trust::No;
    }
    let proven = entry(mount).map(|entry| is_fresh(&entry.proven[act as usize], now));
    match (look(mount), proven) {
        (Trust::Yes, Some(true)) => Trust::Yes,
        (Trust::Yes, _) => Trust::Unknown,
        (look, _) => look,
    }
}

/// Whether there may be a mount of which this holds.
pub(super) fn may_act(act: Act, now: u64) -> bool {
    is_fresh(&PROVEN[act as usize], now)
}

/// Finds out about the mount of an open file. Not on a loop's thread: the question may
/// have to wait for a server.
pub(super) fn learn(file: c_int) {
    let mount = || stat::stat_here(file).ok().map(|seen| seen.mount);
    let Some(before) = mount().filter(|mount| entry(*mount).is_none()) else {
        return;
    };
    let kind = stat::file_system_type(file);
    // The descriptor may have become another file's meanwhile.
    if mount() == Some(before) {
        let place = &MOUNTS[NEXT.fetch_add(1, Relaxed) % MOUNTS.len()];
        for proven in &place.proven {
            proven.store(0, Release);
        }
        let number = before << 1 | u64::from(LOCAL.contains(&kind));
        place.number.store(number, Release);
    }
}

/// A thread has begun at `began` to do this with a file of `mount`, and is done.
pub(super) fn prove(mount: u64, act: Act, began: u64, slept: Slept) {
    let Some(entry) = entry(mount) else { return };
    let proven = if slept == Slept::No { began } else { 0 };
    entry.proven[act as usize].store(proven, Release);
    PROVEN[act as usize].store(proven, Release);
}

/// A loop's thread has done something inline.
pub(super) fn judge(slept: Slept) {
    ENDED.fetch_or(slept == Slept::Long, Relaxed);
}

/// Whether everything goes through the pool from now on.
pub(super) fn has_ended() -> bool {
    ENDED.load(Relaxed)
}

/// Whether a loop of this process answers a scanner's questions.
pub(super) fn is_answering() -> bool {
    ANSWERS.load(Relaxed)
}

/// A loop is going to watch `file`. If that is a fanotify group's, opening
/// or reading on a loop's thread could wait for an answer that this thread has to give.
pub(crate) fn note_watched(file: c_int) {
    if stat::is_fanotify(file) {
        ANSWERS.store(true, Relaxed);
    }
}

/// Remembers the calling thread as one of the pool's.
pub(super) fn learn_worker() {
    let (thread, user) = (whose::thread_id(), whose::file_system_user());
    WORKER.store((thread as u64) << 32 | u64::from(user), Relaxed);
}

/// Whether paths lead the calling thread where they lead the pool's threads, as far as
/// that can be told: the working directory, the root and the user are the same.
pub(super) fn is_like_worker() -> bool {
    let worker = WORKER.load(Relaxed);
    worker != 0
        && worker as u32 == whose::file_system_user()
        && whose::share_directories(whose::thread_id(), (worker >> 32) as c_int) == Ok(true)
}

/// How long a thread has slept in what it did. That other threads had the processor
/// meanwhile is no sleep.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slept {
    No,
    Briefly,
    Long,
}

/// Nanoseconds that are as good as nothing, and that are long.
const MOMENT: u64 = 50_000;
const LONG: u64 = 10_000_000;

/// Measures what a thread does.
pub(super) struct Stopwatch {
    sleeps: i64,
    /// In nanoseconds.
    pub(super) began: u64,
}

impl Stopwatch {
    /// None where the kernel, or a filter before it, does not say how often a thread sleeps.
    pub(super) fn start() -> Option<Self> {
        let sleeps = whose::sleeps().ok()?;
        let began = clock::monotonic();
        Some(Stopwatch { sleeps, began })
    }

    /// The same on a loop's thread, where it is `began`. It does not ask again while no
    /// poll can have slept since it did.
    pub(super) fn start_on(loop_: &uv_loop_t, began: u64) -> Option<Self> {
        let engine = loop_.engine();
        let turn = engine.metrics.turns.get();
        let (last, mut sleeps) = engine.sleeps.get();
        let polled = turn.wrapping_sub(last);
        if polled > 1 || polled == 1 && engine.current_timeout.get() != 0 {
            sleeps = whose::sleeps().ok()?;
        }
        engine.sleeps.set((turn, sleeps));
        Some(Stopwatch { sleeps, began })
    }

    pub(super) fn stop(&self) -> Slept {
        let elapsed = clock::monotonic() - self.began;
        if elapsed < MOMENT || whose::sleeps() == Ok(self.sleeps) {
            Slept::No
        } else if elapsed < LONG {
            Slept::Briefly
        } else {
            Slept::Long
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::time::Duration;

    /// A mount that no kernel has, with files of a local kind.
    fn made_up(mount: u64) {
        let place = &MOUNTS[NEXT.fetch_add(1, Relaxed) % MOUNTS.len()];
        place.number.store(mount << 1 | 1, Release);
    }

    #[test]
    fn trust_lasts_for_a_moment_and_ends_with_a_sleep() {
        let mount = 1 << 61;
        assert_eq!(look(mount), Trust::Unknown);
        made_up(mount);
        assert_eq!(look(mount), Trust::Yes);
        let now = clock::monotonic();
        assert_eq!(act(mount, Act::Read, now), Trust::Unknown);
        prove(mount, Act::Read, now, Slept::No);
        assert_eq!(act(mount, Act::Read, now + LEASE - 1), Trust::Yes);
        assert_eq!(act(mount, Act::Read, now + LEASE), Trust::Unknown);
        assert_eq!(act(mount, Act::Open, now), Trust::Unknown);
        prove(mount, Act::Read, now, Slept::Briefly);
        assert_eq!(act(mount, Act::Read, now), Trust::Unknown);
    }

    #[test]
    fn what_proc_has_is_not_trusted() {
        let file = File::open("/proc/self/status").unwrap();
        learn(file.as_raw_fd());
        match stat::stat_here(file.as_raw_fd()) {
            Ok(seen) => assert_eq!(look(seen.mount), Trust::No),
            Err(error) => eprintln!("no numbers for mounts here ({})", error.raw()),
        }
    }

    #[test]
    fn a_sleep_is_told_from_work() {
        let watch = Stopwatch::start().unwrap();
        assert_eq!(watch.stop(), Slept::No);
        let watch = Stopwatch::start().unwrap();
        std::thread::sleep(Duration::from_nanos(2 * MOMENT));
        assert_ne!(watch.stop(), Slept::No);
        let watch = Stopwatch::start().unwrap();
        std::thread::sleep(Duration::from_nanos(LONG));
        assert_eq!(watch.stop(), Slept::Long);
    }

    #[test]
    fn a_thread_is_like_itself_only_where_it_was_seen() {
        std::thread::spawn(|| {
            learn_worker();
            let like = is_like_worker();
            // A filter may refuse the question.
            assert!(
                like || whose::share_directories(whose::thread_id(), whose::thread_id()).is_err()
            );
        })
        .join()
        .unwrap();
    }
}
