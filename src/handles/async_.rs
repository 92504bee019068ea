//! Async handles; how a send travels is in `core::wake`.

use crate::abi::{UV_ASYNC, uv_async_cb, uv_async_t, uv_loop_t};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;

impl uv_async_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t, callback: uv_async_cb) {
        self.base.init(loop_, UV_ASYNC);
        self.async_cb.set(callback);
        self.pending.store(0, Relaxed);
        self.queue.next.set(null_mut());
        self.queue.prev.set(null_mut());
        let sequence = &loop_.engine().async_sequence;
        self.sequence.set(sequence.get());
        sequence.set(sequence.get().wrapping_add(1));
        self.base.start();
    }

    pub(crate) fn close(&self) {
        self.retire();
        self.base.stop();
    }
}
