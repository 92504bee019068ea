//! Async handles; how a send travels is in `core::wake`.

use crate::abi::{UV_ASYNC, uv_async_cb, uv_async_t, uv_loop_t};
use crate::errno::Result;
use core::sync::atomic::Ordering::Relaxed;

impl uv_async_t {
    /// Fails, having done nothing, when there is no memory for its place among the others.
    pub(crate) fn init(&self, loop_: &uv_loop_t, callback: uv_async_cb) -> Result {
        self.enlist(loop_)?;
        self.base.init(loop_, UV_ASYNC);
        self.async_cb.set(callback);
        self.pending.store(0, Relaxed);
        self.base.start();
        Ok(())
    }

    pub(crate) fn close(&self) {
        self.base.stop();
        self.retire();
    }
}
