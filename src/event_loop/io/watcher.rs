//! A watched descriptor: what its handle wants (interest), and what the kernel has reported
//! and no call has taken back (readiness). `readiness.rs` delivers where the two meet.
//!
//! An *edge-triggered* watcher keeps readiness until a call has shown that it no longer
//! holds (`exhausted`), so starting and stopping to read make no system calls. A
//! *level-triggered* one clears it after each delivery, and the next poll reports it again; a
//! direction without interest stays registered until the kernel next reports it.
//!
//! Connected TCP sockets are edge-triggered, because a short read proves that their buffer is
//! empty. Everything else is level-triggered: on pipes and terminals a short read proves
//! nothing, and a listener accepts one connection a turn.

use crate::abi::{uv__io_t, uv_loop_t};
use crate::errno::{Errno, Result};
use crate::event_loop::io::fd_table::token;
use crate::event_loop::io::interest::Interest;
use core::ffi::c_int;

/// The kind of handler that a watcher's events go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Source {
    /// None.
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

    /// Children are served after everything else.
    pub(super) fn is_deferred(self) -> bool {
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
// The layout of `uv__io_t::pevents`: the interest, and above it the events that it gets.
const REPORTABLE_SHIFT: u32 = 16;

impl uv__io_t {
    /// Initialises a watcher without interest.
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

    /// Sets whether the descriptor is a TCP socket, which is edge-triggered unless it listens.
    /// To be called before the first `want`.
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

    /// Whether readiness is kept until a call shows that it no longer holds.
    pub(crate) fn keeps_readiness(&self) -> bool {
        self.bits.get() & EDGE != 0
    }

    /// Makes this the watcher of a listening socket, which is level-triggered. An earlier
    /// registration, which may be edge-triggered, is removed.
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
        Interest(self.pevents.get() & ((1 << REPORTABLE_SHIFT) - 1))
    }

    fn set_interest(&self, interest: Interest) {
        self.pevents
            .set(interest.0 | interest.reportable().0 << REPORTABLE_SHIFT);
    }

    /// The readiness: what the kernel has reported and no call has taken back.
    pub(crate) fn ready(&self) -> Interest {
        Interest(self.events.get())
    }

    /// The events that the interest lets through.
    pub(super) fn reportable(&self) -> Interest {
        Interest(self.pevents.get() >> REPORTABLE_SHIFT)
    }

    /// Whether any of `interest` is wanted.
    pub(crate) fn wants(&self, interest: Interest) -> bool {
        self.interest().intersects(interest)
    }

    /// Clears readiness, after a call has proved that the next one would return EAGAIN: the
    /// kernel reports an edge for the next byte, or the next room. An EAGAIN itself proves
    /// nothing, see `recheck`.
    pub(crate) fn exhausted(&self, what: Interest) {
        self.events.set(self.ready().without(what).0);
    }

    /// Adds to the interest and registers what the kernel does not watch yet.
    pub(crate) fn want(&self, loop_: &uv_loop_t, interest: Interest) -> Result {
        self.want_before(loop_, interest, Interest::NONE)
    }

    /// The same where an interest in `next` will follow: an edge-triggered descriptor is
    /// registered for both in one call.
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
        self.queue_if_ready(loop_.engine());
        Ok(())
    }

    /// Adds an interest in what is ready already: the next poll delivers it, without a system
    /// call. The kernel is not asked to report more of it.
    pub(crate) fn want_ready(&self, loop_: &uv_loop_t, interest: Interest) {
        self.add_interest(loop_, interest);
        self.events.set(self.ready().union(interest).0);
        if self.watcher_queue.is_empty() {
            loop_.engine().requeued.push_back(&self.watcher_queue);
        }
    }

    fn add_interest(&self, loop_: &uv_loop_t, interest: Interest) {
        if self.interest().is_empty() {
            loop_.nfds.set(loop_.nfds.get() + 1);
        }
        self.set_interest(self.interest().union(interest));
    }

    /// Removes from the interest, without a system call. A queued watcher stays queued: its
    /// handle may add the interest again before its turn comes.
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
            self.enter_fd_table(loop_)?;
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
            Err(_) if new => loop_.set_watcher_at(fd, core::ptr::null_mut()),
            Err(_) => {}
        }
        registered
    }

    /// Makes the kernel's earlier events for this watcher recognisable as old, before it is
    /// armed again.
    pub(crate) fn renew_generation(&self, loop_: &uv_loop_t) {
        self.generation.set(loop_.engine().next_generation());
    }

    /// Stops the kernel from watching the descriptor, and forgets what it said.
    pub(crate) fn disarm(&self, loop_: &uv_loop_t) {
        if !self.armed().is_empty() {
            loop_.engine().reactor().forget(self.fd.get());
            self.leave_fd_table(loop_);
        }
        self.events.set(0);
    }

    fn leave_fd_table(&self, loop_: &uv_loop_t) {
        self.set_armed(loop_, Interest::NONE);
        if loop_.watcher_at(self.fd.get()) == core::ptr::from_ref(self).cast_mut() {
            loop_.set_watcher_at(self.fd.get(), core::ptr::null_mut());
        }
    }

    /// Takes the descriptor's slot in the loop's table. A watcher that still holds
    /// it but wants nothing has had its descriptor closed and reused: it yields.
    fn enter_fd_table(&self, loop_: &uv_loop_t) -> Result {
        loop_.grow_table(self.fd.get())?;
        let holder = loop_.watcher_at(self.fd.get());
        if !holder.is_null() {
            // SAFETY: an fd table entry is cleared before its watcher's handle is closed.
            let holder = unsafe { &*holder };
            if !holder.interest().is_empty() {
                return Err(Errno::EXIST);
            }
            holder.set_armed(loop_, Interest::NONE);
            holder.events.set(0);
        }
        loop_.set_watcher_at(self.fd.get(), core::ptr::from_ref(self).cast_mut());
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
            self.leave_fd_table(loop_);
            return Ok(());
        }
        loop_.set_watcher_at(self.fd.get(), core::ptr::null_mut());
        self.arm(loop_, armed)
    }
}
