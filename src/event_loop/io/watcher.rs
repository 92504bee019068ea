//! Watched descriptors: what a handle wants of one (interest), what the kernel has
//! said of it (ready). Where the two meet there is news (`news.rs`).
//!
//! *Edge* watchers keep readiness: a bit that the kernel reported stays until a
//! call has shown that it no longer holds (`exhausted`), so starting and stopping
//! to read are no system calls. *Level* watchers forget after each delivery and are
//! told again at the next poll; a direction that nobody wants any more is disarmed
//! when the kernel next mentions it, not before.
//!
//! Edges suit connected TCP sockets, where a short read proves the buffer empty.
//! Levels suit the rest: on pipes and terminals a short read proves nothing, and a
//! listener takes one connection a turn.

use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::fd_table::token;
use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::{Errno, Result};
use core::ffi::c_int;

/// Whose handler a watcher's events go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Source {
    /// Nobody's.
    None,
    /// A connected (or connecting) stream.
    Stream,
    /// A listening stream.
    Server,
    /// A UDP socket.
    Udp,
    /// A `uv_poll_t`.
    Poll,
    /// The loop's inotify descriptor.
    Inotify,
    /// A child's pidfd; served after all others.
    Pidfd,
    /// The loop's io_uring.
    Ring,
}

impl Source {
    fn from_bits(bits: usize) -> Self {
        // In the order of their numbers, so that nothing has to be looked up.
        match bits & 0xff {
            1 => Self::Stream,
            2 => Self::Server,
            3 => Self::Udp,
            4 => Self::Poll,
            5 => Self::Inotify,
            6 => Self::Pidfd,
            7 => Self::Ring,
            _ => Self::None,
        }
    }

    /// Children are served when everything else has been.
    pub(super) fn is_late(self) -> bool {
        self == Self::Pidfd
    }
}

// The layout of `uv__io_t::bits`: the source, what the descriptor is and how to register
// it, what is registered.
const TCP: usize = 1 << 8;
const EDGE: usize = 1 << 9;
const NOT_SOCKET: usize = 1 << 10;
const UDP: usize = 1 << 11;
const ARMED_SHIFT: u32 = 16;
// The layout of `uv__io_t::pevents`: the interest, and above it what it lets be heard.
const HEARD_SHIFT: u32 = 16;

impl uv__io_t {
    /// Prepares a watcher that wants nothing yet.
    pub(crate) fn init(&self, source: Source, fd: c_int) {
        self.pending_queue.init();
        self.watcher_queue.init();
        self.bits.set(source as usize);
        self.pevents.set(0);
        self.events.set(0);
        self.fd.set(fd);
        self.generation.set(0);
    }

    pub(crate) fn source(&self) -> Source {
        Source::from_bits(self.bits.get())
    }

    /// Sends the watcher's events to another handler from now on.
    pub(crate) fn set_source(&self, source: Source) {
        self.bits.set(self.bits.get() & !0xff | source as usize);
    }

    /// It is known whether the descriptor is a TCP socket, which is a matter of edges
    /// unless it listens; before the first `want`.
    pub(crate) fn set_tcp(&self, tcp: bool) {
        self.remember(TCP | EDGE, tcp);
    }

    fn remember(&self, bit: usize, on: bool) {
        let bits = self.bits.get();
        self.bits.set(if on { bits | bit } else { bits & !bit });
    }

    /// Whether the descriptor is a TCP socket, as far as is known.
    pub(crate) fn is_tcp(&self) -> bool {
        self.bits.get() & TCP != 0
    }

    /// Whether what the kernel said once holds until a call shows that it does not.
    pub(crate) fn keeps_readiness(&self) -> bool {
        self.bits.get() & EDGE != 0
    }

    /// The descriptor listens from now on, which is a matter of levels. What was
    /// registered before, perhaps for edges, goes.
    pub(crate) fn serve(&self, loop_: &uv_loop_t) {
        if self.source() != Source::Server {
            self.disarm(loop_);
            self.set_source(Source::Server);
            self.remember(EDGE, false);
        }
    }

