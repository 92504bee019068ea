//! A watched descriptor: what its handle wants (interest), what the kernel has reported and no
//! call has taken back (readiness), and the events that follow: where the two meet.
//!
//! An *edge-triggered* watcher keeps readiness until a call has shown that it no longer
//! holds (`exhausted`), so starting and stopping to read make no system calls. A
//! *level-triggered* one clears it after each delivery, and the next poll reports it again; a
//! direction without interest stays registered until the kernel next reports it.
//!
//! Connected TCP sockets are edge-triggered, because a short read proves that their buffer is
//! empty. Everything else is level-triggered: on pipes and terminals a short read proves
//! nothing, and a listener accepts one connection a turn.

use super::interest::Interest;
use crate::abi::{uv__io_t, uv__queue, uv_loop_t};
use crate::errno::Result;
use crate::event_loop::queue::container_of;
use crate::event_loop::state::Engine;
use crate::sys::fd;
use core::ffi::c_int;

/// The handler that a watcher's events go to.
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
    /// A child's pidfd.
    Pidfd,
    /// The loop's io_uring.
    Uring,
}

impl Source {
    fn from_bits(bits: usize) -> Self {
        // In numerical order the match compiles to a comparison.
        match bits & 0xff {
            1 => Self::Stream,
            2 => Self::Server,
            3 => Self::Udp,
            4 => Self::Poll,
            5 => Self::Inotify,
            6 => Self::Pidfd,
            7 => Self::Uring,
            _ => Self::None,
        }
    }

    /// Whether events are deferred until all others are dispatched: a child's exit comes after
    /// its output.
    pub(super) fn is_deferred(self) -> bool {
        self == Self::Pidfd
    }
}

