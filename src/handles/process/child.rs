//! The loop's record of a child, and how the loop notices that the child has ended.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::event_loop::queue::container_of;
use crate::sys::{child as sys, fd};
use core::cell::Cell;
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether the kernel or a filter refuses pidfds.
static NO_PIDFDS: AtomicBool = AtomicBool::new(false);

/// The loop's record of a child. It outlives a handle that is closed before the child ends, so
/// that the child is reaped.
pub(super) struct Child {
    /// Watches the pidfd; its descriptor is −1 if there is none.
    pub(super) watcher: uv__io_t,
    /// Null once the handle is closed.
    pub(super) handle: Cell<*mut uv_process_t>,
    pub(super) pid: Cell<c_int>,
    /// Link in the engine's list of orphans, or in that of `call_exit_cb`.
    pub(super) link: uv__queue,
    /// Whether `waitid` failed and must be retried.
    pub(super) retry: Cell<bool>,
}

/// Whether the loop must watch SIGCHLD because there are no pidfds.
pub(super) fn needs_sigchld() -> bool {
    NO_PIDFDS.load(Relaxed)
}

impl Child {
    /// A record for a child that is not started yet.
    pub(super) fn new() -> Result<&'static Child> {
        // SAFETY: integers, pointers and cells of them may all be zero.
        let place = alloc::boxed(unsafe { core::mem::zeroed::<Child>() })?;
        // SAFETY: the block lives until `free`.
        let child = unsafe { &*place };
        child.watcher.init(Source::Pidfd, -1);
        child.link.init();
        Ok(child)
    }

    /// # Safety
    /// Nothing refers to the child any more.
    pub(super) unsafe fn free(&self) {
        // SAFETY: `new` boxed it, and nothing refers to it any more.
        unsafe { alloc::unbox(core::ptr::from_ref(self).cast_mut()) };
    }

    /// The child that holds this watcher.
    pub(super) fn of_watcher(watcher: &uv__io_t) -> &Child {
        let at = core::ptr::from_ref(watcher).cast_mut();
        // SAFETY: watchers of this source are fields of children.
        unsafe { &*container_of!(at, Child, watcher) }
    }

    /// Watches for the end of the child.
    pub(super) fn watch(&self, loop_: &uv_loop_t) {
        if !NO_PIDFDS.load(Relaxed) {
            match sys::open_pidfd(self.pid.get()) {
                Ok(pidfd) => {
                    self.watcher.init(Source::Pidfd, pidfd);
                    if self.watcher.want(loop_, Interest::READABLE).is_ok() {
                        return;
                    }
                    self.unwatch(loop_);
                }
                Err(Errno::NOSYS | Errno::PERM) => NO_PIDFDS.store(true, Relaxed),
                // The next child may get a pidfd.
                Err(_) => {}
            }
        }
        if !loop_.child_watcher.is_active() {
            loop_.watch_children();
            // The child may have ended before SIGCHLD was watched: check in the pending phase.
            self.watcher.feed(loop_);
        }
    }

    /// Watches again, after `mute`.
    pub(super) fn unmute(&self, loop_: &uv_loop_t) {
        let has_pidfd = self.watcher.fd.get() != -1;
        if has_pidfd && self.watcher.want(loop_, Interest::READABLE).is_err() {
            self.unwatch(loop_);
            loop_.watch_children();
            self.watcher.feed(loop_);
        }
    }

    /// Stops watching for now, without a system call.
    pub(super) fn mute(&self, loop_: &uv_loop_t) {
        self.watcher.unwant(loop_, Interest::READABLE);
        self.watcher.watcher_queue.remove();
        self.watcher.pending_queue.remove();
    }

    pub(super) fn unwatch(&self, loop_: &uv_loop_t) {
        self.watcher.close(loop_);
        let pidfd = self.watcher.fd.replace(-1);
        // If the program has closed the loop's descriptors by their numbers, it has closed this
        // one as well.
        if pidfd != -1 && !loop_.engine().reactor().is_abandoned() {
            let _ = fd::close(pidfd);
        }
    }
}