    /// Whether the descriptor is a socket, as far as is known.
    pub(crate) fn is_socket(&self) -> bool {
        self.bits.get() & NOT_SOCKET == 0
    }

    /// The kernel has said whether the descriptor is a socket.
    pub(crate) fn set_socket(&self, socket: bool) {
        self.remember(NOT_SOCKET, !socket);
    }

    /// Whether the descriptor is known to be a UDP socket.
    pub(crate) fn is_udp(&self) -> bool {
        self.bits.get() & UDP != 0
    }

    /// The kernel has said whether the descriptor is a UDP socket.
    pub(crate) fn set_udp(&self, udp: bool) {
        self.remember(UDP, udp);
    }

    pub(super) fn armed(&self) -> Interest {
        Interest((self.bits.get() >> ARMED_SHIFT) as u32)
    }

    fn set_armed(&self, loop_: &uv_loop_t, armed: Interest) {
        loop_
            .engine()
            .count_registered(self.armed().is_empty(), armed.is_empty());
        let rest = self.bits.get() & ((1 << ARMED_SHIFT) - 1);
        self.bits.set(rest | (armed.0 as usize) << ARMED_SHIFT);
    }

    /// What the handle wants now.
    pub(crate) fn interest(&self) -> Interest {
        Interest(self.pevents.get() & ((1 << HEARD_SHIFT) - 1))
    }

    fn set_interest(&self, interest: Interest) {
        self.pevents
            .set(interest.0 | interest.heard().0 << HEARD_SHIFT);
    }

    /// What the kernel has said and nothing has taken back.
    pub(crate) fn ready(&self) -> Interest {
        Interest(self.events.get())
    }

    /// What the interest lets be heard.
    pub(super) fn heard(&self) -> Interest {
        Interest(self.pevents.get() >> HEARD_SHIFT)
    }

    /// Whether any of `interest` is wanted.
    pub(crate) fn wants(&self, interest: Interest) -> bool {
        self.interest().intersects(interest)
    }

    /// A call has proved that the next one would return EAGAIN: from here on the kernel
    /// owes an edge for the next byte, or the next room. An EAGAIN itself is no such proof
    /// (see `recheck`).
    pub(crate) fn exhausted(&self, what: Interest) {
        self.events.set(self.ready().without(what).0);
    }

    /// Adds to the interest and registers what the kernel does not watch yet.
    pub(crate) fn want(&self, loop_: &uv_loop_t, interest: Interest) -> Result {
        self.want_before(loop_, interest, Interest::NONE)
    }

    /// The same where `next` will be wanted after it: what is a matter of edges is
    /// registered for both at once.
    pub(crate) fn want_before(
        &self,
        loop_: &uv_loop_t,
        interest: Interest,
        next: Interest,
    ) -> Result {
        let wanted = self.interest().union(interest);
        if !self.armed().contains(wanted) {
            let next = if self.keeps_readiness() {
                next
            } else {
                Interest::NONE
            };
            self.arm(loop_, self.armed().union(wanted).union(next))?;
            loop_.engine().interest_changed.set(true);
        }
        self.add_interest(loop_, interest);
        self.enlist(loop_.engine());
        Ok(())
    }

    /// Adds to the interest what is known to be the case: the handler is told in the next
    /// poll, without a system call. What it wants any further it has to ask for.
    pub(crate) fn want_known(&self, loop_: &uv_loop_t, interest: Interest) {
        self.add_interest(loop_, interest);
        self.events.set(self.ready().union(interest).0);
        if self.watcher_queue.is_empty() {
            loop_.engine().known.push_back(&self.watcher_queue);
        }
    }

    fn add_interest(&self, loop_: &uv_loop_t, interest: Interest) {
        if self.interest().is_empty() {
            loop_.nfds.set(loop_.nfds.get() + 1);
        }
        self.set_interest(self.interest().union(interest));
    }

