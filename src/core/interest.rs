//! The small sets that readiness is kept in.

use crate::abi::{UV_DISCONNECT, UV_PRIORITIZED, UV_READABLE, UV_WRITABLE};

/// Directions and conditions of a descriptor, as a handle wants them (interest) or
/// as the kernel has reported them (ready). The first four are libuv's events, by the
/// same numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Interest(pub(crate) u32);

impl Interest {
    pub(crate) const NONE: Self = Self(0);
    /// Bytes, a connection or an end of file can be read.
    pub(crate) const READABLE: Self = Self(UV_READABLE);
    /// A write would be taken, or a connect has ended.
    pub(crate) const WRITABLE: Self = Self(UV_WRITABLE);
    /// The peer will send no more.
    pub(crate) const DISCONNECT: Self = Self(UV_DISCONNECT);
    /// Urgent data.
    pub(crate) const PRIORITY: Self = Self(UV_PRIORITIZED);
    /// Both directions are gone. Never asked for, always reported.
    pub(crate) const HANGUP: Self = Self(16);
    /// An error waits. Never asked for, always reported.
    pub(crate) const ERROR: Self = Self(32);

    /// All that a handle can ask for.
    pub(crate) const EVENTS: Self = Self::READABLE.union(Self::WRITABLE).union(Self::VAGUE);
    /// What mio's events do not always tell from bytes to be read.
    pub(crate) const VAGUE: Self = Self::PRIORITY.union(Self::DISCONNECT);

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

    /// Whether a report says all there was to say: bytes to be read, beside which mio
    /// tells of urgent data and of a peer that has closed.
    pub(crate) const fn is_clear(self) -> bool {
        self.without(Self::WRITABLE).0 == Self::READABLE.0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What a handle with this interest is told of: what it asked for, and the hang-up
    /// or error that bears on it.
    pub(crate) const fn heard(self) -> Self {
        if self.is_empty() {
            return Self::NONE;
        }
        let heard = self.union(Self::HANGUP).union(Self::ERROR);
        if self.contains(Self::READABLE) {
            heard.union(Self::DISCONNECT)
        } else {
            heard
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Interest;

    #[test]
    fn a_half_closed_peer_is_no_news_to_a_writer() {
        assert!(!Interest::WRITABLE.heard().contains(Interest::DISCONNECT));
        assert!(Interest::READABLE.heard().contains(Interest::DISCONNECT));
    }

    #[test]
    fn hang_up_and_error_reach_whoever_wants_anything() {
        let failures = Interest::HANGUP.union(Interest::ERROR);
        assert_eq!(
            Interest::WRITABLE.heard(),
            Interest::WRITABLE.union(failures)
        );
        assert!(Interest::NONE.heard().is_empty());
    }
}
