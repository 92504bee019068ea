//! Poll handles: descriptors that belong to the program. They are level-triggered, and a stop
//! removes the descriptor from the epoll set at once, because the program may close it.

use crate::abi::{UV_POLL, uv_loop_t, uv_poll_cb, uv_poll_t};
use crate::errno::{Errno, Result};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::sys::fd;
use core::ffi::{c_int, c_uint};

const EVERYTHING: Interest = Interest(u32::MAX);
const FAILED: Interest = Interest::ERROR.union(Interest::HANGUP);

/// The bits of `Interest` are those of libuv's events.
fn to_interest(events: c_int) -> Result<Interest> {
    let interest = Interest(events as c_uint);
    if Interest::EVENTS.contains(interest) {
        Ok(interest)
    } else {
        Err(Errno::INVAL)
    }
}

impl uv_poll_t {
    /// Makes this a watcher of `fd`, which epoll must be able to watch.
    pub(crate) fn init(&self, loop_: &uv_loop_t, fd: c_int) -> Result {
        if loop_.watches(fd) {
            return Err(Errno::EXIST);
        }
        loop_.engine().reactor().check(fd)?;
        fd::set_nonblocking(fd, true)?;
        self.base.init(loop_, UV_POLL);
        self.io_watcher.init(Source::Poll, fd);
        self.poll_cb.set(None);
        Ok(())
    }

    /// Watches for `events` from now on; stops if there are none.
    pub(crate) fn start(&self, events: c_int, callback: uv_poll_cb) -> Result {
        let interest = to_interest(events)?;
        let watcher = &self.io_watcher;
        let holder = self.loop_().watcher_at(watcher.fd.get());
        let is_mine = core::ptr::eq(holder, watcher);
        if !is_mine && self.loop_().watches(watcher.fd.get()) {
            return Err(Errno::EXIST);
        }
        if self.is_closing() {
            return Err(Errno::INVAL);
        }
        if interest.is_empty() {
            self.stop();
            return Ok(());
        }
        self.pause();
        watcher.renew_generation(self.loop_());
        // Always a system call: the program may have removed the descriptor from the epoll set,
        // or closed it and opened another one.
        let armed = watcher
            .arm(self.loop_(), interest)
            .and_then(|()| watcher.want(self.loop_(), interest));
        if armed.is_err() {
            watcher.disarm(self.loop_());
            return armed;
        }
        self.loop_().engine().interest_changed.set(true);
        self.poll_cb.set(callback);
        self.base.start();
        Ok(())
    }

    /// Clears the interest, and the readiness that was not delivered.
    fn pause(&self) {
        self.io_watcher.unwant(self.loop_(), EVERYTHING);
        self.io_watcher.exhausted(EVERYTHING);
        self.io_watcher.watcher_queue.remove();
        self.base.stop();
    }

    /// Stops, and removes the descriptor from the epoll set.
    pub(crate) fn stop(&self) {
        self.pause();
        self.io_watcher.disarm(self.loop_());
    }

    /// `uv_close`. The descriptor stays open.
    pub(crate) fn close(&self) {
        self.stop();
        self.io_watcher.close(self.loop_());
    }

    /// Delivers events to the callback.
    #[inline(never)]
    pub(crate) fn on_ready(&self, ready: Interest) {
        // A file in sysfs reports an interrupt as urgent data together with an error.
        if ready.intersects(Interest::ERROR) && !ready.intersects(Interest::PRIORITY) {
            self.stop();
            return self.call(Errno::BADF.raw(), 0);
        }
        let wanted = self.io_watcher.interest();
        // After a hang-up the callback gets everything that it waits for, so that the program
        // tries the operation and sees the error.
        let events = if ready.intersects(FAILED) {
            wanted
        } else {
            ready.only(wanted)
        };
        if !events.is_empty() {
            self.call(0, events.0 as c_int);
        }
    }

    /// The loop cannot poll any more: stops the handle with `error`, and returns whether it was
    /// active.
    pub(crate) fn fail(&self, error: Errno) -> bool {
        let started = self.is_active();
        if started {
            self.stop();
            self.call(error.raw(), 0);
        }
        started
    }

    fn call(&self, status: c_int, events: c_int) {
        if let Some(callback) = self.poll_cb.get() {
            // SAFETY: the handle is alive until its close callback, in a later phase.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), status, events) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_events_are_the_engine_s_and_unknown_ones_are_refused() {
        for events in 0..16 {
            assert_eq!(to_interest(events), Ok(Interest(events as c_uint)));
        }
        for unknown in [16, 17, -1] {
            assert_eq!(to_interest(unknown), Err(Errno::INVAL));
        }
    }
}
