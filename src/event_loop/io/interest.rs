//! Sets of directions and conditions of a descriptor.

use crate::abi::{UV_DISCONNECT, UV_PRIORITIZED, UV_READABLE, UV_WRITABLE};
use core::ffi::c_short;

/// Directions and conditions of a descriptor that a handle wants (interest) or that the kernel
/// has reported (readiness). The first four have the values of libuv's events.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Interest(pub(crate) u32);

/// The bits of this type and those of `poll(2)`, which are also epoll's (`sys/linux/epoll.rs`).
const KERNEL: [(Interest, c_short); 6] = [
    (Interest::READABLE, libc::POLLIN),
    (Interest::WRITABLE, libc::POLLOUT),
    (Interest::PRIORITY, libc::POLLPRI),
    (Interest::DISCONNECT, libc::POLLRDHUP),
    (Interest::HANGUP, libc::POLLHUP),
    (Interest::ERROR, libc::POLLERR),
];

impl Interest {
    pub(crate) const NONE: Self = Self(0);
    /// A read or an accept does not block.
    pub(crate) const READABLE: Self = Self(UV_READABLE);
    /// A write does not block, or a connect has finished.
    pub(crate) const WRITABLE: Self = Self(UV_WRITABLE);
    /// The peer will send no more.
    pub(crate) const DISCONNECT: Self = Self(UV_DISCONNECT);
    /// Urgent data.
    pub(crate) const PRIORITY: Self = Self(UV_PRIORITIZED);
    /// Both directions are closed. Reported to every interest.
    pub(crate) const HANGUP: Self = Self(16);
    /// The socket has an error. Reported to every interest.
    pub(crate) const ERROR: Self = Self(32);

    /// Everything that a handle can want.
    pub(crate) const EVENTS: Self = Self::READABLE
        .union(Self::WRITABLE)
        .union(Self::PRIORITY)
        .union(Self::DISCONNECT);

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kernel's bits for what a handle wants.
    pub(crate) fn to_kernel(self) -> u32 {
        KERNEL
            .iter()
            .filter(|(bit, _)| self.intersects(*bit))
            .fold(0, |events, (_, flag)| events | *flag as u32)
    }

    /// What the kernel's bits report.
    pub(crate) fn from_kernel(events: u32) -> Self {
        // Written as a sum of products, which compiles without branches.
        let bits = KERNEL.map(|(bit, flag)| u32::from(events & flag as u32 != 0) * bit.0);
        Self(bits.iter().fold(0, |all, bit| all | bit))
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The events that a handle with this interest gets: those it asked for, and the hang-up
    /// or error that concerns them.
    pub(crate) const fn reportable(self) -> Self {
        if self.is_empty() {
            return Self::NONE;
        }
        let events = self.union(Self::HANGUP).union(Self::ERROR);
        if self.contains(Self::READABLE) {
            events.union(Self::DISCONNECT)
        } else {
            events
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Interest, KERNEL};

    #[test]
    fn each_condition_is_told_from_the_others() {
        for (bit, flag) in KERNEL {
            assert_eq!(Interest::from_kernel(flag as u32), bit);
            assert_eq!(bit.to_kernel(), flag as u32);
        }
        let both = libc::POLLIN | libc::POLLHUP | 0x4000;
        let bits = Interest::READABLE.union(Interest::HANGUP);
        assert_eq!(Interest::from_kernel(both as u32), bits);
    }

    #[test]
    fn a_writer_gets_no_event_for_a_half_closed_peer() {
        assert!(
            !Interest::WRITABLE
                .reportable()
                .contains(Interest::DISCONNECT)
        );
        assert!(
            Interest::READABLE
                .reportable()
                .contains(Interest::DISCONNECT)
        );
    }

    #[test]
    fn any_interest_gets_hang_up_and_error() {
        let failures = Interest::HANGUP.union(Interest::ERROR);
        assert_eq!(
            Interest::WRITABLE.reportable(),
            Interest::WRITABLE.union(failures)
        );
        assert!(Interest::NONE.reportable().is_empty());
    }
}
