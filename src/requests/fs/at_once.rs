//! Requests that the kernel can answer from its caches, done on the loop's own thread:
//! a system call or two instead of a trip through the pool. The callback still comes
//! later, from the loop.
//!
//! Nothing here may wait. Names and pages are asked for with calls that refuse to, and
//! what has no such call (looking at a file, opening it, closing it) is done only on
//! file systems that are known to live on this machine. Which those are the pool's
//! threads find out, since on others even that question waits for a server. Whatever
//! is not certain goes through the pool as if it had not been tried.
//!
//! To be certain takes a few calls. What has been found out about a path is believed
//! for a second, which leaves one call for a look-up and two for opening; should it
//! change meanwhile, the worst is that the loop waits for a local disk.

use super::local::{
    self, Opened, is_kind, is_known, is_local, is_more_behind, learn_file, learn_name, remember,
};
use super::recent::{Recent, key};
use crate::abi::*;
use crate::core::engine::ALLOWANCE;
use crate::core::workers;
use crate::errno::{Errno, Result};
use crate::sys::stat::{self, Target};
use crate::sys::{cached, clock, fd};
use core::ffi::{CStr, c_int};
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The most bytes that a read copies on the loop's thread.
const MOST_BYTES: usize = 64 * 1024;
const PAGE: usize = 4096;

/// With more requests than these under way, finding out costs more than the pool, where
/// the trip is shared.
const FEW: u32 = 16;
/// With so much of what a turn may do by itself done, it leaves requests to the pool where
/// threads run beside it.
const AT_ONCE: u32 = 16;

/// Paths that lately were in the kernel's caches, on a local file system; to be opened,
/// those of regular files and directories.
static PATHS: Recent<512> = Recent::new();
/// Makes a path's number that of a path for which there is no use in trying.
const UNFIT: u64 = 1 << 40;
/// Makes a path's number that of a path that led nowhere.
const ABSENT: u64 = 1 << 41;
/// Descriptors of files that were lately opened here, and neither closed here since, nor
/// perhaps removed.
static FILES: Recent<64> = Recent::new();

/// What a request's path or file is taken to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// To be found out.
    Nothing,
    /// In the kernel's caches, on a local file system.
    Here,
    /// The kernel's caches say that there is no such thing.
    Absent,
}

/// How far a request has come on the loop's thread.
pub(super) enum Attempt {
    Done,
    /// It goes through the pool, and may be done there without waiting.
    Later,
    /// It goes through the pool, where the same need not be tried.
    Apart,
}

/// The kernel, or a filter before it, does not know the calls.
static NO_READ: AtomicBool = AtomicBool::new(false);
static NO_OPEN: AtomicBool = AtomicBool::new(false);

/// Whether an error says that a path leads nowhere.
fn is_absent(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR)
}

/// Whether an error says that the kernel will never do it.
fn is_unsupported(error: Errno) -> bool {
    matches!(error, Errno::NOSYS | Errno::INVAL | Errno::PERM)
}

/// The status of `path`, if its names are cached and it is on a local file system. An
/// error is the true answer only where it says that there is no such thing.
fn look_up(path: &CStr, follow: bool) -> Option<Result<uv_stat_t>> {
    if NO_OPEN.load(Relaxed) {
        return None;
    }
    let flags = libc::O_PATH | if follow { 0 } else { libc::O_NOFOLLOW };
    let opened = match cached::open(path, flags) {
        Ok(fd) => Opened(fd),
        Err(error) if is_absent(error) => return Some(Err(error)),
        Err(error) => {
            NO_OPEN.fetch_or(is_unsupported(error), Relaxed);
            return None;
        }
    };
    let status = stat::stat_here(opened.0).ok()?;
    is_local(status.st_dev).then_some(Ok(status))
}

impl uv_fs_t {
    /// Makes the operation and says so, or leaves everything as it was. Not while
    /// other requests wait for a thread: they come first, and can be taken back.
    pub(super) fn perform_at_once(&self, loop_: &uv_loop_t) -> Attempt {
        let now = loop_.time.get();
        let Some((known, cost)) = self.appraise(now) else {
            return Attempt::Apart;
        };
        let few = loop_.active_reqs() <= FEW;
        if known == Known::Absent && !few {
            return Attempt::Apart;
        }
        let begun = (few || known != Known::Nothing)
            && workers::room().is_some_and(|room| {
                let reserve = if room.beside { ALLOWANCE - AT_ONCE } else { 0 };
                (few || !room.beside)
                    && (room.quiet || !self.moves_position())
                    && loop_.engine().spend(cost, reserve)
            });
        if begun && self.perform_here(known, now) {
            Attempt::Done
        } else if self.moves_position() && !begun {
            Attempt::Apart
        } else {
            Attempt::Later
        }
    }

