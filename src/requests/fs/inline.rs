//! Requests that are done inline: on the loop's own thread, where that cannot wait. A few
//! system calls take the place of a trip through the pool. The callback still comes
//! later, from the loop.
//!
//! Each time the kernel is first asked, with calls that cannot wait, what the path or the
//! descriptor leads to now; `trust` says what may be done with that. Nothing is
//! remembered of a path or a descriptor. What fails is left to the pool, and so is what
//! would have to wait for a disk, a FIFO's other end or the holder of a lease.

use super::trust::{self, Act, Slept, Stopwatch, Trust};
use crate::abi::*;
use crate::core::engine::ALLOWANCE;
use crate::core::threadpool;
use crate::errno::Result;
use crate::sys::stat::{self, Seen};
use crate::sys::{cached, clock, fd};
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

/// The most bytes that a read copies on the loop's thread.
const MOST_BYTES: usize = 64 * 1024;
const PAGE: usize = 4096;

/// With more requests than these under way, looking at a path costs more than the pool,
/// where the trip is shared.
const FEW: u32 = 4;
/// Where threads run beside the loop, it does so much of a turn inline and leaves the rest
/// to them.
const SHARE: u32 = 16;

/// What came of trying a request inline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    Done,
    /// Left to the pool.
    Pool,
    /// Left to the pool; the thread that does it finds out what was not known.
    Learn,
}

/// How often a kind of request was tried since one was done inline.
struct Tries(AtomicU32);

static OPENS: Tries = Tries::new();
static PATHS: Tries = Tries::new();
static STATUS: Tries = Tries::new();
static READS: Tries = Tries::new();
static CLOSES: Tries = Tries::new();

impl Tries {
    const fn new() -> Self {
        Tries(AtomicU32::new(0))
    }

    /// Whether to try again: after several failures only some of the time, though several
    /// in a row, since the first may only be what the next is trusted for.
    fn is_due(&self) -> bool {
        let tries = self.0.load(Relaxed);
        self.0.store(tries.wrapping_add(1), Relaxed);
        tries % 64 < 16
    }

    fn succeeded(&self) {
        self.0.store(0, Relaxed);
    }
}

/// Requests with the pool or a ring that use a file's position. The kernel has a lock for
/// it, which they may hold while they wait.
static MOVING: AtomicUsize = AtomicUsize::new(0);

impl uv_fs_t {
    /// Makes the operation, or leaves everything as it was. Not while other requests
    /// wait for a thread: they come first, and can be taken back.
    pub(super) fn perform_inline(&self, loop_: &uv_loop_t) -> Attempt {
        let Some((tries, cost)) = self.appraise(loop_) else {
            return Attempt::Pool;
        };
        let may_begin = || {
            threadpool::room().is_some_and(|room| {
                let reserve = if room.beside { ALLOWANCE - SHARE } else { 0 };
                loop_.engine().spend(cost, reserve)
            })
        };
        if trust::has_ended() || !may_begin() || !tries.is_due() {
            return Attempt::Pool;
        }
        let now = clock::monotonic();
        if self.act().is_some_and(|act| !trust::may_act(act, now)) {
            return Attempt::Learn;
        }
        let Some(watch) = Stopwatch::start_on(loop_, now) else {
            return Attempt::Pool;
        };
        let (attempt, mount) = self.attempt(now);
        let slept = watch.stop();
        trust::judge(slept);
        if attempt == Attempt::Done || slept != Slept::No {
            self.prove(mount, now, slept);
        }
        if attempt == Attempt::Done {
            tries.succeeded();
        }
        attempt
    }

    /// How much it is to do it inline; `None` if it cannot be.
    fn appraise(&self, loop_: &uv_loop_t) -> Option<(&'static Tries, u32)> {
        let few = loop_.active_reqs() <= FEW;
        match self.fs_type.get() {
            UV_FS_OPEN if few && self.only_reads() => Some((&OPENS, 2)),
            UV_FS_STAT | UV_FS_LSTAT if few => Some((&PATHS, 1)),
            UV_FS_FSTAT => Some((&STATUS, 1)),
            UV_FS_CLOSE => Some((&CLOSES, 1)),
            UV_FS_READ => {
                let bytes = self.total();
                let fits = bytes > 0 && bytes <= MOST_BYTES && loop_.ring().is_none();
                let waits = self.moves_position() && MOVING.load(Relaxed) > 0;
                (fits && !waits).then(|| (&READS, 1 + (bytes / PAGE) as u32))
            }
            _ => None,
        }
    }

    /// What it does that may have to wait.
    fn act(&self) -> Option<Act> {
        match self.fs_type.get() {
            UV_FS_OPEN => Some(Act::Open),
            UV_FS_READ => Some(Act::Read),
            _ => None,
        }
    }

    /// Whether it opens a file to read it, and does nothing else on the way.
    fn only_reads(&self) -> bool {
        let harmless = libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_LARGEFILE;
        self.flags.get() & !harmless == libc::O_RDONLY
    }

    /// Whether it uses the position of a file.
    fn moves_position(&self) -> bool {
        match self.fs_type.get() {
            UV_FS_READ | UV_FS_WRITE => self.off.get() < 0,
            kind => kind == UV_FS_SENDFILE,
        }
    }

    /// It goes to the pool or to a ring (`begins`), or comes back from there.
    pub(super) fn count_moving(&self, begins: bool) {
        if self.moves_position() {
            let change = if begins { 1 } else { usize::MAX };
            MOVING.fetch_add(change, Relaxed);
        }
    }

