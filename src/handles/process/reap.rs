//! Reaping children and calling their exit callbacks.

use super::child::Child;
use crate::abi::*;
use crate::errno::Errno;
use crate::event_loop::flags::{ESRCH, INTERNAL};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::{container_of, unlinked};
use crate::sys::child as sys;
use core::ffi::c_int;

fn of_link(link: *mut uv__queue) -> *mut uv_process_t {
    container_of!(link, uv_process_t, queue)
}

unsafe extern "C" fn on_sigchld(handle: *mut uv_signal_t, _signum: c_int) {
    // SAFETY: the handle is the loop's own, and so alive.
    unsafe { &*handle }.loop_().reap(|_| true);
}

unsafe extern "C" fn on_reap_timer(timer: *mut uv_timer_t) {
    // SAFETY: the timer is the loop's own, and so alive.
    unsafe { &*timer }.loop_().reap(|child| child.retry.get());
}

impl uv_loop_t {
    /// Watches SIGCHLD.
    pub(super) fn watch_children(&self) {
        // Cannot fail: `launch` has registered the loop's signals, and SIGCHLD can be watched.
        let _ = self
            .child_watcher
            .start(Some(on_sigchld), libc::SIGCHLD, false);
    }

    /// Stops watching SIGCHLD when no child depends on it.
    pub(super) fn unwatch_children(&self) {
        let mut orphans = self.orphans();
        if self.process_handles.is_empty() && orphans.all(|child| child.watcher.fd.get() != -1) {
            self.child_watcher.stop();
        }
    }

    /// Children whose handles are closed. The list must not change meanwhile.
    fn orphans(&self) -> impl Iterator<Item = &Child> {
        let links = self.engine().orphans.iter();
        // SAFETY: a child in the list is alive: it is removed before it is freed.
        links.map(|link| unsafe { &*container_of!(link, Child, link) })
    }

    /// A child's pidfd is readable, or the child was fed (no events).
    pub(crate) fn on_child(&self, watcher: &uv__io_t, events: Interest) {
        let child = Child::of_watcher(watcher);
        if !events.is_empty() {
            // Children that ended in the same turn are called in the order in which
            // they were started.
            self.reap(|other| core::ptr::eq(other, child) || !other.watcher.ready().is_empty());
        } else if child.pid.get() != 0 {
            self.reap(|other| core::ptr::eq(other, child));
        } else {
            // A reaped orphan: nothing refers to it after the pending phase.
            child.link.remove();
            // SAFETY: the list above was the last to have it.
            unsafe { child.free() };
        }
    }

    /// Reaps the children that may have ended, and calls their exit callbacks.
    fn reap(&self, may_have_ended: impl Fn(&Child) -> bool) {
        let round = unlinked();
        round.init();
        for link in self.process_handles.iter() {
            // SAFETY: a handle in the list is alive: closing takes it out.
            let process = unsafe { &*of_link(link) };
            let child = process.child().filter(|child| may_have_ended(child));
            if child.is_some_and(|child| process.take_status(child)) {
                round.push_back(&process.queue);
            }
        }
        self.reap_orphans(may_have_ended);
        for link in round.drain() {
            // SAFETY: the handle is alive: its close callback runs in a later phase.
            self.call_exit_cb(unsafe { &*of_link(link) });
        }
    }

    /// Calls the exit callback of a reaped process, and closes its pidfd afterwards, because that
    /// takes a while.
    fn call_exit_cb(&self, process: &uv_process_t) {
        let exited = unlinked();
        exited.init();
        if let Some(child) = process.child() {
            exited.push_back(&child.link);
        }
        process.exited();
        // The record is freed if the callback closes the handle and runs the loop.
        let link = exited.pop_front();
        if !link.is_null() {
            // SAFETY: a child in a list is alive: it is taken out before it is freed.
            unsafe { &*container_of!(link, Child, link) }.unwatch(self);
        }
    }

    pub(super) fn reap_orphans(&self, may_have_ended: impl Fn(&Child) -> bool) {
        for child in self.orphans().filter(|child| may_have_ended(child)) {
            if child.pid.get() != 0 && self.try_wait(child).is_some() {
                child.unwatch(self);
                // A caller may still use the watcher: freed in the pending phase.
                child.pid.set(0);
                child.watcher.feed(self);
            }
        }
    }

    /// Returns the status of a child that has ended. If the system call fails, it is retried
    /// after a pause and at each SIGCHLD; until then the pidfd is not watched, because it would
    /// be ready all the time.
    fn try_wait(&self, child: &Child) -> Option<c_int> {
        let pid = child.pid.get();
        let ended = match sys::reap(pid) {
            Ok(ended) => ended,
            // Other code has reaped the child, or it is a child of the process that has forked
            // this one.
            Err(Errno::CHILD) => sys::is_over(pid, child.watcher.fd.get()).then_some(sys::UNKNOWN),
            Err(_) => {
                child.retry.set(true);
                child.mute(self);
                self.reap_later();
                return None;
            }
        };
        self.engine().reap_pause.set(0);
        if child.retry.replace(false) && ended.is_none() {
            child.unmute(self);
        }
        ended
    }

    /// Retries failed calls after 1 ms, then after pauses that double up to a second.
    fn reap_later(&self) {
        let engine = self.engine();
        let timer = &engine.reap_timer;
        if timer.type_.get() != UV_TIMER {
            timer.init(self);
            timer.unreference();
            timer.set(INTERNAL);
        }
        if !timer.is_active() {
            let pause = (engine.reap_pause.get() * 2).clamp(1, 1000);
            engine.reap_pause.set(pause);
            // Starting fails without a callback and on a closing handle only.
            let _ = timer.start(Some(on_reap_timer), pause, 0);
        }
    }

    /// Frees the records of the orphans; the loop closes.
    pub(crate) fn end_children(&self) {
        let timer = &self.engine().reap_timer;
        if timer.type_.get() == UV_TIMER {
            timer.stop();
        }
        for link in self.engine().orphans.drain() {
            // SAFETY: a child in the list is alive, and nothing else refers to it.
            let child = unsafe { &*container_of!(link, Child, link) };
            if child.pid.get() != 0 {
                let _ = sys::reap(child.pid.get());
            }
            child.unwatch(self);
            // SAFETY: it has just left the only list that had it.
            unsafe { child.free() };
        }
    }
}

impl uv_process_t {
    /// Reaps the child if it has ended, and returns whether it has. The exit callback is not
    /// called yet.
    fn take_status(&self, child: &Child) -> bool {
        let Some(status) = self.loop_().try_wait(child) else {
            return false;
        };
        child.mute(self.loop_());
        self.set(ESRCH);
        self.status.set(status);
        self.queue.remove();
        true
    }

    /// The loop cannot poll any more: reaps the child and calls the exit callback if it has
    /// ended; returns whether it has.
    pub(crate) fn reap_unpolled(&self) -> bool {
        let child = self.child().filter(|_| !self.has(ESRCH));
        let ended = child.is_some_and(|child| self.take_status(child));
        if ended {
            self.loop_().call_exit_cb(self);
        }
        ended
    }
}
