//! Signal handles; `event_loop/signals` knows which handle watches which signal, and calls them.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{CLOSED, SIGNAL_CALLED};
use core::ffi::c_int;

impl uv_signal_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) -> Result {
        loop_.engine().signals.join()?;
        self.prepare(loop_);
        Ok(())
    }

    /// Initialises the handle; its loop need not have joined the registry yet.
    pub(crate) fn prepare(&self, loop_: &uv_loop_t) {
        loop_.engine().signals.forget(self);
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

    /// Watches `signum`; with `once` only until it has come.
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

    pub(crate) fn close(&self) {
        self.stop();
    }

    /// Whether the close callback must wait: until the loop has read what was caught for
    /// the handle, and until its own callback, which may run the loop again, has ended.
    pub(crate) fn postpones_close(&self) -> bool {
        if !self.has(SIGNAL_CALLED) && self.signals().owed(self) == 0 {
            self.link().remove();
            return false;
        }
        self.clear(CLOSED);
        self.make_close_pending();
        true
    }
}

impl uv_loop_t {
    /// The loop closes.
    pub(crate) fn end_signals(&self) {
        self.child_watcher.stop();
        self.engine().signals.leave();
    }
}
