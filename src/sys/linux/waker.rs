//! Makes a poll of the loop's epoll set return: an eventfd that is registered for edges and
//! never read. Each write is a new edge, whatever the counter says.

use crate::errno::Result;
use crate::sys::{epoll, eventfd};
use core::ffi::c_int;
use std::os::fd::{AsRawFd, OwnedFd};

pub(crate) struct Waker {
    epoll: c_int,
    eventfd: OwnedFd,
    token: u64,
}

const EDGE_OF_WRITES: u32 = (libc::EPOLLIN | libc::EPOLLET) as u32;
const READY_NOW: u32 = EDGE_OF_WRITES | libc::EPOLLOUT as u32;

impl Waker {
    pub(crate) fn new(epoll: c_int, token: u64) -> Result<Self> {
        let waker = Self {
            epoll,
            eventfd: eventfd::new()?,
            token,
        };
        waker.register(libc::EPOLL_CTL_ADD, EDGE_OF_WRITES)?;
        Ok(waker)
    }

    fn register(&self, op: c_int, events: u32) -> Result {
        let eventfd = self.eventfd.as_raw_fd();
        epoll::epoll_ctl(self.epoll, op, eventfd, events, self.token)
    }

    /// Wakes the loop. May be called from any thread and from a signal handler.
    ///
    /// A write that fails, because a filter refuses it or the counter is full, makes no edge.
    /// An eventfd can always be written to, though, and changing a registration has the
    /// kernel report what is ready by then.
    pub(crate) fn wake(&self) -> Result {
        eventfd::signal(self.eventfd.as_raw_fd())
            .or_else(|_| self.register(libc::EPOLL_CTL_MOD, READY_NOW))
    }
}
