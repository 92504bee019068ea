//! The epoll set of a loop: mio makes it and its edge-triggered entries.
//!
//! Two kinds of entries share one epoll descriptor. *Edge* goes through mio: the kernel reports
//! a change once, and the watcher keeps the readiness. *Level* is made with `epoll_ctl`,
//! because mio offers edges only: the kernel repeats the event at every poll while the
//! condition holds. The watcher chooses (`watcher.rs`).
//!
//! The wait is made here and not by mio, for three reasons. `epoll_pwait` is the call that libuv
//! makes, which a seccomp filter may allow where it refuses `epoll_wait`, or the reverse. The
//! buffer comes from the program's allocator, whose failure is `UV_ENOMEM`. And the kernel's
//! events distinguish urgent data and a closed peer from bytes to read.

use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::io::interest::Interest;
use crate::sys::epoll;
use crate::sys::epoll::Waker;
use core::cell::Cell;
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use mio::unix::SourceFd;
use std::os::fd::AsRawFd;

/// The most events that one poll returns.
const EVENTS: usize = 1024;
/// The waker's token. A watcher's token ends in its descriptor, which is never all ones.
const WAKER: u64 = u64::MAX;

/// One event of the kernel.
pub(crate) struct Event {
    /// The token that the descriptor was registered with.
    pub(crate) token: usize,
    /// What is ready.
    pub(crate) ready: Interest,
}

/// How long a poll waits.
#[derive(Clone, Copy)]
pub(crate) enum Timeout {
    /// For ever if it is negative.
    Milliseconds(c_int),
    Nanoseconds(u64),
}

/// The result of one poll.
#[derive(Default)]
pub(crate) struct Polled {
    /// The number of events.
    pub(crate) count: usize,
    /// Whether the buffer is full, so that there may be more.
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

/// The buffer for the events of one wait, a block of its own because it is large for a
/// thread's stack.
struct Buffer(*mut [MaybeUninit<libc::epoll_event>; EVENTS]);

impl Buffer {
    fn new() -> Result<Self> {
        let size = size_of::<libc::epoll_event>() * EVENTS;
        alloc::malloc(size).map(Self)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: `new` allocated the block, which only `self` refers to.
        unsafe { alloc::free(self.0.cast()) };
    }
}

pub(crate) struct Reactor {
    /// None after a failed `renew`, and after `end`.
    set: Option<Set>,
    /// Whether the program has closed the descriptors by their numbers, which may be other files
    /// by now: they are neither used nor closed any more.
    abandoned: AtomicBool,
    /// The buffer of the last wait.
    events: Buffer,
    /// The number of its events.
    count: Cell<usize>,
    /// The number of them that `read` has returned.
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

    /// Replaces the set by an empty one. The old descriptors are closed first, for a process that
    /// is at its limit of descriptors.
    pub(crate) fn renew(&mut self) -> Result {
        self.end();
        self.set = Some(Set::new()?);
        self.woken = AtomicBool::new(false);
        Ok(())
    }

    /// Closes the descriptors, unless they are abandoned, and drops unread events.
    pub(crate) fn end(&mut self) {
        self.count.set(0);
        self.read.set(0);
        if *self.abandoned.get_mut() {
            core::mem::forget(self.set.take());
        }
        self.set = None;
        self.abandoned = AtomicBool::new(false);
    }

    /// A wait has shown that the program has closed the descriptors.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Relaxed);
    }