    /// Whether it reads where the last read has ended. Such a read is not begun here and
    /// taken back while another thread may read from the same file.
    fn moves_position(&self) -> bool {
        self.fs_type.get() == UV_FS_READ && self.off.get() < 0
    }

    /// What is known of it, and how much it is to do it here; `None` if it cannot be.
    fn appraise(&self, now: u64) -> Option<(Known, u32)> {
        Some(match self.fs_type.get() {
            UV_FS_READ => {
                let pages = self.total().min(MOST_BYTES) / PAGE;
                (Known::Here, 1 + pages as u32)
            }
            UV_FS_OPEN if !self.opens_harmlessly() => return None,
            UV_FS_OPEN | UV_FS_STAT | UV_FS_LSTAT => (self.known_path(now)?, 1),
            UV_FS_CLOSE if FILES.knows(file_key(self.file.get()), now) => (Known::Here, 1),
            UV_FS_CLOSE | UV_FS_FSTAT => (Known::Nothing, 1),
            _ => return None,
        })
    }

    fn known_path(&self, now: u64) -> Option<Known> {
        let key = self.key();
        if PATHS.knows(key, now) {
            Some(Known::Here)
        } else if PATHS.knows(key ^ ABSENT, now) {
            Some(Known::Absent)
        } else if PATHS.knows(key ^ UNFIT, now) {
            None
        } else {
            Some(Known::Nothing)
        }
    }

    fn perform_here(&self, known: Known, now: u64) -> bool {
        let answer = match self.fs_type.get() {
            UV_FS_READ => self.read_cached().map(Ok),
            UV_FS_OPEN => self.open_cached(known, now),
            UV_FS_CLOSE => self.close_local(known),
            UV_FS_FSTAT => self.fstat_local().map(|status| self.answer_status(status)),
            _ => self.stat_cached(known, now),
        };
        let Some(answer) = answer else { return false };
        self.finish(answer);
        true
    }

    /// The number of this path, for this operation.
    fn key(&self) -> u64 {
        let kind = self.fs_type.get();
        let flags = if kind == UV_FS_OPEN {
            self.flags.get()
        } else {
            0
        };
        key(self.first().to_bytes(), (kind as u64) << 32 | flags as u64)
    }

    /// Looks its path up, and remembers what came of it.
    fn look_up(&self, known: Known, follow: bool, now: u64) -> Option<Result<uv_stat_t>> {
        let found = look_up(self.first(), follow);
        let key = self.key();
        match found {
            Some(Err(_)) => PATHS.saw(key ^ ABSENT, now),
            None if known == Known::Absent => {
                PATHS.forget(key ^ ABSENT);
                PATHS.saw(key ^ UNFIT, now);
            }
            _ => {}
        }
        found
    }

    fn stat_cached(&self, known: Known, now: u64) -> Option<Result<usize>> {
        let follow = self.fs_type.get() == UV_FS_STAT;
        if known == Known::Here {
            let target = if follow { Target::Path } else { Target::Link };
            return Some(self.stat(target(self.first())));
        }
        let status = self.look_up(known, follow, now)?;
        Some(status.and_then(|status| {
            PATHS.saw(self.key(), now);
            self.answer_status(status)
        }))
    }

    /// After the pool has opened or looked at a file: what its file system is, so that
    /// the next time may be quicker.
    pub(super) fn learn(&self) {
        if self.result.get() < 0 {
            return self.learn_absent();
        }
        match self.fs_type.get() {
            UV_FS_OPEN if self.opens_harmlessly() => self.learn_opened(),
            UV_FS_STAT | UV_FS_LSTAT => self.learn_status(),
            UV_FS_READ | UV_FS_FSTAT if local::is_curious() => learn_file(self.file.get()),
            _ => {}
        }
    }

    fn learn_absent(&self) {
        let looks_up = match self.fs_type.get() {
            UV_FS_OPEN => self.opens_harmlessly(),
            kind => matches!(kind, UV_FS_STAT | UV_FS_LSTAT),
        };
        let now = clock::loop_milliseconds();
        let absent = is_absent(Errno::from_raw(self.result.get() as c_int));
        if looks_up && absent && self.known_path(now).is_some() {
            PATHS.saw(self.key() ^ ABSENT, now);
        }
    }

