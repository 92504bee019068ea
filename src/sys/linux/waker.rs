//! The waker of a loop: an eventfd that is registered edge-triggered in the loop's epoll set and
//! never read. Each write is a new edge, whatever the counter is.

use crate::errno::Result;
use crate::sys::{call, call_retry, epoll};
use core::ffi::c_int;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

pub(crate) struct Waker {
    epoll: c_int,
    eventfd: OwnedFd,
    token: u64,
}

const EDGE_OF_WRITES: u32 = (libc::EPOLLIN | libc::EPOLLET) as u32;
const READY_NOW: u32 = EDGE_OF_WRITES | libc::EPOLLOUT as u32;

impl Waker {
    pub(crate) fn new(epoll: c_int, token: u64) -> Result<Self> {
        let fd = call!(eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
        let waker = Self {
            epoll,
            // SAFETY: the call has just opened the descriptor, and nothing else owns it.
            eventfd: unsafe { OwnedFd::from_raw_fd(fd) },
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
    /// Then the registration is changed, for which the kernel reports what is ready, and an
    /// eventfd is always writable.
    pub(crate) fn wake(&self) -> Result {
        let (fd, one) = (self.eventfd.as_raw_fd(), 1u64.to_ne_bytes());
        call_retry!(write(fd, one.as_ptr().cast(), one.len()))
            .map(drop)
            .or_else(|_| self.register(libc::EPOLL_CTL_MOD, READY_NOW))
    }
}
