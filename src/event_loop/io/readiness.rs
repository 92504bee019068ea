//! Where interest and readiness meet: which events a watcher's handler gets, and in which
//! list the watcher waits for its turn.

use crate::abi::{uv__io_t, uv__queue, uv_loop_t};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::event_loop::state::Engine;
use crate::sys::fd;

impl uv__io_t {
    /// The events that the handler is to get: those that are ready and that it has an
    /// interest in.
    fn deliverable(&self) -> Interest {
        Interest(self.events.get() & self.reportable().0)
    }

    /// Appends the watcher to the ready list if there is an event to deliver.
    pub(crate) fn queue_if_ready(&self, engine: &Engine) {
        if !self.deliverable().is_empty() {
            self.queue(engine);
        }
    }

    /// The same, but in front of the watchers whose turn is next.
    pub(crate) fn requeue_first(&self, engine: &Engine) {
        if !self.deliverable().is_empty() && self.watcher_queue.is_empty() {
            engine.serving.push_front(&self.watcher_queue);
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
}

impl uv_loop_t {
    /// Whether a queued watcher has events to deliver, so that the loop must not wait.
    /// Removes watchers from the front of the ready list that have lost their interest.
    pub(crate) fn has_ready_watchers(&self) -> bool {
        let (ready, requeued) = (&self.engine().ready, &self.engine().requeued);
        while !ready.is_empty() {
            // SAFETY: a queued watcher's handle is alive: closing removes it from the list.
            let watcher = unsafe { &*from_ready_link(ready.first()) };
            if !watcher.deliverable().is_empty() {
                return true;
            }
            watcher.watcher_queue.remove();
        }
        !requeued.is_empty()
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
