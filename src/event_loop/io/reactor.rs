//! The epoll set of a loop: mio makes it and its edge-triggered entries.
//!
//! Two kinds of entries share the one epoll descriptor. *Edge* goes through mio: the
//! kernel reports once and the watcher keeps the report. *Level* is made with `epoll_ctl`
//! directly, because mio offers edges only: the kernel repeats a report at every poll for
//! as long as the condition holds. Which descriptor gets which is the watcher's choice
//! (`watcher.rs`).
//!
//! The wait is made here and not by mio, for three reasons: `epoll_pwait` is the call that
//! libuv makes, which a filter lets through where it may refuse `epoll_wait`, or else the
//! other way round; the buffer
//! comes from the program's allocator, whose failure is `UV_ENOMEM`; and the events are the
//! kernel's, which tell urgent data and a closed peer from bytes to be read.

use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::io::interest::Interest;
use crate::sys::epoll;
use crate::sys::waker::Waker;
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use mio::unix::SourceFd;
use std::os::fd::AsRawFd;

/// How many events one poll can bring.
const EVENTS: usize = 1024;
/// The waker's token; watchers' tokens end in a descriptor, which is never this.
const WAKER: u64 = u64::MAX;

/// One report of the kernel.
pub(crate) struct Event {
    /// The token that the descriptor was registered with.
    pub(crate) token: usize,
    /// What is ready.
    pub(crate) ready: Interest,
}

/// What one poll brought.
#[derive(Default)]
pub(crate) struct Polled {
    /// How many events.
    pub(crate) count: usize,
    /// Whether there may be more than the buffer held.
    pub(crate) full: bool,
}

/// The two descriptors.
struct Set {
    poll: mio::Poll,
    waker: Waker,
}

impl Set {
    fn new() -> Result<Self> {
        let poll = mio::Poll::new().map_err(|e| errno(&e))?;
        let waker = Waker::new(poll.as_raw_fd(), WAKER)?;
        Ok(Self { poll, waker })
    }
}

/// Room for the events of one wait, in a block of its own: it is too large to be moved
/// about on a thread's stack.
struct Buffer(*mut [MaybeUninit<libc::epoll_event>; EVENTS]);

impl Buffer {
    fn new() -> Result<Self> {
        let size = size_of::<libc::epoll_event>() * EVENTS;
        let place = alloc::malloc(size).cast::<[_; EVENTS]>();
        if place.is_null() {
            return Err(Errno::NOMEM);
        }
        Ok(Self(place))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: `new` allocated the block, and its owner is gone.
        unsafe { alloc::free(self.0.cast()) };
    }
}

pub(crate) struct Reactor {
    /// None after a `renew` that failed.
    set: Option<Set>,
    /// Whether the program has closed the descriptors by their numbers, which may be those of
    /// other files by now: they are not used any more, and not closed either.
    abandoned: AtomicBool,
    /// The buffer of the last wait.
    events: Buffer,
    /// How many events that wait brought.
    count: Cell<usize>,
    /// How many of them have been read.
    read: Cell<usize>,
    /// Whether the waker was used since the last wait.
    woken: AtomicBool,
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO))
}

fn to_mio(interest: Interest) -> mio::Interest {
    let mut wanted = mio::Interest::READABLE;
    if interest.contains(Interest::WRITABLE) {
        wanted |= mio::Interest::WRITABLE;
        if !interest.contains(Interest::READABLE) {
            wanted = mio::Interest::WRITABLE;
        }
    }
    wanted | mio::Interest::PRIORITY
}

