//! Child processes: `uv_spawn`, and what becomes of a child when it ends.
//!
//! A child's end shows on its pidfd. Where the kernel has none, or has none to spare,
//! the loop watches SIGCHLD instead and asks after each of its children.

mod stdio;
#[cfg(test)]
mod tests;

use crate::abi::*;
use crate::core::flags::ESRCH;
use crate::core::interest::Interest;
use crate::core::mem;
use crate::core::queue::{container_of, unlinked};
use crate::core::watcher::Source;
use crate::errno::{Errno, Result};
use crate::sys::spawn::{self, Plan};
use crate::sys::{child, fd, signal};
use core::cell::Cell;
use core::ffi::{c_char, c_int};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use stdio::Stdio;

/// Whether this kernel, or what confines the process, has no pidfds.
static NO_PIDFDS: AtomicBool = AtomicBool::new(false);

/// What the loop keeps of a child. It outlives a handle that is closed before the
/// child ends, so that the child is reaped all the same.
struct Child {
    /// Watches the pidfd, which is −1 where there is none.
    watcher: uv__io_t,
    /// Null once the handle is closed.
    handle: Cell<*mut uv_process_t>,
    pid: Cell<c_int>,
    /// Link in the engine's list of children without handles, or in that of the one
    /// whose handle is being told.
    link: uv__queue,
}

impl Child {
    /// A child to be: nothing watches it and it is in no list.
    fn new() -> Result<&'static Child> {
        // SAFETY: integers, pointers and cells of them may all be zero.
        let place = mem::boxed(unsafe { core::mem::zeroed::<Child>() })?;
        // SAFETY: the block lives until `free`.
        let child = unsafe { &*place };
        child.watcher.init(Source::Pidfd, -1);
        child.link.init();
        Ok(child)
    }

    /// # Safety
    /// Nothing refers to the child any more.
    unsafe fn free(&self) {
        // SAFETY: `new` boxed it, and nothing refers to it any more.
        unsafe { mem::unbox(core::ptr::from_ref(self).cast_mut()) };
    }

    /// Learns of the child's end from now on.
    fn watch(&self, loop_: &uv_loop_t) {
        if !NO_PIDFDS.load(Relaxed) {
            match child::open_pidfd(self.pid.get()) {
                Ok(pidfd) => {
                    self.watcher.init(Source::Pidfd, pidfd);
                    if self.watcher.want(loop_, Interest::READABLE).is_ok() {
                        return;
                    }
                    self.unwatch(loop_);
                }
                Err(Errno::NOSYS | Errno::PERM) => NO_PIDFDS.store(true, Relaxed),
                // Another time there may be one to spare.
                Err(_) => {}
            }
        }
        if !loop_.child_watcher.is_active() {
            loop_.watch_children();
            // It may have ended before anybody listened: the pending phase looks.
            self.watcher.feed(loop_);
        }
    }

    /// Hears no more. No system call.
    fn mute(&self, loop_: &uv_loop_t) {
        self.watcher.unwant(loop_, Interest::READABLE);
        self.watcher.watcher_queue.remove();
        self.watcher.pending_queue.remove();
    }

    fn unwatch(&self, loop_: &uv_loop_t) {
        self.watcher.close(loop_);
        let pidfd = self.watcher.fd.replace(-1);
        if pidfd != -1 {
            let _ = fd::close(pidfd);
        }
    }
}

/// Memory for the length of a call.
struct Block(*mut core::ffi::c_void);