    /// Takes from the interest. No system call. What is listed keeps its place, should its
    /// handle want it again before its turn comes.
    pub(crate) fn unwant(&self, loop_: &uv_loop_t, interest: Interest) {
        let before = self.interest();
        let left = before.without(interest);
        self.set_interest(left);
        if left.is_empty() && !before.is_empty() {
            loop_.nfds.set(loop_.nfds.get() - 1);
        }
    }

    /// Makes the kernel watch exactly `armed`.
    pub(crate) fn arm(&self, loop_: &uv_loop_t, armed: Interest) -> Result {
        let (fd, new) = (self.fd.get(), self.armed().is_empty());
        if fd < 0 {
            return Err(Errno::BADF);
        }
        let engine = loop_.engine();
        if new {
            self.take_slot(loop_)?;
            self.generation.set(engine.next_generation());
        }
        let token = token(fd, self.generation.get());
        let registered = if self.keeps_readiness() {
            engine.reactor().edge(fd, token, armed, new)
        } else {
            engine.reactor().level(fd, token, armed, new)
        };
        match registered {
            Ok(()) => self.set_armed(loop_, armed),
            Err(_) if new => loop_.set_slot(fd, core::ptr::null_mut()),
            Err(_) => {}
        }
        registered
    }

    /// What the kernel has said until now is not for this watcher any more, which is about
    /// to be armed again.
    pub(crate) fn outdate(&self, loop_: &uv_loop_t) {
        self.generation.set(loop_.engine().next_generation());
    }

    /// Stops the kernel from watching the descriptor, and forgets what it said.
    pub(crate) fn disarm(&self, loop_: &uv_loop_t) {
        if !self.armed().is_empty() {
            loop_.engine().reactor().forget(self.fd.get());
            self.vacate(loop_);
        }
        self.events.set(0);
    }

    fn vacate(&self, loop_: &uv_loop_t) {
        self.set_armed(loop_, Interest::NONE);
        if loop_.slot(self.fd.get()) == core::ptr::from_ref(self).cast_mut() {
            loop_.set_slot(self.fd.get(), core::ptr::null_mut());
        }
    }

    /// Takes the descriptor's slot in the loop's table. A watcher that still holds
    /// it but wants nothing has had its descriptor closed and reused: it yields.
    fn take_slot(&self, loop_: &uv_loop_t) -> Result {
        loop_.grow_table(self.fd.get())?;
        let holder = loop_.slot(self.fd.get());
        if !holder.is_null() {
            // SAFETY: a slot is emptied before its watcher's handle is closed.
            let holder = unsafe { &*holder };
            if !holder.interest().is_empty() {
                return Err(Errno::EXIST);
            }
            holder.set_armed(loop_, Interest::NONE);
            holder.events.set(0);
        }
        loop_.set_slot(self.fd.get(), core::ptr::from_ref(self).cast_mut());
        Ok(())
    }

    /// The handle closes. The kernel is told even if the descriptor is about to be
    /// closed: a registration lives as long as any copy of it, and a connection that
    /// was passed to another process would go on waking this one.
    pub(crate) fn close(&self, loop_: &uv_loop_t) {
        self.unwant(loop_, Interest(u32::MAX));
        self.pending_queue.remove();
        self.watcher_queue.remove();
        self.disarm(loop_);
    }

    /// Has the handler run in the loop's pending phase, as if writable.
    pub(crate) fn feed(&self, loop_: &uv_loop_t) {
        if self.pending_queue.is_empty() {
            loop_.pending_queue.push_back(&self.pending_queue);
        }
    }

    /// After a fork: registers anew in a fresh epoll set.
    pub(crate) fn rearm_after_fork(&self, loop_: &uv_loop_t) -> Result {
        let armed = self.armed();
        self.set_armed(loop_, Interest::NONE);
        self.events.set(0);
        if self.interest().is_empty() {
            self.vacate(loop_);
            return Ok(());
        }
        loop_.set_slot(self.fd.get(), core::ptr::null_mut());
        self.arm(loop_, armed)
    }
}
