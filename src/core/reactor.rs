//! The poll engine: mio's epoll set, its event buffer and its waker.
//!
//! Two kinds of registration share the one epoll descriptor. *Edge* goes through
//! mio: the kernel speaks once and the watcher keeps what it said. *Level* is made
//! with `epoll_ctl` directly, because mio offers edges only: the kernel repeats
//! itself at every poll for as long as the condition holds. Which descriptor gets
//! which is the watcher's choice (`watcher.rs`).

use super::interest::Interest;
use crate::errno::{Errno, Result};
use crate::sys::fd;
use core::cell::UnsafeCell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering::SeqCst};
use mio::unix::SourceFd;
use std::os::fd::AsRawFd;
use std::time::Duration;

/// How many events one poll can bring.
const EVENTS: usize = 1024;
/// The waker's token; watchers' tokens end in a descriptor, which is never this.
const WAKER: mio::Token = mio::Token(usize::MAX);

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
    poll: UnsafeCell<mio::Poll>,
    waker: mio::Waker,
}

impl Set {
    fn new() -> Result<Self> {
        let poll = mio::Poll::new().map_err(|e| errno(&e))?;
        let waker = mio::Waker::new(poll.registry(), WAKER).map_err(|e| errno(&e))?;
        Ok(Self {
            poll: UnsafeCell::new(poll),
            waker,
        })
    }

    fn poll(&self) -> &mio::Poll {
        // SAFETY: the only exclusive borrow is inside `wait`, on the loop's own
        // thread, and ends before anything else of the loop runs.
        unsafe { &*self.poll.get() }
    }
}

