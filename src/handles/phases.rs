//! Idle, prepare and check handles: a callback in each turn of the loop.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{ACTIVE, CLOSED, CLOSING};
use crate::event_loop::phases::{Callback, Member};
use crate::event_loop::queue::container_of;

/// The three kinds differ in their names and in the phase that calls them (`run.rs`).
macro_rules! phase_handle {
    ($handle:ident, $kind:ident, $callback:ident: $callback_type:ident, $phase:ident) => {
        impl $handle {
            pub(crate) fn init(&self, loop_: &uv_loop_t) {
                self.base.init(loop_, $kind);
                self.$callback.set(None);
            }

            /// Calls `callback` once in each turn. Does nothing if the handle is active.
            pub(crate) fn start(&self, callback: $callback_type) -> Result {
                if callback.is_none() || self.has(ACTIVE | CLOSING | CLOSED) {
                    return self.start_in_vain();
                }
                self.$callback.set(callback);
                let loop_ = self.loop_();
                let phase = &loop_.engine().$phase;
                self.base.start_on(loop_);
                phase.add(self);
                Ok(())
            }

            #[cold]
            fn start_in_vain(&self) -> Result {
                if self.is_active() {
                    Ok(())
                } else {
                    Err(Errno::INVAL)
                }
            }

            pub(crate) fn stop(&self) {
                if self.is_active() {
                    let loop_ = self.loop_();
                    let phase = &loop_.engine().$phase;
                    self.base.stop_on(loop_);
                    phase.remove(self);
                }
            }
        }

        impl Member for $handle {
            fn link(&self) -> &uv__queue {
                &self.queue
            }

            fn of_link(link: *mut uv__queue) -> *mut Self {
                container_of!(link, $handle, queue)
            }

            fn callback(&self) -> Option<Callback<Self>> {
                self.$callback.get()
            }
        }
    };
}

phase_handle!(uv_idle_t, UV_IDLE, idle_cb: uv_idle_cb, idle);
phase_handle!(uv_prepare_t, UV_PREPARE, prepare_cb: uv_prepare_cb, prepare);
phase_handle!(uv_check_t, UV_CHECK, check_cb: uv_check_cb, check);
