//! Epoll sets, and the eventfd that wakes a wait on one.

use crate::errno::{Errno, Result};
use crate::sys::call::Refusable;
use crate::sys::{call, call_retry, clock, fd};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::ptr::null;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Waits for events of an epoll set: `timeout` milliseconds, or for ever when it is negative.
/// Returns the number of `events` that the kernel has written. If a filter refuses epoll_pwait,
/// calls epoll_wait.
pub(crate) fn epoll_pwait(
    epoll: c_int,
    events: &mut [MaybeUninit<libc::epoll_event>],
    timeout: c_int,
) -> Result<usize> {
    let (place, len) = (events.as_mut_ptr().cast(), events.len() as c_int);
    static EPOLL_PWAIT: Refusable = Refusable::new();
    let waited = EPOLL_PWAIT.or(
        // SAFETY: `place` has space for `len` events; a null mask changes none.
        || call!(unsafe { libc::epoll_pwait(epoll, place, len, timeout, null()) }),
        // SAFETY: `place` has space for `len` events.
        || call!(unsafe { libc::epoll_wait(epoll, place, len, timeout) }),
    );
    waited.map(|count| count as usize)
}

/// Waits as `epoll_pwait` does, for `timeout` nanoseconds. If the kernel or a filter refuses
/// epoll_pwait2, waits in ppoll; if that is refused as well, in epoll_pwait for whole
/// milliseconds. Returns `EINTR` if a wait has ended early without an event.
pub(crate) fn epoll_pwait2(
    epoll: c_int,
    events: &mut [MaybeUninit<libc::epoll_event>],
    timeout: u64,
) -> Result<usize> {
    static EPOLL_PWAIT2: Refusable = Refusable::new();
    let (place, len) = (events.as_mut_ptr(), events.len() as c_int);
    let time = clock::timespec(timeout);
    let mask = null::<libc::sigset_t>();
    EPOLL_PWAIT2.or(
        || {
            let number = libc::SYS_epoll_pwait2;
            // SAFETY: `place` has space for `len` events, and `time` has the kernel's layout; the
            // mask is null.
            call!(unsafe { libc::syscall(number, epoll, place, len, &raw const time, mask, 8) })
                .map(|count| count as usize)
        },
        || wait_by_fallback(epoll, events, &time),
    )
}

/// Waits without epoll_pwait2.
#[cold]
fn wait_by_fallback(
    epoll: c_int,
    events: &mut [MaybeUninit<libc::epoll_event>],
    time: &libc::timespec,
) -> Result<usize> {
    static PPOLL: Refusable = Refusable::new();
    match PPOLL.or(|| wait_readable(epoll, time).map(Some), || Ok(None))? {
        None => wait_in_milliseconds(epoll, events, time),
        Some(is_readable) => match epoll_pwait(epoll, events, 0)? {
            // Another thread has consumed the event.
            0 if is_readable => Err(Errno::INTR),
            count => Ok(count),
        },
    }
}

/// Waits until `fd` is readable or the time is over; returns whether it is readable.
fn wait_readable(fd: c_int, time: &libc::timespec) -> Result<bool> {
    let mut entry = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `entry` is one pollfd, and `time` a timespec; the mask is null.
    call!(unsafe { libc::ppoll(&mut entry, 1, time, null()) }).map(|count| count > 0)
}

/// Waits for the whole milliseconds of the time; sleeps if it is shorter than one.
fn wait_in_milliseconds(
    epoll: c_int,
    events: &mut [MaybeUninit<libc::epoll_event>],
    time: &libc::timespec,
) -> Result<usize> {
    let milliseconds = time.tv_sec.saturating_mul(1000) + time.tv_nsec / 1_000_000;
    if milliseconds == 0 {
        // SAFETY: `time` is a timespec; the remaining time is not wanted.
        call!(unsafe { libc::nanosleep(time, core::ptr::null_mut()) })?;
        return epoll_pwait(epoll, events, 0);
    }
    let milliseconds = c_int::try_from(milliseconds).unwrap_or(c_int::MAX);
    match epoll_pwait(epoll, events, milliseconds)? {
        // Less than a millisecond is left.
        0 => Err(Errno::INTR),
        count => Ok(count),
    }
}

/// Adds, changes or removes a descriptor of an epoll set.
pub(crate) fn epoll_ctl(epoll: c_int, op: c_int, fd: c_int, events: u32, token: u64) -> Result {
    let mut event = libc::epoll_event { events, u64: token };
    // SAFETY: `event` is an epoll_event.
    call_retry!(unsafe { libc::epoll_ctl(epoll, op, fd, &mut event) }).map(drop)
}

/// The waker of a loop: an eventfd that is registered edge-triggered in the loop's epoll set and
/// never read. Each write is a new edge, whatever the counter is.
pub(crate) struct Waker {
    epoll: c_int,
    eventfd: OwnedFd,
    token: u64,
}

const EDGE_OF_WRITES: u32 = (libc::EPOLLIN | libc::EPOLLET) as u32;
const READY_NOW: u32 = EDGE_OF_WRITES | libc::EPOLLOUT as u32;

impl Waker {
    pub(crate) fn new(epoll: c_int, token: u64) -> Result<Self> {
        // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
        let fd = call!(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
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
        epoll_ctl(self.epoll, op, eventfd, events, self.token)
    }

    /// Wakes the loop. May be called from any thread and from a signal handler.
    ///
    /// A write that fails, because a filter refuses it or the counter is full, makes no edge.
    /// Then the registration is changed, for which the kernel reports what is ready, and an
    /// eventfd is always writable.
    pub(crate) fn wake(&self) -> Result {
        fd::write(self.eventfd.as_raw_fd(), &1u64.to_ne_bytes())
            .map(drop)
            .or_else(|_| self.register(libc::EPOLL_CTL_MOD, READY_NOW))
    }
}

// The bits of poll(2) and of epoll are the same.
const _: () = {
    assert!(libc::EPOLLIN == libc::POLLIN as c_int);
    assert!(libc::EPOLLPRI == libc::POLLPRI as c_int);
    assert!(libc::EPOLLOUT == libc::POLLOUT as c_int);
    assert!(libc::EPOLLERR == libc::POLLERR as c_int);
    assert!(libc::EPOLLHUP == libc::POLLHUP as c_int);
    assert!(libc::EPOLLRDHUP == libc::POLLRDHUP as c_int);
};
