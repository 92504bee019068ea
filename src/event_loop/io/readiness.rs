//! What a watcher's handler is told, and when: reports are kept, and those whom one may
//! concern are listed until their turn comes.

use crate::event_loop::state::Engine;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::abi::{uv__io_t, uv__queue, uv_loop_t};
use crate::sys::fd;

impl uv__io_t {
    /// Where interest and readiness meet: what the handler is to be told.
    fn news(&self) -> Interest {
        Interest(self.events.get() & self.heard().0)
    }

    /// Puts the watcher in the ready list when interest and readiness meet.
    pub(crate) fn enlist(&self, engine: &Engine) {
        if !self.news().is_empty() {
            self.list(engine);
        }
    }

    /// The same before all others that are to be served.
    pub(crate) fn enlist_first(&self, engine: &Engine) {
        if !self.news().is_empty() && self.watcher_queue.is_empty() {
            engine.serving.push_front(&self.watcher_queue);
        }
    }

    fn list(&self, engine: &Engine) {
        if self.watcher_queue.is_empty() {
            let list = if self.source().is_late() {
                &engine.late
            } else {
                &engine.ready
            };
            list.push_back(&self.watcher_queue);
        }
    }

    /// The kernel's report, to be looked at when its turn comes: another's callback may
    /// start or stop the handle before. What was known and unwanted is no report: libuv has
    /// taken it out of the epoll set, and hears of it again in the turn after it is wanted.
    pub(crate) fn report(&self, loop_: &uv_loop_t, ready: Interest) {
        let known = self.keeps_readiness() && self.ready().contains(ready);
        self.keep(ready);
        if known {
            self.enlist(loop_.engine());
        } else {
            self.list(loop_.engine());
        }
    }

    /// The same where its turn has come: what the handler is told, if anything.
    pub(crate) fn hear(&self, loop_: &uv_loop_t, ready: Interest) -> Interest {
        self.keep(ready);
        if !self.watcher_queue.is_empty() {
            // Ready since before, and wanted by what another's callback did: the next round.
            return Interest::NONE;
        }
        if self.source().is_late() {
            // Children have to wait, in the list.
            self.list(loop_.engine());
            return Interest::NONE;
        }
        self.take_news(loop_)
    }

    fn keep(&self, ready: Interest) {
        let kept = if self.keeps_readiness() {
            self.ready()
        } else {
            Interest::NONE
        };
        self.events.set(kept.union(ready).0);
    }

    /// A call on `side` returned EAGAIN, or stopped early where that proves nothing. On a
    /// level the next poll reports what is left. On an edge it does not: the kernel owes no
    /// edge for what is still there, and an EAGAIN need not mean that nothing is. So the
    /// kernel is asked what holds now. The call has taken any error, whichever side it was on.
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
            // A filter refuses poll(2). Whatever holds is reported once more after this.
            Err(_) => {
                let _ = self.arm(loop_, self.armed());
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn reported_in_vain(&self, loop_: &uv_loop_t) {
        if !self.keeps_readiness() {
            self.events.set(0);
            self.rearm_wanted(loop_);
        }
    }

    /// Narrows a level registration to the interest, or drops it altogether.
    fn rearm_wanted(&self, loop_: &uv_loop_t) {
        // A failure leaves the wider registration, which only costs a wake-up.
        if self.interest().is_empty() {
            self.disarm(loop_);
        } else {
            let _ = self.arm(loop_, self.interest());
        }
    }

    /// The news for the handler. Levels are forgotten: the next poll repeats them, unless
    /// nobody wants them any more.
    pub(crate) fn take_news(&self, loop_: &uv_loop_t) -> Interest {
        let news = self.news();
        if news.is_empty() {
            self.reported_in_vain(loop_);
        } else if !self.keeps_readiness() {
            self.events.set(0);
        }
        news
    }
}

impl uv_loop_t {
    /// Whether anybody is to be told something before the loop may wait. Those who have
    /// lost interest lose their place.
    pub(crate) fn has_news(&self) -> bool {
        let (ready, known) = (&self.engine().ready, &self.engine().known);
        while !ready.is_empty() {
            // SAFETY: a listed watcher's handle is alive: closing takes it off the list.
            let watcher = unsafe { &*from_ready_link(ready.first()) };
            if !watcher.news().is_empty() {
                return true;
            }
            watcher.watcher_queue.remove();
        }
        !known.is_empty()
    }
}

/// The watcher whose ready-list link this is.
pub(crate) fn from_ready_link(link: *mut uv__queue) -> *mut uv__io_t {
    container_of!(link, uv__io_t, watcher_queue)
}

/// The watcher whose pending-queue link this is.
pub(crate) fn from_pending_link(link: *mut uv__queue) -> *mut uv__io_t {
    container_of!(link, uv__io_t, pending_queue)
}