// Layout of `uv__io_t::bits`: the source, properties of the descriptor, and from ARMED_SHIFT
// on what the kernel watches.
const TCP: usize = 1 << 8;
const EDGE: usize = 1 << 9;
const NOT_SOCKET: usize = 1 << 10;
const UDP: usize = 1 << 11;
const ARMED_SHIFT: u32 = 16;
// Layout of `uv__io_t::pevents`: the interest, and above it the events that it lets through.
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

    /// Changes the handler that the watcher's events go to.
    pub(crate) fn set_source(&self, source: Source) {
        self.bits.set(self.bits.get() & !0xff | source as usize);
    }

    /// Sets whether the descriptor is a TCP socket, which is edge-triggered unless it listens.
    /// Called before the first `want`.
    pub(crate) fn set_tcp(&self, tcp: bool) {
        self.set_bit(TCP | EDGE, tcp);
    }

    fn set_bit(&self, bit: usize, on: bool) {
        let bits = self.bits.get();
        self.bits.set(if on { bits | bit } else { bits & !bit });
    }

    /// Whether the descriptor is a TCP socket. False until `set_tcp`.
    pub(crate) fn is_tcp(&self) -> bool {
        self.bits.get() & TCP != 0
    }

    /// Whether readiness is kept until a call shows that it no longer holds.
    pub(crate) fn keeps_readiness(&self) -> bool {
        self.bits.get() & EDGE != 0
    }

    /// Makes this the watcher of a listening socket, which is level-triggered. An earlier
    /// registration, which may be edge-triggered, is removed.
    pub(crate) fn set_listening(&self, loop_: &uv_loop_t) {
        if self.source() != Source::Server {
            self.disarm(loop_);
            self.set_source(Source::Server);
            self.set_bit(EDGE, false);
        }
    }

    /// Whether the descriptor is a socket. True until `set_socket`.
    pub(crate) fn is_socket(&self) -> bool {
        self.bits.get() & NOT_SOCKET == 0
    }

    /// Sets whether the descriptor is a socket.
    pub(crate) fn set_socket(&self, socket: bool) {
        self.set_bit(NOT_SOCKET, !socket);
    }

    /// Whether the descriptor is a UDP socket. False until `set_udp`.
    pub(crate) fn is_udp(&self) -> bool {
        self.bits.get() & UDP != 0
    }

    /// Sets whether the descriptor is a UDP socket.
    pub(crate) fn set_udp(&self, udp: bool) {
        self.set_bit(UDP, udp);
    }

    /// What the kernel watches for this watcher.
    pub(super) fn armed(&self) -> Interest {
        Interest((self.bits.get() >> ARMED_SHIFT) as u32)
    }

    pub(super) fn set_armed(&self, armed: Interest) {
        let rest = self.bits.get() & ((1 << ARMED_SHIFT) - 1);
        self.bits.set(rest | (armed.0 as usize) << ARMED_SHIFT);
    }

    /// What the handle wants.
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
    fn reportable(&self) -> Interest {
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

    /// Like `want`, for a handle that will want `next` as well: an edge-triggered descriptor
    /// is registered for both in one call.
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

    /// The events that the handler is to get: those that are ready and that it has an
    /// interest in.
    pub(crate) fn deliverable(&self) -> Interest {
        Interest(self.events.get() & self.reportable().0)
    }

    /// Appends the watcher to the ready list if there is an event to deliver.
    pub(crate) fn queue_if_ready(&self, engine: &Engine) {
        if !self.deliverable().is_empty() {
            self.queue(engine);
        }
    }

    /// Puts the watcher before all others if there is an event to deliver.
    pub(crate) fn requeue_first(&self, engine: &Engine) {
        if !self.deliverable().is_empty() && self.watcher_queue.is_empty() {
            engine.round.push_front(&self.watcher_queue);
        }
    }

    fn queue(&self, engine: &Engine) {
        if self.watcher_queue.is_empty() {
            let list = if self.source().is_deferred() {
                &engine.deferred
            } else {
                &engine.ready
            };
            list.push_back(&self.watcher_queue);
        }
    }

    /// Records an event of the kernel and queues the watcher. Whether the handle has an
    /// interest in it is decided when its turn comes, because another callback may start or
    /// stop the handle before.
    ///
    /// Readiness that no handle was interested in is not an event. libuv has removed such a
    /// descriptor from epoll and sees it one turn after interest returns; do the same.
    pub(crate) fn record(&self, loop_: &uv_loop_t, ready: Interest) {
        let is_repeated = self.keeps_readiness() && self.ready().contains(ready);
        self.keep(ready);
        if is_repeated {
            self.queue_if_ready(loop_.engine());
        } else {
            self.queue(loop_.engine());
        }
    }

    /// Records an event of the kernel and returns the events to deliver now.
    pub(crate) fn record_or_defer(&self, loop_: &uv_loop_t, ready: Interest) -> Interest {
        self.keep(ready);
        if !self.watcher_queue.is_empty() {
            // Another callback has queued the watcher: it is served in the next round.
            return Interest::NONE;
        }
        if self.source().is_deferred() {
            self.queue(loop_.engine());
            return Interest::NONE;
        }
        self.take_events(loop_)
    }

    fn keep(&self, ready: Interest) {
        let kept = if self.keeps_readiness() {
            self.ready()
        } else {
            Interest::NONE
        };
        self.events.set(kept.union(ready).0);
    }

    /// A call on `side` returned EAGAIN, or stopped early where that proves nothing.
    ///
    /// A level-triggered registration reports what is left in the next poll. An
    /// edge-triggered one does not: the kernel owes no edge for what is still there, and an
    /// EAGAIN may be spurious. So ask the kernel for the present state. The call has taken
    /// any error of the socket, whichever side it was on.
    #[inline(never)]
    pub(crate) fn recheck(&self, loop_: &uv_loop_t, side: Interest) {
        self.exhausted(side.union(Interest::ERROR));
        if !self.keeps_readiness() {
            return;
        }
        match fd::poll_now(self.fd.get(), side.to_kernel() as i16) {
            Ok(now) => {
                let left = Interest::from_kernel(now as u32).only(side);
                self.events.set(self.ready().union(left).0);
            }
            // A filter refuses poll(2). A changed registration reports the state once more.
            Err(_) => {
                let _ = self.arm(loop_, self.armed());
            }
        }
    }

    /// The kernel reported what the handle has no interest in.
    #[cold]
    #[inline(never)]
    fn drop_unwanted(&self, loop_: &uv_loop_t) {
        if !self.keeps_readiness() {
            self.events.set(0);
            self.rearm_wanted(loop_);
        }
    }

    /// Narrows a level-triggered registration to the interest, or removes it.
    fn rearm_wanted(&self, loop_: &uv_loop_t) {
        // A failure leaves the wider registration, which only costs a wake-up.
        if self.interest().is_empty() {
            self.disarm(loop_);
        } else {
            let _ = self.arm(loop_, self.interest());
        }
    }

    /// Returns the events to deliver. Level-triggered readiness is cleared: the next poll
    /// reports it again while it lasts and the handle has an interest in it.
    pub(crate) fn take_events(&self, loop_: &uv_loop_t) -> Interest {
        let events = self.deliverable();
        if events.is_empty() {
            self.drop_unwanted(loop_);
        } else if !self.keeps_readiness() {
            self.events.set(0);
        }
        events
    }

    /// Queues the watcher for the pending phase, which calls its handler without readiness.
    pub(crate) fn feed(&self, loop_: &uv_loop_t) {
        if self.pending_queue.is_empty() {
            loop_.pending_queue.push_back(&self.pending_queue);
        }
    }
}

/// The watcher with this link in the ready list.
pub(crate) fn from_ready_link(link: *mut uv__queue) -> *mut uv__io_t {
    container_of!(link, uv__io_t, watcher_queue)
}

/// The watcher with this link in the pending queue.
pub(crate) fn from_pending_link(link: *mut uv__queue) -> *mut uv__io_t {
    container_of!(link, uv__io_t, pending_queue)
}
