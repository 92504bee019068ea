//! Async handles; how a send travels is in `core::async_`.

use crate::abi::{UV_ASYNC, uv_async_cb, uv_async_t, uv_loop_t};

impl uv_async_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t, callback: uv_async_cb) {
        self.base.init(loop_, UV_ASYNC);
        self.async_cb.set(callback);
        self.open(loop_);
        self.base.start();
    }

    pub(crate) fn close(&self) {
        self.base.stop();
        self.retire();
    }
}
