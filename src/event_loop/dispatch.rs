//! The one place where the engine knows the kinds of handles: whose handler gets a
//! events of its descriptor, and what closing means for each.

use super::flags::{CLOSED, CLOSING, INTERNAL};
use super::io::interest::Interest;
use super::io::watcher::Source;
use super::queue::container_of;
use crate::abi::*;
use crate::errno::{Errno, Result};

/// Delivers events to the handle of a watcher. The kinds that there are thousands of come first,
/// and are called with a jump.
pub(crate) fn readiness(loop_: &uv_loop_t, watcher: &uv__io_t, events: Interest) {
    let at = core::ptr::from_ref(watcher).cast_mut();
    let source = watcher.source();
    // SAFETY: the source says which struct the watcher is a field of, and a watcher
    // that is listed or fed belongs to a live handle.
    unsafe {
        if source == Source::Stream {
            return (*container_of!(at, uv_stream_t, io_watcher)).on_ready(events);
        }
        if source == Source::Poll {
            return (*container_of!(at, uv_poll_t, io_watcher)).on_ready(events);
        }
        if source == Source::Udp {
            return (*container_of!(at, uv_udp_t, io_watcher)).on_ready(events);
        }
    }
    other_readiness(loop_, source, watcher, events);
}

/// The same for all others.
#[inline(never)]
fn other_readiness(loop_: &uv_loop_t, source: Source, watcher: &uv__io_t, events: Interest) {
    let at = core::ptr::from_ref(watcher).cast_mut();
    // SAFETY: as above.
    unsafe {
        match source {
            Source::Server => (*container_of!(at, uv_stream_t, io_watcher)).on_connection(events),
            Source::Ring => ring_completions(loop_),
            Source::Inotify => loop_.read_file_events(),
            Source::Pidfd => loop_.on_child(watcher, events),
            _ => {}
        }
    }
}

/// `uv_close`: stops what the handle does and queues it for the closing phase. Here too
/// the kinds that programs open and close by the thousand come first.
pub(crate) fn close(handle: &uv_handle_t, callback: uv_close_cb) {
    if handle.is_closing() {
        return;
    }
    handle.set(CLOSING);
    handle.close_cb.set(callback);
    let at = core::ptr::from_ref(handle);
    // SAFETY: a handle's type says which struct it is the beginning of.
    unsafe {
        match handle.type_.get() {
            UV_ASYNC => {
                handle.make_close_pending();
                (*at.cast::<uv_async_t>()).close();
            }
            UV_TIMER => {
                handle.make_close_pending();
                (*at.cast::<uv_timer_t>()).stop();
            }
            _ => close_other(handle),
        }
    }
}

/// The same for all others.
#[inline(never)]
fn close_other(handle: &uv_handle_t) {
    let at = core::ptr::from_ref(handle);
    // SAFETY: as above.
    unsafe {
        match handle.type_.get() {
            UV_TCP => (*at.cast::<uv_stream_t>()).close(),
            UV_NAMED_PIPE => (*at.cast::<uv_pipe_t>()).close(),
            UV_TTY => (*at.cast::<uv_tty_t>()).close(),
            UV_UDP => (*at.cast::<uv_udp_t>()).close(),
            UV_POLL => (*at.cast::<uv_poll_t>()).close(),
            UV_PREPARE => (*at.cast::<uv_prepare_t>()).close(),
            UV_CHECK => (*at.cast::<uv_check_t>()).close(),
            UV_IDLE => (*at.cast::<uv_idle_t>()).close(),
            UV_SIGNAL => (*at.cast::<uv_signal_t>()).close(),
            UV_PROCESS => (*at.cast::<uv_process_t>()).close(),
            UV_FS_EVENT => (*at.cast::<uv_fs_event_t>()).close(),
            // It waits for a request that is under way.
            UV_FS_POLL if !(*at.cast::<uv_fs_poll_t>()).close() => return,
            _ => {}
        }
    }
    handle.make_close_pending();
}

/// The closing phase: ends what is left of the handle and calls its callback, after
/// which the handle is the caller's to free.
pub(crate) fn finish_close(handle: &uv_handle_t) {
    handle.set(CLOSED);
    let at = core::ptr::from_ref(handle);
    // SAFETY: a handle's type says which struct it is the beginning of.
    unsafe {
        match handle.type_.get() {
            UV_TCP | UV_NAMED_PIPE | UV_TTY => (*at.cast::<uv_stream_t>()).destroy(),
            UV_PROCESS => (*at.cast::<uv_process_t>()).finish_close(),
            UV_SIGNAL if (*at.cast::<uv_signal_t>()).postpones_close() => return,
            UV_UDP => (*at.cast::<uv_udp_t>()).destroy(),
            _ => {}
        }
    }
    handle.leave();
    if let Some(callback) = handle.close_cb.get() {
        // SAFETY: libuv's contract; the handle is not touched afterwards.
        unsafe { callback(at.cast_mut()) };
    }
}

/// The loop cannot poll any more (`poll_failed.rs`). Ends one thing that the handle waits
/// for with `error`, and says whether there was one; what only a wake-up or a poll can bring
/// stops keeping the loop alive.
pub(crate) fn poll_failed(handle: &uv_handle_t, error: Errno) -> bool {
    let at = core::ptr::from_ref(handle);
    // SAFETY: a handle's type says which struct it is the beginning of.
    unsafe {
        match handle.type_.get() {
            UV_TCP | UV_NAMED_PIPE | UV_TTY => (*at.cast::<uv_stream_t>()).fail(error),
            UV_UDP => (*at.cast::<uv_udp_t>()).fail(error),
            UV_POLL => (*at.cast::<uv_poll_t>()).fail(error),
            UV_FS_EVENT => (*at.cast::<uv_fs_event_t>()).fail(error),
            UV_PROCESS => (*at.cast::<uv_process_t>()).reap_unpolled(),
            UV_ASYNC | UV_SIGNAL | UV_PREPARE | UV_CHECK => {
                handle.unreference();
                false
            }
            _ => false,
        }
    }
}

/// Calls back what the loop's io_uring has done, if it has one.
pub(crate) fn ring_completions(loop_: &uv_loop_t) {
    crate::requests::fs::ring::on_completions(loop_);
}

/// The loop is new: makes the handles that belong to it.
pub(crate) fn loop_made(loop_: &uv_loop_t) {
    loop_.child_watcher.prepare(loop_);
    loop_.child_watcher.unreference();
    loop_.child_watcher.set(INTERNAL);
}

/// The loop closes: lets go of what belongs to it rather than to a handle.
pub(crate) fn loop_closing(loop_: &uv_loop_t) {
    loop_.drop_ring();
    loop_.end_children();
    loop_.end_signals();
    loop_.end_inotify();
}

/// The loop was forked: renews what belongs to it rather than to a handle.
pub(crate) fn loop_forked(loop_: &uv_loop_t) -> Result {
    loop_.drop_ring();
    loop_.engine().signals.forget_queued();
    loop_.renew_inotify()
}

/// The process is a forked child and has one thread, which is still in fork: makes the
/// locks of the process free.
pub(crate) fn process_forked() {
    crate::system::title::forked();
}

/// The library is done with: lets go of what belongs to the process. Each family that
/// keeps something for the whole process has its line here.
pub(crate) fn library_shutdown() {
    crate::system::title::clean_up();
    super::threadpool::cleanup();
}