pub(crate) struct Reactor {
    /// None after a `renew` that failed.
    set: Option<Set>,
    events: UnsafeCell<mio::Events>,
    /// Those of `events` that have not been read yet. None once all have been.
    rest: UnsafeCell<Option<mio::event::Iter<'static>>>,
    /// Whether the waker was used since the last wait.
    rung: AtomicBool,
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

fn to_epoll(interest: Interest) -> u32 {
    let mut events = 0;
    for (bit, flag) in [
        (Interest::READABLE, libc::EPOLLIN),
        (Interest::WRITABLE, libc::EPOLLOUT),
        (Interest::PRIORITY, libc::EPOLLPRI),
        (Interest::DISCONNECT, libc::EPOLLRDHUP),
    ] {
        if interest.contains(bit) {
            events |= flag as u32;
        }
    }
    events
}

fn from_mio(event: &mio::event::Event) -> Interest {
    // A sum of products, for which the compiler needs no branches.
    let bit = |said: bool, bit: Interest| u32::from(said) * bit.0;
    let (read_closed, write_closed) = (event.is_read_closed(), event.is_write_closed());
    Interest(
        bit(event.is_readable(), Interest::READABLE)
            | bit(event.is_writable(), Interest::WRITABLE)
            | bit(event.is_priority(), Interest::PRIORITY)
            | bit(read_closed, Interest::DISCONNECT)
            | bit(read_closed & write_closed, Interest::HANGUP)
            | bit(event.is_error(), Interest::ERROR),
    )
}

impl Reactor {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            set: Some(Set::new()?),
            events: UnsafeCell::new(mio::Events::with_capacity(EVENTS)),
            rest: UnsafeCell::new(None),
            rung: AtomicBool::new(false),
        })
    }

    /// Begins anew with an empty set. The old descriptors go first: a process that has
    /// no others left can have them again.
    pub(crate) fn renew(&mut self) -> Result {
        self.set = None;
        self.set = Some(Set::new()?);
        self.rung = AtomicBool::new(false);
        Ok(())
    }

    fn set(&self) -> Result<&Set> {
        self.set.as_ref().ok_or(Errno::BADF)
    }

    /// The epoll descriptor; −1 when there is none.
    pub(crate) fn fd(&self) -> c_int {
        self.set().map_or(-1, |set| set.poll().as_raw_fd())
    }

    /// Makes a poll that waits return; any thread and any signal handler may call.
    pub(crate) fn wake(&self) {
        // It fails only when the descriptor is gone, and then nobody waits on it.
        let _ = self.set().map(|set| set.waker.wake());
        // Last: a wait that forgets this has seen the waker.
        self.rung.store(true, SeqCst);
    }

    /// Whether the descriptor may be ready because of the waker alone.
    pub(crate) fn is_rung(&self) -> bool {
        self.rung.load(SeqCst)
    }

    /// Registers edges of `fd`, or changes which.
    pub(crate) fn edge(&self, fd: c_int, token: usize, interest: Interest, new: bool) -> Result {
        let (registry, token) = (self.set()?.poll().registry(), mio::Token(token));
        let mut source = SourceFd(&fd);
        let done = if new {
            registry.register(&mut source, token, to_mio(interest))
        } else {
            registry.reregister(&mut source, token, to_mio(interest))
        };
        match done.map_err(|e| errno(&e)) {
            Err(Errno::EXIST) if new => self.edge(fd, token.0, interest, false),
            // Somebody took the entry out behind our back, as uvloop does.
            Err(Errno::NOENT) if !new => self.edge(fd, token.0, interest, true),
            done => done,
        }
    }

    /// Registers levels of `fd`, or changes which.
    pub(crate) fn level(&self, fd: c_int, token: usize, interest: Interest, new: bool) -> Result {
        let (events, token) = (to_epoll(interest), token as u64);
        let op = if new {
            libc::EPOLL_CTL_ADD
        } else {
            libc::EPOLL_CTL_MOD
        };
        match fd::epoll_ctl(self.fd(), op, fd, events, token) {
            Err(Errno::EXIST) => self.level(fd, token as usize, interest, false),
            // Somebody took the entry out behind our back, as uvloop does.
            Err(Errno::NOENT) if !new => self.level(fd, token as usize, interest, true),
            done => done,
        }
    }

    /// Whether the kernel can watch `fd` at all.
    pub(crate) fn check(&self, fd: c_int) -> Result {
        let (events, token) = (libc::EPOLLIN as u32, u64::MAX);
        match fd::epoll_ctl(self.fd(), libc::EPOLL_CTL_ADD, fd, events, token) {
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
        let _ = fd::epoll_ctl(self.fd(), libc::EPOLL_CTL_DEL, fd, 0, 0);
    }

    /// Waits for events: `timeout` milliseconds, or for ever when it is negative.
    /// A signal that interrupts the wait is [`Errno::INTR`].
    pub(crate) fn wait(&self, timeout: c_int) -> Result<Polled> {
        // Before the wait: a waker used meanwhile may not have been seen by it.
        if self.is_rung() {
            self.rung.store(false, SeqCst);
        }
        let timeout = u64::try_from(timeout).ok().map(Duration::from_millis);
        let set = self.set()?;
        // SAFETY: this runs on the loop's thread and calls nothing of the loop's, so
        // no other borrow of the poll, its events or their rest exists until it returns.
        let (poll, events, rest) = unsafe {
            (
                &mut *set.poll.get(),
                self.events.get(),
                &mut *self.rest.get(),
            )
        };
        *rest = None;
        // SAFETY: as above; nothing refers to the events any more.
        poll.poll(unsafe { &mut *events }, timeout)
            .map_err(|e| errno(&e))?;
        // SAFETY: the events are not touched while there is an iterator over them, nor do
        // they move: a loop's engine stays where it is from before its first wait.
        let iter = unsafe { &*events }.iter();
        let count = iter.clone().count();
        *rest = Some(iter);
        Ok(Polled {
            count,
            full: count == EVENTS,
        })
    }

    /// Whether events of the last wait may not have been read.
    pub(crate) fn has_unread(&self) -> bool {
        // SAFETY: nobody borrows the iterator, here or in `wait`, for longer than a call
        // takes, and none calls another.
        unsafe { &*self.rest.get() }.is_some()
    }

    /// The next event of the last wait, the waker's own left out.
    pub(crate) fn read(&self) -> Option<Event> {
        // SAFETY: as in `has_unread`.
        let rest = unsafe { &mut *self.rest.get() };
        let event = rest.as_mut()?.find(|event| event.token() != WAKER);
        if event.is_none() {
            *rest = None;
        }
        event.map(|event| Event {
            token: event.token().0,
            ready: from_mio(event),
        })
    }

    /// The token of the event that comes next, the waker's own included.
    pub(crate) fn peek(&self) -> Option<usize> {
        // SAFETY: as in `has_unread`.
        let mut ahead = unsafe { &*self.rest.get() }.clone()?;
        Some(ahead.next()?.token().0)
    }
}
