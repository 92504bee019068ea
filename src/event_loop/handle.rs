//! What all handles share: whether they are active, referenced, closing.

use super::flags::{ACTIVE, CLOSED, CLOSING, REF};
use super::queue::container_of;
use crate::abi::*;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_uint, c_void};
use core::ptr::{null, null_mut};

impl uv_handle_t {
    /// Makes this a handle of the loop: inactive, referenced, not closing.
    pub(crate) fn init(&self, loop_: &uv_loop_t, kind: uv_handle_type) {
        self.loop_.set(core::ptr::from_ref(loop_).cast_mut());
        self.type_.set(kind);
        self.flags.set(REF);
        self.next_closing.set(null_mut());
        self.close_cb.set(None);
        // A program may initialise a handle again without closing it, which damages libuv's
        // list. The common case, that it is the last in the list, is handled.
        if !core::ptr::eq(loop_.handle_queue.prev.get(), &self.handle_queue) {
            loop_.handle_queue.push_back(&self.handle_queue);
        }
    }

    /// The loop that the handle was initialised with.
    pub(crate) fn loop_(&self) -> &uv_loop_t {
        // SAFETY: a loop outlives its handles: `uv_loop_close` fails while there are any.
        unsafe { &*self.loop_.get() }
    }

    pub(crate) fn has(&self, flag: c_uint) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn set(&self, flag: c_uint) {
        self.flags.set(self.flags.get() | flag);
    }

    pub(crate) fn clear(&self, flag: c_uint) {
        self.flags.set(self.flags.get() & !flag);
    }

    pub(crate) fn is_active(&self) -> bool {
        self.has(ACTIVE)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.has(CLOSING | CLOSED)
    }

    /// Marks the handle active: it keeps the loop alive if it is referenced.
    pub(crate) fn start(&self) {
        self.start_on(self.loop_());
    }

    /// `start`, for callers that have the handle's loop.
    pub(crate) fn start_on(&self, loop_: &uv_loop_t) {
        if !self.is_active() {
            self.set(ACTIVE);
            if self.has(REF) {
                loop_.count_active(1);
            }
        }
    }

    /// Marks the handle inactive.
    pub(crate) fn stop(&self) {
        self.stop_on(self.loop_());
    }

    /// `stop`, for callers that have the handle's loop.
    pub(crate) fn stop_on(&self, loop_: &uv_loop_t) {
        if self.is_active() {
            self.clear(ACTIVE);
            if self.has(REF) {
                loop_.count_active(-1);
            }
        }
    }

    /// `uv_ref`: the handle keeps the loop alive while it is active.
    pub(crate) fn reference(&self) {
        if !self.has(REF) {
            self.set(REF);
            if !self.has(CLOSING) && self.is_active() {
                self.loop_().count_active(1);
            }
        }
    }

    /// `uv_unref`: the handle does not keep the loop alive.
    pub(crate) fn unreference(&self) {
        if self.has(REF) {
            self.clear(REF);
            if !self.has(CLOSING) && self.is_active() {
                self.loop_().count_active(-1);
            }
        }
    }

    /// Removes the handle from its loop, before its close callback.
    pub(crate) fn leave(&self) {
        self.unreference();
        self.handle_queue.remove();
    }

    /// Queues the handle for the closing phase.
    pub(crate) fn make_close_pending(&self) {
        let closing = &self.loop_().closing_handles;
        self.next_closing.set(closing.get());
        closing.set(core::ptr::from_ref(self).cast_mut());
    }

    /// The handle that has this link in the loop's list of handles.
    pub(crate) fn of_link(link: *mut uv__queue) -> *mut uv_handle_t {
        container_of!(link, uv_handle_t, handle_queue)
    }
}

impl uv__handle_u {
    /// The words that each kind of handle may use for itself.
    pub(crate) fn reserved(&self) -> &[Cell<*mut c_void>; 4] {
        // SAFETY: any bytes are valid raw pointers.
        unsafe { &self.reserved }
    }
}

impl uv_req_t {
    /// Makes this an active request, which keeps the loop alive.
    pub(crate) fn init(&self, loop_: &uv_loop_t, kind: uv_req_type) {
        self.type_.set(kind);
        loop_.req_register();
    }
}

impl uv_loop_t {
    fn count_active(&self, by: i32) {
        let count = &self.active_handles;
        count.set(count.get().wrapping_add_signed(by));
    }

    fn req_count(&self) -> &Cell<c_uint> {
        // SAFETY: any bytes are a valid integer.
        unsafe { &self.active_reqs.count }
    }

    pub(crate) fn active_reqs(&self) -> c_uint {
        self.req_count().get()
    }

    /// Counts a request as active.
    pub(crate) fn req_register(&self) {
        let count = self.req_count();
        count.set(count.get() + 1);
    }

    /// Counts a request as finished.
    pub(crate) fn req_unregister(&self) {
        let count = self.req_count();
        debug_assert!(count.get() > 0);
        count.set(count.get() - 1);
    }
}

/// The name and size of a handle type that C can initialise.
fn kind(kind: uv_handle_type) -> Option<(&'static CStr, usize)> {
    Some(match kind {
        UV_ASYNC => (c"async", size_of::<uv_async_t>()),
        UV_CHECK => (c"check", size_of::<uv_check_t>()),
        UV_FS_EVENT => (c"fs_event", size_of::<uv_fs_event_t>()),
        UV_FS_POLL => (c"fs_poll", size_of::<uv_fs_poll_t>()),
        UV_HANDLE => (c"handle", size_of::<uv_handle_t>()),
        UV_IDLE => (c"idle", size_of::<uv_idle_t>()),
        UV_NAMED_PIPE => (c"pipe", size_of::<uv_pipe_t>()),
        UV_POLL => (c"poll", size_of::<uv_poll_t>()),
        UV_PREPARE => (c"prepare", size_of::<uv_prepare_t>()),
        UV_PROCESS => (c"process", size_of::<uv_process_t>()),
        UV_STREAM => (c"stream", size_of::<uv_stream_t>()),
        UV_TCP => (c"tcp", size_of::<uv_tcp_t>()),
        UV_TIMER => (c"timer", size_of::<uv_timer_t>()),
        UV_TTY => (c"tty", size_of::<uv_tty_t>()),
        UV_UDP => (c"udp", size_of::<uv_udp_t>()),
        UV_SIGNAL => (c"signal", size_of::<uv_signal_t>()),
        _ => return None,
    })
}

/// The name of a handle type; null if it is unknown.
pub(crate) fn type_name(of: uv_handle_type) -> *const c_char {
    match of {
        UV_FILE => c"file".as_ptr(),
        _ => kind(of).map_or(null(), |(name, _)| name.as_ptr()),
    }
}

/// The size of a handle type; all bits set if it is unknown.
pub(crate) fn size(of: uv_handle_type) -> usize {
    kind(of).map_or(usize::MAX, |(_, size)| size)
}