impl Block {
    fn new(size: usize) -> Result<Self> {
        match mem::malloc(size) {
            block if block.is_null() => Err(Errno::NOMEM),
            block => Ok(Self(block)),
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the block came from the allocator and is not used again.
        unsafe { mem::free(self.0) };
    }
}

/// The number of strings in an array that ends in null.
///
/// # Safety
/// `array` is null or ends in null.
unsafe fn length(array: *const *mut c_char) -> usize {
    let mut len = 0;
    // SAFETY: as this function's own contract.
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
        // SAFETY: as this function's own contract.
        let started = unsafe { self.launch(loop_, options, &stdio) };
        match started {
            Ok(pid) => self.adopt(child, pid, options.exit_cb),
            // SAFETY: nothing refers to it yet.
            Err(_) => unsafe { child.free() },
        }
        // Even if the program was not started the streams are open: node expects it.
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
        // What SIGCHLD needs, should there be no pidfd for the child: afterwards it would
        // be too late to find that there is no memory left.
        loop_.engine().signals.join()?;
        if NO_PIDFDS.load(Relaxed) || signal::children_vanish() {
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

    // A scratch word of the handle leads to what the loop keeps of its child.
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

    /// `uv_close`. A child that still runs is reaped without the handle. One that has
    /// ended is among those being called back, and has its turn.
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

    /// The child has ended: tells the program.
    fn ended(&self) {
        self.base.stop();
        let (status, signum) = child::decode(self.status.get());
        if let Some(callback) = self.exit_cb.get() {
            // SAFETY: the handle is alive: its close callback has not run.
            unsafe { callback(core::ptr::from_ref(self).cast_mut(), status, signum) };
        }
    }
}

fn of_link(link: *mut uv__queue) -> *mut uv_process_t {
    container_of!(link, uv_process_t, queue)
}

/// The child whose watcher has news.
fn of_watcher(watcher: &uv__io_t) -> &Child {
    let at = core::ptr::from_ref(watcher).cast_mut();
    // SAFETY: watchers of this source are fields of children.
    unsafe { &*container_of!(at, Child, watcher) }
}

unsafe extern "C" fn on_sigchld(handle: *mut uv_signal_t, _signum: c_int) {
    // SAFETY: the handle is the loop's own, and so alive.
    unsafe { &*handle }.loop_().reap(|_| true);
}

impl uv_loop_t {
    /// Watches SIGCHLD.
    fn watch_children(&self) {
        // `launch` has joined the signals, and SIGCHLD is one that can be watched.
        let _ = self
            .child_watcher
            .start(Some(on_sigchld), libc::SIGCHLD, false);
    }

    /// Stops watching SIGCHLD when nobody depends on it.
    fn unwatch_children(&self) {
        let mut orphans = self.orphans();
        if self.process_handles.is_empty() && orphans.all(|child| child.watcher.fd.get() != -1) {
            self.child_watcher.stop();
        }
    }

    /// Children whose handles are closed. The list must not change meanwhile.
    fn orphans(&self) -> impl Iterator<Item = &Child> {
        let head = &self.engine().orphans;
        let end = core::ptr::from_ref(head).cast_mut();
        let mut link = head.next.get();
        core::iter::from_fn(move || {
            // SAFETY: a child in the list is alive: it is taken out before it is freed.
            let child = (link != end).then(|| unsafe { &*container_of!(link, Child, link) })?;
            link = child.link.next.get();
            Some(child)
        })
    }

    /// A child's pidfd is readable, or (without news) the child was fed.
    pub(crate) fn on_child(&self, watcher: &uv__io_t, news: Interest) {
        let child = of_watcher(watcher);
        if !news.is_empty() {
            // Children that ended in the same turn are called in the order in which
            // they were started.
            self.reap(|other| core::ptr::eq(other, child) || !other.watcher.ready().is_empty());
        } else if child.pid.get() != 0 {
            self.reap(|other| core::ptr::eq(other, child));
        } else {
            // An orphan that was reaped; nothing refers to it after the pending phase.
            child.link.remove();
            // SAFETY: the list above was the last to have it.
            unsafe { child.free() };
        }
    }

    /// Reaps those of the children that may have ended, and tells their handles.
    fn reap(&self, may_have_ended: impl Fn(&Child) -> bool) {
        let round = unlinked();
        round.init();
        let head = core::ptr::from_ref(&self.process_handles).cast_mut();
        let mut link = self.process_handles.next.get();
        while link != head {
            // SAFETY: a handle in the list is alive: closing takes it out.
            let process = unsafe { &*of_link(link) };
            link = process.queue.next.get();
            let Some(child) = process.child().filter(|child| may_have_ended(child)) else {
                continue;
            };
            match child::reap(child.pid.get()) {
                Ok(None) => {}
                Ok(Some(status)) => {
                    child.mute(self);
                    process.set(ESRCH);
                    process.status.set(status);
                    process.queue.remove();
                    round.push_back(&process.queue);
                }
                // Somebody else has taken the status: libuv never calls back then.
                Err(_) => child.unwatch(self),
            }
        }
        self.reap_orphans(may_have_ended);
        loop {
            let link = round.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: the handle is alive: its close callback runs in a later phase.
            self.tell(unsafe { &*of_link(link) });
        }
    }

    /// Calls the callback of a process that was reaped, and lets go of its pidfd, which
    /// takes a while, when the program knows.
    fn tell(&self, process: &uv_process_t) {
        let told = unlinked();
        told.init();
        if let Some(child) = process.child() {
            told.push_back(&child.link);
        }
        process.ended();
        // A callback that closes the handle and runs the loop has the child freed.
        let link = told.pop_front();
        if !link.is_null() {
            // SAFETY: a child in a list is alive: it is taken out before it is freed.
            unsafe { &*container_of!(link, Child, link) }.unwatch(self);
        }
    }

    fn reap_orphans(&self, may_have_ended: impl Fn(&Child) -> bool) {
        for child in self.orphans().filter(|child| may_have_ended(child)) {
            if child.pid.get() != 0 && !matches!(child::reap(child.pid.get()), Ok(None)) {
                child.unwatch(self);
                // Who called us may still look at the watcher: freed when fed.
                child.pid.set(0);
                child.watcher.feed(self);
            }
        }
    }

    /// The loop closes: children without handles are not reaped any more.
    pub(crate) fn end_children(&self) {
        loop {
            let link = self.engine().orphans.pop_front();
            if link.is_null() {
                return;
            }
            // SAFETY: a child in the list is alive, and nothing else refers to it.
            let child = unsafe { &*container_of!(link, Child, link) };
            if child.pid.get() != 0 {
                let _ = child::reap(child.pid.get());
            }
            child.unwatch(self);
            // SAFETY: as above.
            unsafe { child.free() };
        }
    }
}
