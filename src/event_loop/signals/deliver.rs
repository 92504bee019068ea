//! Signals that have arrived are delivered: after the descriptors of a poll, each to the
//! handles that watch it.

use super::Signals;
use crate::abi::{uv_loop_t, uv_signal_t};
use crate::event_loop::flags::{SIGNAL_CALLED, SIGNAL_ONE_SHOT};
use core::ffi::c_int;

impl uv_signal_t {
    pub(crate) fn signals(&self) -> &Signals {
        &self.loop_().engine().signals
    }

    // The rest of libuv's tree node holds the signal watched last, for a stopped
    // handle too, and the arrival since which it has been.
    pub(crate) fn watched(&self) -> c_int {
        self.tree_entry.rbe_color.get()
    }

    pub(crate) fn set_watched(&self, signum: c_int) {
        self.tree_entry.rbe_color.set(signum);
    }

    fn since(&self) -> u32 {
        self.tree_entry.rbe_parent.get().addr() as u32
    }

    pub(crate) fn set_since(&self, arrival: u32) {
        let word = core::ptr::without_provenance_mut(arrival as usize);
        self.tree_entry.rbe_parent.set(word);
    }

    // Two scratch words of the handle say how often it is to be called, and for which
    // arrival's sake: what is left of another one's is void.
    fn due(&self, arrival: u32) -> u32 {
        let [count, of, ..] = self.u.reserved().each_ref().map(|w| w.get().addr() as u32);
        if of == arrival { count } else { 0 }
    }

    pub(crate) fn set_due(&self, arrival: u32, count: u32) {
        for (at, number) in [count, arrival].into_iter().enumerate() {
            let word = core::ptr::without_provenance_mut(number as usize);
            self.u.reserved()[at].set(word);
        }
    }

    /// Stops watching.
    pub(crate) fn stop(&self) {
        if self.signum.get() != 0 {
            self.signals().remove(self);
            self.base.stop();
        }
    }

    /// Calls back. The handle lives on until this is over, see `postpones_close`.
    fn call(&self, signum: c_int) {
        let is_called = self.has(SIGNAL_CALLED);
        self.set(SIGNAL_CALLED);
        if let Some(callback) = self.signal_cb.get() {
            // SAFETY: the handle is started, and its memory outlives the callback.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), signum) };
        }
        if self.has(SIGNAL_ONE_SHOT) {
            self.stop();
        }
        if !is_called {
            self.clear(SIGNAL_CALLED);
        }
    }

    /// Counts an arrival as seen if the handle is owed it, and has it called.
    fn account(&self, signum: c_int, arrival: u32, outermost: u32) {
        let old_enough = (arrival.wrapping_sub(self.since()) as i32) > 0;
        if self.watched() == signum && self.signals().owed(self) > 0 && old_enough {
            let seen = &self.dispatched_signals;
            seen.set(seen.get().wrapping_add(1));
            self.set_due(outermost, self.due(outermost) + 1);
        }
    }
}

impl uv_loop_t {
    /// Serves the signals, if any had arrived when the poll ended; says whether.
    pub(crate) fn serve_signals(&self) -> bool {
        let signals = &self.engine().signals;
        let noticed = signals.take_notice();
        if noticed {
            self.deliver_queued();
        }
        noticed
    }

    #[inline(never)]
    fn deliver_queued(&self) {
        let signals = &self.engine().signals;
        self.end_wait();
        // In batches of libuv's size: what callbacks raise has to wait, unless a batch
        // was full.
        let mut numbers = [0; 32];
        loop {
            let (count, mut arrival) = signals.take(&mut numbers);
            for number in &numbers[..count] {
                self.dispatch_signal(c_int::from(*number), arrival);
                arrival = arrival.wrapping_add(1);
            }
            if count < numbers.len() {
                return;
            }
        }
    }

    /// Calls the handles that watch the signal. A callback that runs the loop may have
    /// the next one served meanwhile: those whose turn is still to come get both.
    fn dispatch_signal(&self, signum: c_int, arrival: u32) {
        let signals = &self.engine().signals;
        let around = signals.dispatching.get();
        let outermost = around.unwrap_or(arrival);
        signals.dispatching.set(Some(outermost));
        let concerned = signals.concerned(signum);
        concerned.for_each(|handle| handle.account(signum, arrival, outermost));
        // A callback may start, stop or close any handle. A handle that is still where it
        // was leads to the next one; if it is not, the search begins anew.
        let (mut place, mut last) = ((false, 0), None);
        loop {
            signals.put_in_order(signum);
            let mut behind = signals.behind(signum, place, last);
            let Some(handle) = behind.find(|handle| handle.due(outermost) > 0) else {
                break;
            };
            place = handle.place();
            handle.set_due(outermost, handle.due(outermost) - 1);
            handle.call(signum);
            let stayed = handle.signum.get() == signum && handle.place() == place;
            last = stayed.then_some(handle);
        }
        signals.dispatching.set(around);
    }
}
