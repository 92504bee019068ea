//! Child processes: `uv_spawn`, and the end of a child.
//!
//! A pidfd reports the end of a child. If there is none, the loop watches SIGCHLD instead and
//! checks each of its children.

mod child;
mod reap;
mod stdio;
#[cfg(test)]
mod tests;

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::flags::ESRCH;
use crate::sys::spawn::{self, Plan};
use crate::sys::{child as sys, signal};
use child::Child;
use core::ffi::{c_char, c_int};
use core::ptr::null_mut;
use stdio::Stdio;

/// A block that is freed at the end of a call.
struct Block(*mut core::ffi::c_void);

impl Block {
    fn new(size: usize) -> Result<Self> {
        alloc::malloc(size).map(Self)
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block came from the allocator and is not used again.
        unsafe { alloc::free(self.0) };
    }
}

/// The number of strings in an array that ends in null.
///
/// # Safety
/// `array` is null or ends in null.
unsafe fn length(array: *const *mut c_char) -> usize {
    let mut len = 0;
    // SAFETY: the array ends with a null pointer, and `len` is not beyond it.
    while !array.is_null() && !unsafe { *array.add(len) }.is_null() {
        len += 1;
    }
    len
}

impl uv_process_t {
    /// Initialises the handle and starts a program.
    ///
    /// # Safety
    /// What the options point to is what its field says.
    pub(crate) unsafe fn spawn(&self, loop_: &uv_loop_t, options: &uv_process_options_t) -> Result {
        self.base.init(loop_, UV_PROCESS);
        self.queue.init();
        self.status.set(0);
        self.pid.set(0);
        self.exit_cb.set(None);
        self.set_child(None);
        // SAFETY: the containers are as many as the options say.
        let stdio = unsafe { Stdio::open(options) };
        let stdio = stdio.inspect_err(|_| self.handle_queue.remove())?;
        let child = Child::new().inspect_err(|_| self.handle_queue.remove())?;
        // SAFETY: `options` is what the program has passed to uv_spawn, and lives during the
        // call.
        let started = unsafe { self.launch(loop_, options, &stdio) };
        match started {
            Ok(pid) => self.adopt(child, pid, options.exit_cb),
            // SAFETY: nothing refers to it yet.
            Err(_) => unsafe { child.free() },
        }
        // The streams are open even if the program was not started: Node expects it.
        stdio
            .hand_over()
            .inspect_err(|_| self.handle_queue.remove())?;
        started.map(drop)
    }

    unsafe fn launch(
        &self,
        loop_: &uv_loop_t,
        options: &uv_process_options_t,
        stdio: &Stdio,
    ) -> Result<c_int> {
        let has = |flag: uv_process_flags| options.flags & flag != 0;
        let mut plan = Plan {
            file: options.file,
            args: options.args.cast_const().cast(),
            env: options.env.cast_const().cast(),
            cwd: options.cwd,
            detached: has(UV_PROCESS_DETACHED),
            uid: has(UV_PROCESS_SETUID).then_some(options.uid),
            gid: has(UV_PROCESS_SETGID).then_some(options.gid),
            forks: spawn::must_fork(has(UV_PROCESS_SETUID | UV_PROCESS_SETGID)),
            slots: stdio.slots(),
            slot_count: stdio.count(),
            script_args: null_mut(),
            stack: null_mut(),
        };
        if plan.env.is_null() {
            plan.env = spawn::environment();
        }
        // SAFETY: the arguments end in null.
        let script_args = unsafe { length(options.args) } + 3;
        let block = if plan.forks {
            Block::new(script_args * size_of::<*const c_char>())?
        } else {
            Block::new(spawn::STACK)?
        };
        plan.script_args = block.0.cast();
        plan.stack = block.0;
        loop_.reap_orphans(|_| true);
        // Prepares for SIGCHLD, in case there is no pidfd: a failure after the start of the child
        // could not be returned.
        loop_.engine().signals.register_loop()?;
        if child::needs_sigchld() || signal::children_are_not_reported() {
            loop_.watch_children();
        }
        // SAFETY: the plan is made of the options, and the block fits its use.
        unsafe { plan.spawn() }
    }

    fn adopt(&self, child: &Child, pid: c_int, exit_cb: uv_exit_cb) {
        self.pid.set(pid);
        self.exit_cb.set(exit_cb);
        child.pid.set(pid);
        child.handle.set(core::ptr::from_ref(self).cast_mut());
        self.set_child(Some(child));
        self.loop_().process_handles.push_back(&self.queue);
        self.base.start();
        child.watch(self.loop_());
    }

    // The record of the child, to which a scratch word of the handle points.
    fn child(&self) -> Option<&Child> {
        // SAFETY: the word is null or a child that is freed with the handle.
        unsafe { self.u.reserved()[0].get().cast::<Child>().as_ref() }
    }

    fn set_child(&self, child: Option<&Child>) {
        let place = child.map_or(null_mut(), |child| core::ptr::from_ref(child).cast_mut());
        self.u.reserved()[0].set(place.cast());
    }

    pub(crate) fn kill(&self, signum: c_int) -> Result {
        if self.has(ESRCH) {
            return Err(Errno::SRCH);
        }
        signal::kill(self.pid.get(), signum)
    }

    /// `uv_close`. A child that still runs becomes an orphan, which the loop reaps. One that has
    /// ended is in a list of `reap`, which releases it.
    pub(crate) fn close(&self) {
        self.base.stop();
        if !self.has(ESRCH) {
            self.queue.remove();
            if let Some(child) = self.child() {
                child.handle.set(null_mut());
                self.loop_().engine().orphans.push_back(&child.link);
                self.set_child(None);
            }
        }
        self.loop_().unwatch_children();
    }

    /// The closing phase.
    pub(crate) fn finish_close(&self) {
        if let Some(child) = self.child() {
            self.set_child(None);
            child.unwatch(self.loop_());
            child.link.remove();
            // SAFETY: it was reaped, so no list has it, and the handle was the last.
            unsafe { child.free() };
        }
    }

    /// Calls the exit callback.
    fn exited(&self) {
        self.base.stop();
        let (status, signum) = sys::decode(self.status.get());
        if let Some(callback) = self.exit_cb.get() {
            // SAFETY: the handle is alive: its close callback has not run.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), status, signum) };
        }
    }
}