    fn learn_opened(&self) {
        let (file, now) = (self.result.get() as c_int, clock::loop_milliseconds());
        let key = self.key();
        if !PATHS.knows(key, now) {
            if PATHS.knows(key ^ UNFIT, now) {
                return;
            }
            let Ok(status) = stat::stat_here(file) else {
                return;
            };
            let local = remember(status.st_dev, || stat::file_system_type(file));
            if !local || !is_kind(&status, libc::S_IFREG) && !is_kind(&status, libc::S_IFDIR) {
                return PATHS.saw(key ^ UNFIT, now);
            }
            PATHS.saw(key, now);
        }
        FILES.saw(file_key(file), now);
    }

    fn learn_status(&self) {
        // SAFETY: the stat has succeeded and filled it in, and the request's owner does
        // not look before it is over.
        let device = unsafe { (*self.statbuf.get()).st_dev };
        let local = if self.fs_type.get() == UV_FS_STAT {
            remember(device, || {
                stat::file_system_type_of(self.first()).unwrap_or(0)
            })
        } else {
            is_known(device).unwrap_or_else(|| learn_name(self.first(), device))
        };
        let unfit = if local { 0 } else { UNFIT };
        PATHS.saw(self.key() ^ unfit, clock::loop_milliseconds());
    }

    /// Reads all of it from the page cache, or up to the end of a regular file.
    fn read_cached(&self) -> Option<usize> {
        let wanted = self.total();
        if NO_READ.load(Relaxed) || wanted == 0 || wanted > MOST_BYTES {
            return None;
        }
        let (file, offset) = (self.file.get(), self.off.get());
        // What has no position, a pipe or a terminal, may have less than is wanted now
        // and more later.
        let start = if offset < 0 {
            cached::position(file).ok()?
        } else {
            offset
        };
        let read = match cached::read(file, self.buffers(), offset) {
            Ok(read) => read,
            Err(error) => {
                NO_READ.fetch_or(error == Errno::NOSYS, Relaxed);
                return None;
            }
        };
        if read < wanted && is_more_behind(file, start + read as i64, read) {
            if offset < 0 && read > 0 {
                let _ = cached::move_back(file, read);
            }
            return None;
        }
        self.free_buffers();
        Some(read)
    }

    /// Whether it opens for reading, and does nothing else on the way.
    fn opens_harmlessly(&self) -> bool {
        let harmless = libc::O_CLOEXEC | libc::O_NOFOLLOW | libc::O_DIRECTORY | libc::O_LARGEFILE;
        self.flags.get() & !harmless == libc::O_RDONLY
    }

    /// Opens a regular file or a directory. Opening other kinds may wait, or do more
    /// than open.
    fn open_cached(&self, known: Known, now: u64) -> Option<Result<usize>> {
        let flags = self.flags.get();
        if known != Known::Here {
            let status = match self.look_up(known, flags & libc::O_NOFOLLOW == 0, now)? {
                Ok(status) => status,
                Err(error) => return Some(Err(error)),
            };
            if !is_kind(&status, libc::S_IFREG) && !is_kind(&status, libc::S_IFDIR) {
                return None;
            }
            PATHS.saw(self.key(), now);
        }
        // Should the name lead to a fifo by now, this does not wait for its writer.
        let opened = match cached::open(self.first(), flags | libc::O_NONBLOCK) {
            Ok(file) => Opened(file),
            Err(error) => return is_absent(error).then_some(Err(error)),
        };
        cached::clear_status_flags(opened.0).ok()?;
        FILES.saw(file_key(opened.0), now);
        Some(Ok(opened.keep() as usize))
    }

    /// Closes a regular file or a directory that was open for reading, and that has
    /// not been removed: there is nothing to write back or to free.
    fn close_local(&self, known: Known) -> Option<Result<usize>> {
        let file = self.file.get();
        if known != Known::Here {
            let status = self.fstat_local()?;
            let idle = is_kind(&status, libc::S_IFREG) || is_kind(&status, libc::S_IFDIR);
            let flags = fd::status_flags(file).ok()?;
            if !idle || status.st_nlink == 0 || flags & libc::O_ACCMODE != libc::O_RDONLY {
                return None;
            }
        }
        forget(file);
        Some(fd::close(file).map(|()| 0))
    }

    fn fstat_local(&self) -> Option<uv_stat_t> {
        let status = stat::stat_here(self.file.get()).ok()?;
        is_local(status.st_dev).then_some(status)
    }
}

fn file_key(file: c_int) -> u64 {
    key(&file.to_ne_bytes(), 0)
}

/// The file is about to be closed, and its number may soon be that of another.
pub(super) fn forget(file: c_int) {
    FILES.forget(file_key(file));
}

/// A name may be gone. Closing the file frees its blocks if that was the last one, which
/// takes long for a big one: no file counts as harmless to close any more.
pub(super) fn removed(result: Result) -> Result {
    result.inspect(|()| FILES.forget_all())
}
