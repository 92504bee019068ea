//! Idle, prepare and check handles: a callback in each turn of the loop.

use crate::abi::*;
use crate::core::queue::container_of;
use crate::errno::{Errno, Result};

/// The three kinds differ in their names and in the phase that calls them.
macro_rules! phase_handle {
    ($handle:ident, $kind:ident, $callback:ident: $callback_type:ident, $list:ident, $run:ident) => {
        impl $handle {
            pub(crate) fn init(&self, loop_: &uv_loop_t) {
                self.base.init(loop_, $kind);
                self.$callback.set(None);
            }

            /// Calls `callback` once a turn from now on; nothing changes when the
            /// handle is active already.
            pub(crate) fn start(&self, callback: $callback_type) -> Result {
                if self.is_active() {
                    return Ok(());
                }
                if callback.is_none() {
                    return Err(Errno::INVAL);
                }
                if self.is_closing() {
                    return Err(Errno::INVAL);
                }
                // The one started last is called first.
                self.loop_().$list.push_front(&self.queue);
                self.$callback.set(callback);
                self.base.start();
                Ok(())
            }

            pub(crate) fn stop(&self) {
                if self.is_active() {
                    self.loop_().leave_phase(&self.queue);
                    self.base.stop();
                }
            }

            pub(crate) fn close(&self) {
                self.stop();
            }
        }

        impl uv_loop_t {
            /// Calls every active handle of the kind; those that a callback starts
            /// have to wait for the next turn.
            pub(crate) fn $run(&self) {
                self.walk_phase(&self.$list, |link| {
                    // SAFETY: a member of the list is an active handle's.
                    let handle = unsafe { &*container_of!(link, $handle, queue) };
                    if let Some(callback) = handle.$callback.get() {
                        // SAFETY: the handle is alive, and not touched afterwards.
                        unsafe { callback(core::ptr::from_ref(handle).cast_mut()) };
                    }
                });
            }
        }
    };
}

phase_handle!(uv_idle_t, UV_IDLE, idle_cb: uv_idle_cb, idle_handles, run_idle);
phase_handle!(uv_prepare_t, UV_PREPARE, prepare_cb: uv_prepare_cb, prepare_handles, run_prepare);
phase_handle!(uv_check_t, UV_CHECK, check_cb: uv_check_cb, check_handles, run_check);
