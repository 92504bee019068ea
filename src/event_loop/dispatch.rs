//! The one place where the engine reaches the handles, by their kind: whose handler gets the
//! events of a descriptor, and what closing does for each kind.

use super::flags::{CLOSED, CLOSING, INTERNAL};
use super::io::interest::Interest;
use super::io::watcher::Source;
use super::queue::container_of;
use crate::abi::*;
use crate::errno::{Errno, Result};

/// Delivers events to the handle of a watcher. The kinds that programs have by the thousand
/// come first and are tail calls.
pub(crate) fn readiness(loop_: &uv_loop_t, watcher: &uv__io_t, events: Interest) {
    let at = core::ptr::from_ref(watcher).cast_mut();
    let source = watcher.source();
    // SAFETY: the source says which struct the watcher is a field of; a watcher that is queued
    // or in the fd table belongs to a live handle, because closing removes it.
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

/// `readiness` for the other sources.
#[inline(never)]
fn other_readiness(loop_: &uv_loop_t, source: Source, watcher: &uv__io_t, events: Interest) {
    let at = core::ptr::from_ref(watcher).cast_mut();
    // SAFETY: the source says which struct the watcher is a field of, and its handle is alive.
    unsafe {
        match source {
            Source::Server => (*container_of!(at, uv_stream_t, io_watcher)).on_connection(events),
            Source::Uring => uring_completions(loop_),
            Source::Inotify => loop_.read_file_events(),
            Source::Pidfd => loop_.on_child(watcher, events),
            _ => {}
        }
    }
}

/// `uv_close`: stops what the handle does and queues it for the closing phase. The kinds that
/// programs open and close by the thousand come first.
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

/// `close` for the other kinds.
#[inline(never)]
fn close_other(handle: &uv_handle_t) {
    let at = core::ptr::from_ref(handle);
    // SAFETY: a handle's type says which struct it is the beginning of.
    unsafe {
        match handle.type_.get() {
            UV_TCP => (*at.cast::<uv_stream_t>()).close(),
            UV_NAMED_PIPE => (*at.cast::<uv_pipe_t>()).close(),
            UV_TTY => (*at.cast::<uv_tty_t>()).close(),
            UV_UDP => (*at.cast::<uv_udp_t>()).close(),
            UV_POLL => (*at.cast::<uv_poll_t>()).close(),
            UV_PREPARE => (*at.cast::<uv_prepare_t>()).stop(),
            UV_CHECK => (*at.cast::<uv_check_t>()).stop(),
            UV_IDLE => (*at.cast::<uv_idle_t>()).stop(),
            UV_SIGNAL => (*at.cast::<uv_signal_t>()).stop(),
            UV_PROCESS => (*at.cast::<uv_process_t>()).close(),
            UV_FS_EVENT => (*at.cast::<uv_fs_event_t>()).stop(),
            // It waits for a request that is under way.
            UV_FS_POLL if !(*at.cast::<uv_fs_poll_t>()).close() => return,
            _ => {}
        }
    }
    handle.make_close_pending();
}

/// The closing phase: releases what is left of the handle and calls its close callback, from
/// which on the program may free the handle.
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
        // SAFETY: the handle is alive until its close callback, and is not touched after it.
        unsafe { callback(at.cast_mut()) };
    }
}

/// The loop cannot poll any more (`poll_failed.rs`). Ends one thing that the handle waits for
/// with `error`, and returns whether there was one. A handle that only a wake-up or a poll can
/// call stops keeping the loop alive.
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

/// Calls back the requests that the loop's io_uring has completed, if there is one.
pub(crate) fn uring_completions(loop_: &uv_loop_t) {
    crate::requests::fs::uring::on_completions(loop_);
}

/// Initialises the internal handles of a new loop.
pub(crate) fn loop_made(loop_: &uv_loop_t) {
    loop_.child_watcher.prepare(loop_);
    loop_.child_watcher.unreference();
    loop_.child_watcher.set(INTERNAL);
}

/// Releases what belongs to a loop that closes, rather than to its handles.
pub(crate) fn loop_closing(loop_: &uv_loop_t) {
    loop_.drop_uring();
    loop_.end_children();
    loop_.end_signals();
    loop_.end_inotify();
}

/// Renews what belongs to a loop in a forked child, rather than to its handles.
pub(crate) fn loop_forked(loop_: &uv_loop_t) -> Result {
    loop_.drop_uring();
    loop_.engine().signals.drop_queued();
    loop_.renew_inotify()
}

/// Resets the locks of the process, in a forked child whose only thread is still in `fork`.
pub(crate) fn process_forked() {
    crate::system::title::forked();
}

/// Releases what belongs to the process, when it exits or the library is unloaded.
pub(crate) fn library_shutdown() {
    crate::system::title::clean_up();
    super::threadpool::cleanup();
}
