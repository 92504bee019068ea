//! Signal handles: starting and stopping them, and delivering to them, after the descriptors of a
//! poll, the signals that were caught before it ended.

use super::{Signals, handles};
use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSED, SIGNAL_CALLED, SIGNAL_ONE_SHOT};
use crate::event_loop::queue::container_of;
use core::ffi::c_int;

/// The position of a handle in the list of its signal.
pub(super) type Rank = (bool, usize);

/// The handle that has this link.
pub(super) fn of_link(link: *mut uv__queue) -> *mut uv_signal_t {
    container_of!(link, uv_signal_t, tree_entry)
}

impl uv_signal_t {
    /// Initialises the handle, and the loop's part in the registry if it has none.
    pub(crate) fn init(&self, loop_: &uv_loop_t) -> Result {
        loop_.engine().signals.register_loop()?;
        self.prepare(loop_);
        Ok(())
    }

    /// Initialises the handle. The loop need not be registered before the handle is started.
    pub(crate) fn prepare(&self, loop_: &uv_loop_t) {
        loop_.engine().signals.remove_overwritten(self);
        self.base.init(loop_, UV_SIGNAL);
        self.signal_cb.set(None);
        self.signum.set(0);
        self.link().init();
        self.set_watched(0);
        self.set_since(0);
        self.set_due(0, 0);
        self.caught_signals.set(0);
        self.dispatched_signals.set(0);
    }

    /// Watches `signum`; with `once` until it is caught.
    pub(crate) fn start(&self, callback: uv_signal_cb, signum: c_int, once: bool) -> Result {
        if signum == 0 || self.is_closing() {
            return Err(Errno::INVAL);
        }
        if signum == self.signum.get() {
            self.signal_cb.set(callback);
            return Ok(());
        }
        self.stop();
        self.signals().add(self, signum, once)?;
        self.signal_cb.set(callback);
        self.base.start();
        Ok(())
    }

    /// Stops watching.
    pub(crate) fn stop(&self) {
        if self.signum.get() != 0 {
            self.signals().remove(self);
            self.base.stop();
        }
    }

    /// Whether the close callback must wait: until the loop has taken the signals that the handle
    /// is owed from the queue, and until the handle's callback has returned, which may run the
    /// loop. If so, the handle is queued for the next closing phase.
    pub(crate) fn postpones_close(&self) -> bool {
        if !self.has(SIGNAL_CALLED) && self.signals().owed(self) == 0 {
            self.link().remove();
            return false;
        }
        self.clear(CLOSED);
        self.make_close_pending();
        true
    }

    fn signals(&self) -> &Signals {
        &self.loop_().engine().signals
    }

    /// The handle's link, in the memory of libuv's tree node.
    pub(super) fn link(&self) -> &uv__queue {
        const { assert!(align_of::<uv__queue>() == align_of::<uv__signal_node>()) };
        // SAFETY: the node begins with two cells of pointers, which is what a link is.
        unsafe { &*(&raw const self.tree_entry).cast() }
    }

    pub(super) fn rank(&self) -> Rank {
        let address = core::ptr::from_ref(self).addr();
        (self.has(SIGNAL_ONE_SHOT), address)
    }

    // The rest of the tree node holds the signal that was watched last, also after a stop, and
    // the sequence number from which on it has been watched.
    pub(super) fn watched(&self) -> c_int {
        self.tree_entry.rbe_color.get()
    }

    pub(super) fn set_watched(&self, signum: c_int) {
        self.tree_entry.rbe_color.set(signum);
    }

    fn since(&self) -> u32 {
        self.tree_entry.rbe_parent.get().addr() as u32
    }

    pub(super) fn set_since(&self, sequence: u32) {
        let word = core::ptr::without_provenance_mut(sequence as usize);
        self.tree_entry.rbe_parent.set(word);
    }

    // Two scratch words of the handle hold how often it is to be called in a delivery, and the
    // delivery's sequence number, which invalidates the count of an earlier delivery.
    fn due(&self, sequence: u32) -> u32 {
        let [count, of, ..] = self.u.reserved().each_ref().map(|w| w.get().addr() as u32);
        if of == sequence { count } else { 0 }
    }

    fn set_due(&self, sequence: u32, count: u32) {
        for (at, number) in [count, sequence].into_iter().enumerate() {
            let word = core::ptr::without_provenance_mut(number as usize);
            self.u.reserved()[at].set(word);
        }
    }

    /// Calls the callback. `postpones_close` keeps the handle alive until it returns.
    fn call(&self, signum: c_int) {
        let is_nested = self.has(SIGNAL_CALLED);
        self.set(SIGNAL_CALLED);
        if let Some(callback) = self.signal_cb.get() {
            // SAFETY: the handle is active, and its memory outlives the callback.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), signum) };
        }
        if self.has(SIGNAL_ONE_SHOT) {
            self.stop();
        }
        if !is_nested {
            self.clear(SIGNAL_CALLED);
        }
    }

    /// Counts a signal as dispatched if the handle is owed it, and makes the handle due in the
    /// delivery `outermost`.
    fn dispatch(&self, signum: c_int, sequence: u32, outermost: u32) {
        let watched_before = (sequence.wrapping_sub(self.since()) as i32) > 0;
        if self.watched() == signum && self.signals().owed(self) > 0 && watched_before {
            let dispatched = &self.dispatched_signals;
            dispatched.set(dispatched.get().wrapping_add(1));
            self.set_due(outermost, self.due(outermost) + 1);
        }
    }
}

impl uv_loop_t {
    /// Calls the handles that watch the signals in the queue.
    #[inline(never)]
    pub(crate) fn deliver_signals(&self) {
        let signals = &self.engine().signals;
        self.end_wait();
        // In batches of libuv's size: signals that callbacks raise wait for the next turn, unless
        // the batch was full.
        let mut numbers = [0; 32];
        loop {
            let (count, mut sequence) = signals.take(&mut numbers);
            for number in &numbers[..count] {
                self.deliver_signal(c_int::from(*number), sequence);
                sequence = sequence.wrapping_add(1);
            }
            if count < numbers.len() {
                return;
            }
        }
    }

    /// Calls the handles that watch the signal. A callback that runs the loop may deliver the
    /// next signal first: handles that the outer delivery has not called yet are called twice.
    fn deliver_signal(&self, signum: c_int, sequence: u32) {
        let signals = &self.engine().signals;
        let outer = signals.dispatching.get();
        let outermost = outer.unwrap_or(sequence);
        signals.dispatching.set(Some(outermost));
        let stopped = handles(&signals.owing);
        let concerned = stopped.chain(signals.watching(signum));
        concerned.for_each(|handle| handle.dispatch(signum, sequence, outermost));
        // A callback may start, stop or close any handle. If the handle is still in its position,
        // the search goes on from there, else from the front.
        let (mut rank, mut last) = ((false, 0), None);
        loop {
            signals.sort_handles(signum);
            let mut behind = signals.behind(signum, rank, last);
            let Some(handle) = behind.find(|handle| handle.due(outermost) > 0) else {
                break;
            };
            rank = handle.rank();
            handle.set_due(outermost, handle.due(outermost) - 1);
            handle.call(signum);
            let stayed = handle.signum.get() == signum && handle.rank() == rank;
            last = stayed.then_some(handle);
        }
        signals.dispatching.set(outer);
    }

    /// Releases the loop's signals; the loop closes.
    pub(crate) fn end_signals(&self) {
        self.child_watcher.stop();
        self.engine().signals.close();
    }
}
