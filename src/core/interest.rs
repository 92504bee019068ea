//! The small sets that readiness is kept in.

/// Directions and conditions of a descriptor, as a handle wants them (interest) or
/// as the kernel has reported them (ready).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Interest(pub(crate) u32);

impl Interest {
    pub(crate) const NONE: Self = Self(0);
    /// Bytes, a connection or an end of file can be read.
    pub(crate) const READABLE: Self = Self(1);
    /// A write would be taken, or a connect has ended.
    pub(crate) const WRITABLE: Self = Self(2);
    /// Urgent data.
    pub(crate) const PRIORITY: Self = Self(4);
    /// The peer will send no more.
    pub(crate) const DISCONNECT: Self = Self(8);
    /// Both directions are gone. Never asked for, always reported.
    pub(crate) const HANGUP: Self = Self(16);
    /// An error waits. Never asked for, always reported.
    pub(crate) const ERROR: Self = Self(32);

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

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The part of this ready set that is news to a handle with interest `wanted`:
    /// what it asked for, and the hang-up or error that bears on it.
    pub(crate) const fn met_by(self, wanted: Self) -> Self {
        if wanted.is_empty() {
            return Self::NONE;
        }
        let mut news = self.0 & (wanted.0 | Self::HANGUP.0 | Self::ERROR.0);
        if wanted.contains(Self::READABLE) {
            news |= self.0 & Self::DISCONNECT.0;
        }
        Self(news)
    }
}

#[cfg(test)]
mod tests {
    use super::Interest;

    #[test]
    fn a_half_closed_peer_is_no_news_to_a_writer() {
        let ready = Interest::DISCONNECT.union(Interest::READABLE);
        assert!(ready.met_by(Interest::WRITABLE).is_empty());
        assert_eq!(ready.met_by(Interest::READABLE), ready);
    }

    #[test]
    fn hang_up_and_error_reach_whoever_wants_anything() {
        let ready = Interest::HANGUP.union(Interest::ERROR);
        assert_eq!(ready.met_by(Interest::WRITABLE), ready);
        assert!(ready.met_by(Interest::NONE).is_empty());
    }
}
