//! Serving what a poll has brought, each in its turn: async handles, descriptors, signals,
//! children.
//!
//! Most often there is nothing but the kernel's reports: then they are served straight from
//! its buffer, in which a watcher is looked for when its turn comes, as in libuv. Where
//! something else comes first, or was ready before, all of it goes through the list of what
//! is ready; so does what is left of a round when a handler runs the loop.

use super::interest::Interest;
use super::queue::unlinked;
use super::{ahead, dispatch, news};
use crate::abi::{uv__io_t, uv__queue, uv_loop_t};

impl uv_loop_t {
    /// Calls the handlers of everything that is ready; returns how many.
    pub(super) fn serve(&self) -> u64 {
        let engine = self.engine();
        let lists = [&engine.ready, &engine.known, &engine.serving];
        let in_lists = lists.iter().any(|list| !list.is_empty());
        let mut served = if in_lists || engine.wake.is_due() {
            self.serve_in_order()
        } else {
            self.serve_reports()
        };
        served += u64::from(self.serve_signals());
        if !engine.late.is_empty() {
            served += self.serve_list(&engine.late);
        }
        served
    }

    /// Serves what the kernel has reported, straight from its reports.
    fn serve_reports(&self) -> u64 {
        // A callback may fork, and the child renew the reactor: no reference outlives one.
        let engine = self.engine();
        let mut served = 0;
        while let Some(event) = engine.reactor().read() {
            if let Some(next) = engine.reactor().peek() {
                ahead::fetch_watcher(self.holder(next));
            }
            let Some(watcher) = self.reported(event.token) else {
                continue;
            };
            let news = watcher.hear(self, event.ready);
            if !news.is_empty() {
                if served == 0 {
                    self.end_wait();
                }
                served += 1;
                self.hand_over(watcher, news);
            }
        }
        served
    }

    /// The same where async handles come first, or descriptors that were ready before.
    #[inline(never)]
    fn serve_in_order(&self) -> u64 {
        let engine = self.engine();
        self.enlist_reports();
        engine.known.append_to(&engine.ready);
        let mut served = 0;
        if engine.wake.is_due() {
            self.end_wait();
            served += u64::from(self.run_async());
        }
        served + self.serve_list(&engine.ready)
    }

    /// A handler runs the loop: what is ready there is first what its own watcher has left,
    /// then what was reported together with that, and then what comes now.
    pub(super) fn enlist_rest(&self) {
        let engine = self.engine();
        // SAFETY: a slot is emptied before its watcher's handle is closed.
        if let Some(watcher) = unsafe { self.slot(engine.at_work.replace(-1)).as_ref() } {
            watcher.enlist_first(engine);
        }
        if engine.reactor().has_unread() {
            self.enlist_reports();
        }
    }

    /// Puts what the kernel has reported into the lists.
    #[inline(never)]
    fn enlist_reports(&self) {
        while let Some(event) = self.engine().reactor().read() {
            if let Some(watcher) = self.reported(event.token) {
                watcher.report(self, event.ready);
            }
        }
    }

    #[inline(never)]
    fn serve_list(&self, list: &uv__queue) -> u64 {
        let round = &self.engine().serving;
        list.append_to(round);
        let mut served = 0;
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return served;
            }
            ahead::fetch_around(round.next.get());
            // SAFETY: a listed watcher's handle is alive: closing takes it off the list.
            let watcher = unsafe { &*news::from_ready_link(link) };
            let news = watcher.take_news(self);
            if !news.is_empty() {
                self.end_wait();
                served += 1;
                self.hand_over(watcher, news);
            }
        }
    }

    /// Calls a watcher's handler. What it leaves is for the next round.
    #[inline]
    fn hand_over(&self, watcher: &uv__io_t, news: Interest) {
        if watcher.keeps_readiness() {
            self.hand_over_and_keep(watcher, news);
        } else {
            dispatch::readiness(self, watcher, news);
        }
    }

    #[inline(never)]
    fn hand_over_and_keep(&self, watcher: &uv__io_t, news: Interest) {
        let (at, fd) = (core::ptr::from_ref(watcher), watcher.fd.get());
        let at_work = &self.engine().at_work;
        at_work.set(fd);
        dispatch::readiness(self, watcher, news);
        at_work.set(-1);
        // The callback may have run the loop, and the handle be freed by now. Who keeps
        // readiness has the descriptor's slot, which closing empties.
        if core::ptr::eq(self.slot(fd), at) {
            // SAFETY: a slot is emptied before its watcher's handle is closed.
            unsafe { &*at }.enlist(self.engine());
        }
    }

    /// The pending phase: handlers that were fed since. They get no news.
    pub(super) fn run_pending(&self) {
        if !self.pending_queue.is_empty() {
            self.run_fed();
        }
    }

    #[inline(never)]
    fn run_fed(&self) {
        let round = unlinked();
        self.pending_queue.take_into(&round);
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            ahead::fetch_around(round.next.get());
            // SAFETY: a fed watcher's handle is alive: closing takes it off the queue.
            let watcher = unsafe { &*news::from_pending_link(link) };
            dispatch::readiness(self, watcher, Interest::NONE);
        }
    }
}