    /// Does it if it may, and says with which mount.
    fn attempt(&self, now: u64) -> (Attempt, Option<u64>) {
        if self.has_path() && !trust::is_like_worker() {
            return (Attempt::Learn, None);
        }
        let Ok(seen) = self.look() else {
            return (Attempt::Pool, None);
        };
        let trusted = match self.act() {
            Some(act) => trust::act(seen.mount, act, now),
            None => trust::look(seen.mount),
        };
        let attempt = match trusted {
            Trust::Unknown => Attempt::Learn,
            Trust::Yes if self.perform_seen(&seen) => Attempt::Done,
            _ => Attempt::Pool,
        };
        (attempt, Some(seen.mount))
    }

    /// Remembers whether that has kept the thread waiting.
    fn prove(&self, mount: Option<u64>, began: u64, slept: Slept) {
        if let (Some(act), Some(mount)) = (self.act(), mount) {
            trust::prove(mount, act, began, slept);
        }
    }

    fn has_path(&self) -> bool {
        matches!(self.fs_type.get(), UV_FS_STAT | UV_FS_LSTAT | UV_FS_OPEN)
    }

    /// What the descriptor leads to, or the path if the names along it are in the kernel's
    /// cache.
    fn look(&self) -> Result<Seen> {
        if self.has_path() {
            stat::stat_here(self.open_path()?.as_raw_fd())
        } else {
            stat::stat_here(self.file.get())
        }
    }

    fn open_path(&self) -> Result<OwnedFd> {
        let follow = match self.fs_type.get() {
            UV_FS_OPEN => self.flags.get() & libc::O_NOFOLLOW == 0,
            kind => kind == UV_FS_STAT,
        };
        cached::open_path(self.first(), follow)
    }

    /// Does it with the file that was `seen`, and says so; or leaves everything as it was.
    fn perform_seen(&self, seen: &Seen) -> bool {
        match self.fs_type.get() {
            UV_FS_OPEN => self.open_cached(seen),
            UV_FS_READ => self.read_cached(seen),
            UV_FS_CLOSE => self.close_idle(seen),
            _ => {
                self.finish(self.answer_status(seen.status));
                true
            }
        }
    }

    /// Opens the regular file that was `seen` under the path.
    fn open_cached(&self, seen: &Seen) -> bool {
        if !is_kind(&seen.status, libc::S_IFREG) {
            return false;
        }
        let Ok(opened) = cached::open(self.first(), self.flags.get()) else {
            return false;
        };
        let file = opened.as_raw_fd();
        // By now the path may lead to a FIFO, which has no position.
        if cached::position(file).is_err() || cached::clear_status_flags(file).is_err() {
            return false;
        }
        self.finish(Ok(opened.into_raw_fd() as usize));
        true
    }

    /// Reads all of it from the page cache, or up to the end of a regular file.
    fn read_cached(&self, seen: &Seen) -> bool {
        if !is_kind(&seen.status, libc::S_IFREG) {
            return false;
        }
        let (file, offset) = (self.file.get(), self.off.get());
        let Ok(read) = cached::read(file, self.buffers(), offset) else {
            return false;
        };
        if read < self.total() {
            let position = if offset < 0 {
                cached::position(file).unwrap_or(0)
            } else {
                offset + read as i64
            };
            // It stopped for want of pages, not because this is the end.
            if (position as u64) < seen.status.st_size {
                if offset < 0 && read > 0 {
                    let _ = cached::move_back(file, read);
                }
                return false;
            }
        }
        self.free_buffers();
        self.finish(Ok(read));
        true
    }

    /// Closes a regular file or a directory that was open for reading and that has not been
    /// removed: there is nothing to write back and nothing to free.
    fn close_idle(&self, seen: &Seen) -> bool {
        let (file, status) = (self.file.get(), &seen.status);
        let kept = is_kind(status, libc::S_IFREG) || is_kind(status, libc::S_IFDIR);
        let reads = |flags: i32| flags & libc::O_ACCMODE == libc::O_RDONLY;
        if !kept
            || status.st_nlink == 0
            || trust::is_answering()
            || !fd::status_flags(file).is_ok_and(reads)
        {
            return false;
        }
        self.finish(fd::close(file).map(|()| 0));
        true
    }

    /// Does it on a thread of the pool, and finds out what the loop's thread has to know.
    pub(super) fn perform_and_learn(&self) {
        if self.has_path() {
            trust::learn_worker();
        }
        match self.fs_type.get() {
            UV_FS_OPEN | UV_FS_READ => return self.perform_and_prove(),
            UV_FS_STAT | UV_FS_LSTAT => {
                let _ = self.open_path().map(|fd| trust::learn(fd.as_raw_fd()));
            }
            _ => trust::learn(self.file.get()),
        }
        self.perform();
    }

    fn perform_and_prove(&self) {
        let watch = Stopwatch::start();
        self.perform();
        let result = self.result.get() as i32;
        let Some(watch) = watch.filter(|_| result >= 0) else {
            return;
        };
        let slept = watch.stop();
        let file = match self.fs_type.get() {
            UV_FS_OPEN => result,
            _ => self.file.get(),
        };
        trust::learn(file);
        if let Ok(seen) = stat::stat_here(file)
            && is_kind(&seen.status, libc::S_IFREG)
        {
            self.prove(Some(seen.mount), watch.began, slept);
        }
    }
}

fn is_kind(status: &uv_stat_t, kind: libc::mode_t) -> bool {
    status.st_mode as libc::mode_t & libc::S_IFMT == kind
}
