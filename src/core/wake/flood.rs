//! Floods: many sends to a handle whose callback does not come to answer them. From then on
//! until it does, the handle is *hot*: a send to it is a load, where one to a pending handle
//! is a locked instruction otherwise.
//!
//! # Ordering
//!
//! The locked instruction is there for its barrier: what the sender wrote before must be
//! visible to the callback, and a mere load could be done while those writes still sit in
//! the processor's store buffer. For a hot handle the loop pays for both sides:
//!
//! ```text
//! sender                       loop
//! writes                       clears PENDING and HOT  (C)
//! reads HOT, is set  (L)       membarrier              (M)
//!                              calls the callback      (K)
//! ```
//!
//! M makes every thread execute a full barrier, at some point X of its own between the
//! beginning and the end of M. The sender's L comes before its X: after it, it would have
//! seen C, which was done when M began. (If HOT was set again after C, it is the next C that
//! this is about.) So its writes come before X too, and are visible when M returns, before K.
//!
//! Nothing is lost either: a handle is hot only while it is pending, so a C is still to come
//! after L, and a callback after that. After its one load a sender does not touch the
//! handle's memory, which the callback may free.
//!
//! # When
//!
//! Senders that find the handle pending count themselves in its word, and the one that finds
//! [`MANY`] before it sets HOT. They have cost about what M may cost on a virtual machine, so
//! that a loop that answers soon, and wants to do so often, never has to make an M.
//!
//! ThreadSanitizer knows nothing of M: its builds have no hot handles.

use super::{BUSY_MASK, COALESCED, HOT};
use crate::abi::uv_async_t;
use crate::sys::barrier;
use core::sync::atomic::Ordering::SeqCst;

/// How many senders must have found a handle pending.
const MANY: i32 = 1000;

/// What a sender adds to the word of a handle that is pending and not hot.
pub(super) fn share(state: i32) -> i32 {
    let count = state >> COALESCED.trailing_zeros();
    let becomes_hot = count == MANY && !cfg!(uv_tsan) && barrier::is_ready();
    if becomes_hot { HOT } else { COALESCED }
}

impl uv_async_t {
    /// The callback is about to run: what is sent from now on asks for another (C), and
    /// what was written before the sends until now becomes visible (M).
    pub(super) fn answer(&self) {
        let was = self.pending.fetch_and(BUSY_MASK, SeqCst);
        if was & HOT != 0 && !barrier::on_all_threads() {
            // Not on a kernel that had promised it. Once more then, in the ordinary way.
            self.send();
        }
    }
}