    /// Whether `abandon` was called.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Relaxed)
    }

    fn set(&self) -> Result<&Set> {
        match &self.set {
            Some(set) if !self.is_abandoned() => Ok(set),
            _ => Err(Errno::BADF),
        }
    }

    /// The epoll descriptor; −1 if there is none.
    pub(crate) fn fd(&self) -> c_int {
        self.set().map_or(-1, |set| set.poll.as_raw_fd())
    }

    /// Wakes a poll that waits. May be called from any thread and from a signal handler. A failure
    /// is ignored: the loop counts as asleep until it runs, so the next sender tries again.
    pub(crate) fn wake(&self) {
        let _ = self.set().and_then(|set| set.waker.wake());
        // After the write, so that a wait which clears this consumes the write.
        self.woken.store(true, SeqCst);
    }

    /// Whether the waker was used since the last wait began.
    pub(crate) fn is_woken(&self) -> bool {
        self.woken.load(SeqCst)
    }

    /// Registers `fd` edge-triggered, or changes its registration.
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
            // The program has removed the entry from the set itself, as uvloop does.
            Err(Errno::NOENT) if !new => self.edge(fd, token.0, interest, true),
            done => done,
        }
    }

    /// Registers `fd` level-triggered, or changes its registration.
    pub(crate) fn level(&self, fd: c_int, token: usize, interest: Interest, new: bool) -> Result {
        let (events, token) = (interest.to_kernel(), token as u64);
        let op = if new {
            libc::EPOLL_CTL_ADD
        } else {
            libc::EPOLL_CTL_MOD
        };
        match epoll::epoll_ctl(self.fd(), op, fd, events, token) {
            Err(Errno::EXIST) => self.level(fd, token as usize, interest, false),
            // The program has removed the entry from the set itself, as uvloop does.
            Err(Errno::NOENT) if !new => self.level(fd, token as usize, interest, true),
            done => done,
        }
    }

    /// Returns an error if the kernel cannot watch `fd`.
    pub(crate) fn check(&self, fd: c_int) -> Result {
        let (events, token) = (libc::EPOLLIN as u32, u64::MAX);
        match epoll::epoll_ctl(self.fd(), libc::EPOLL_CTL_ADD, fd, events, token) {
            Ok(()) => {
                self.deregister(fd);
                Ok(())
            }
            // It is registered, for a watcher without interest.
            Err(Errno::EXIST) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes `fd` from the set. Nothing happens if it is not in the set or not open.
    pub(crate) fn deregister(&self, fd: c_int) {
        let _ = epoll::epoll_ctl(self.fd(), libc::EPOLL_CTL_DEL, fd, 0, 0);
    }

    /// Waits for events. Returns [`Errno::INTR`] if a signal interrupts the wait.
    pub(crate) fn wait(&self, timeout: Timeout) -> Result<Polled> {
        // Before the wait, which may not see a wake-up that comes after this.
        if self.is_woken() {
            self.woken.store(false, SeqCst);
        }
        self.count.set(0);
        self.read.set(0);
        // SAFETY: only this and `unread` refer to the buffer, on the loop's thread, and neither
        // keeps the reference or calls the other while it has one.
        let events = unsafe { &mut *self.events.0 };
        let fd = self.set()?.poll.as_raw_fd();
        let count = match timeout {
            Timeout::Milliseconds(timeout) => epoll::epoll_pwait(fd, events, timeout)?,
            Timeout::Nanoseconds(timeout) => epoll::epoll_pwait2(fd, events, timeout)?,
        };
        self.count.set(count);
        Ok(Polled {
            count,
            full: count == EVENTS,
        })
    }

    /// Whether `read` has not returned all events of the last wait.
    pub(crate) fn has_unread(&self) -> bool {
        self.read.get() < self.count.get()
    }

    /// The next event of the last wait; the waker's own is skipped.
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

    /// The token of the next event, which may be the waker's.
    pub(crate) fn peek(&self) -> Option<usize> {
        Some(self.unread()?.u64 as usize)
    }

    #[inline(always)]
    fn unread(&self) -> Option<libc::epoll_event> {
        if !self.has_unread() {
            return None;
        }
        // SAFETY: the kernel has written the first `count` events, and `read` is less; no
        // mutable reference to the buffer is live outside of `wait`.
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
        assert_eq!(reactor.wait(Timeout::Milliseconds(0)).unwrap().count, 0);
        reactor.set = None;
        assert_eq!(
            reactor.wait(Timeout::Milliseconds(0)).err(),
            Some(Errno::BADF)
        );
        assert!(reactor.read().is_none());
    }
}