impl Reactor {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            set: Some(Set::new()?),
            abandoned: AtomicBool::new(false),
            events: Buffer::new()?,
            count: Cell::new(0),
            read: Cell::new(0),
            woken: AtomicBool::new(false),
        })
    }

    /// Begins anew with an empty set. The old descriptors go first: a process that has
    /// no others left can have them again.
    pub(crate) fn renew(&mut self) -> Result {
        self.end();
        self.set = Some(Set::new()?);
        self.woken = AtomicBool::new(false);
        Ok(())
    }

    /// Closes the descriptors, unless they are the loop's no longer, and drops the events
    /// that have not been read.
    pub(crate) fn end(&mut self) {
        self.count.set(0);
        self.read.set(0);
        if *self.abandoned.get_mut() {
            core::mem::forget(self.set.take());
        }
        self.set = None;
        self.abandoned = AtomicBool::new(false);
    }

    /// A wait has shown that the descriptors are the loop's no longer.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Relaxed);
    }

    /// Whether that is so.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed)
    }

    fn set(&self) -> Result<&Set> {
        match &self.set {
            Some(set) if !self.is_abandoned() => Ok(set),
            _ => Err(Errno::BADF),
        }
    }

    /// The epoll descriptor; −1 when there is none.
    pub(crate) fn fd(&self) -> c_int {
        self.set().map_or(-1, |set| set.poll.as_raw_fd())
    }

    /// Makes a poll that waits return. May be called from any thread and from a signal
    /// handler. A failure is not remembered: the loop counts as asleep until it runs, so the
    /// next sender tries again.
    pub(crate) fn wake(&self) {
        let _ = self.set().and_then(|set| set.waker.wake());
        // Last: a wait that forgets this has seen the waker.
        self.woken.store(true, SeqCst);
    }

    /// Whether the descriptor may be ready because of the waker alone.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(SeqCst)
    }

    /// Registers edges of `fd`, or changes which.
    pub(crate) fn edge(&self, fd: c_int, token: usize, interest: Interest, new: bool) -> Result {
        let (registry, token) = (self.set()?.poll.registry(), mio::Token(token));
        let mut source = SourceFd(&fd);
        let done = if new {
            registry.register(&mut source, token, to_mio(interest))
        } else {
            registry.reregister(&mut source, token, to_mio(interest))
        };
        match done.map_err(|e| errno(&e)) {
            Err(Errno::EXIST) if new => self.edge(fd, token.0, interest, false),
            // The program took the entry out of the set itself, as uvloop does.
            Err(Errno::NOENT) if !new => self.edge(fd, token.0, interest, true),
            done => done,
        }
    }

    /// Registers levels of `fd`, or changes which.
    pub(crate) fn level(&self, fd: c_int, token: usize, interest: Interest, new: bool) -> Result {
        let (events, token) = (interest.to_kernel(), token as u64);
        let op = if new {
            libc::EPOLL_CTL_ADD
        } else {
            libc::EPOLL_CTL_MOD
        };
        match epoll::epoll_ctl(self.fd(), op, fd, events, token) {
            Err(Errno::EXIST) => self.level(fd, token as usize, interest, false),
            // The program took the entry out of the set itself, as uvloop does.
            Err(Errno::NOENT) if !new => self.level(fd, token as usize, interest, true),
            done => done,
        }
    }

    /// Whether the kernel can watch `fd` at all.
    pub(crate) fn check(&self, fd: c_int) -> Result {
        let (events, token) = (libc::EPOLLIN as u32, u64::MAX);
        match epoll::epoll_ctl(self.fd(), libc::EPOLL_CTL_ADD, fd, events, token) {
            Ok(()) => {
                self.forget(fd);
                Ok(())
            }
            // It does already, for a handle that wants nothing just now.
            Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Forgets `fd`. One that is gone already, from the set or altogether, is fine.
    pub(crate) fn forget(&self, fd: c_int) {
        let _ = epoll::epoll_ctl(self.fd(), libc::EPOLL_CTL_DEL, fd, 0, 0);
    }

    /// Waits for events: `timeout` milliseconds, or for ever when it is negative.
    /// A signal that interrupts the wait is [`Errno::INTR`].
    pub(crate) fn wait(&self, timeout: c_int) -> Result<Polled> {
        // Before the wait: a waker used meanwhile may not have been seen by it.
        if self.is_woken() {
            self.woken.store(false, SeqCst);
        }
        self.count.set(0);
        self.read.set(0);
        // SAFETY: this is called on the loop's thread, and no reference to the buffer lives
        // longer than a call of this file, none of which calls another with one.
        let events = unsafe { &mut *self.events.0 };
        let count = epoll::epoll_pwait(self.set()?.poll.as_raw_fd(), events, timeout)?;
        self.count.set(count);
        Ok(Polled {
            count,
            full: count == EVENTS,
        })
    }

    /// Whether events of the last wait may not have been read.
    pub(crate) fn has_unread(&self) -> bool {
        self.read.get() < self.count.get()
    }

    /// The next event of the last wait, the waker's own left out.
    pub(crate) fn read(&self) -> Option<Event> {
        loop {
            let event = self.unread()?;
            self.read.set(self.read.get() + 1);
            if event.u64 != WAKER {
                return Some(Event {
                    token: event.u64 as usize,
                    ready: Interest::from_kernel(event.events),
                });
            }
        }
    }

    /// The token of the event that comes next, the waker's own included.
    pub(crate) fn peek(&self) -> Option<usize> {
        Some(self.unread()?.u64 as usize)
    }

    #[inline(always)]
    fn unread(&self) -> Option<libc::epoll_event> {
        if !self.has_unread() {
            return None;
        }
        // SAFETY: `wait` has had the kernel write the first `count` events, and `read` is
        // less; nothing else refers to the buffer meanwhile, as `wait` says.
        Some(unsafe { (&*self.events.0)[self.read.get()].assume_init() })
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_that_is_gone_is_an_error_of_the_wait() {
        let mut reactor = Reactor::new().unwrap();
        assert_eq!(reactor.wait(0).unwrap().count, 0);
        reactor.set = None;
        assert_eq!(reactor.wait(0).err(), Some(Errno::BADF));
        assert!(reactor.read().is_none());
    }
}
