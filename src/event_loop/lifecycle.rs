//! Loops: initialising, configuring, forking and closing them; walking their handles.

use super::alloc;
use super::flags::{INTERNAL, LOOP_BLOCK_SIGPROF, LOOP_CLOSED, LOOP_USE_SQPOLL};
use super::queue::unlinked;
use super::state::Engine;
use crate::abi::{
    UV_LOOP_BLOCK_SIGNAL, UV_LOOP_USE_IO_URING_SQPOLL, UV_METRICS_IDLE_TIME, uv_handle_t,
    uv_loop_option, uv_loop_t, uv_metrics_t, uv_walk_cb,
};
use crate::errno::{Errno, Result};
use crate::sys::{clock, fd};
use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::Relaxed;

impl uv_loop_t {
    /// Initialises a loop in memory that may hold anything; only `data` is kept.
    ///
    /// # Safety
    /// `place` is valid for writes, and no live loop is there.
    pub(crate) unsafe fn init(place: *mut uv_loop_t) -> Result {
        // SAFETY: the memory is valid for writes; any bytes are a valid pointer, and zeroes are
        // a valid value of every field.
        let this = unsafe {
            let data = (&raw const (*place).data).cast::<*mut c_void>().read();
            place.write_bytes(0, 1);
            (*place).data.set(data);
            &*place
        };
        let engine = alloc::boxed(Engine::new()?)?;
        this.internal_fields.set(engine.cast());
        this.engine().init();
        for queue in [
            &this.handle_queue,
            &this.pending_queue,
            &this.watcher_queue,
            &this.wq,
            &this.process_handles,
            &this.prepare_handles,
            &this.check_handles,
            &this.idle_handles,
            &this.async_handles,
        ] {
            queue.init();
        }
        for none in [&this.async_wfd, &this.emfile_fd, &this.inotify_fd] {
            none.set(-1);
        }
        for end in &this.signal_pipefd {
            end.set(-1);
        }
        this.backend_fd.set(this.engine().reactor().fd());
        this.update_time();
        super::dispatch::loop_made(this);
        this.wq_async.init(this, Some(super::threadpool::jobs_done));
        this.wq_async.unreference();
        this.wq_async.set(INTERNAL);
        Ok(())
    }

    /// Closes the loop; `UV_EBUSY` while it has handles or requests.
    pub(crate) fn close(&self) -> Result {
        if self.active_reqs() > 0 || self.has_handles() {
            return Err(Errno::BUSY);
        }
        super::dispatch::loop_closing(self);
        self.wq_async.close();
        let spare = self.emfile_fd.replace(-1);
        if spare != -1 {
            let _ = fd::close(spare);
        }
        // SAFETY: the table is null or a block of the allocator; no watcher is left.
        unsafe { alloc::free(self.watchers.replace(null_mut()).cast()) };
        self.nwatchers.set(0);
        self.backend_fd.set(-1);
        self.flags.set(self.flags.get() | LOOP_CLOSED);
        // SAFETY: `init` has boxed the engine, and a loop is closed once.
        if unsafe { Engine::end(self.internal_fields.get().cast()) } {
            self.internal_fields.set(null_mut());
        }
        Ok(())
    }

    /// Whether this is a loop that is initialised and not closed. The memory may be zeroed.
    pub(crate) fn is_open(&self) -> bool {
        !self.internal_fields.get().is_null() && self.flags.get() & LOOP_CLOSED == 0
    }

    fn has_handles(&self) -> bool {
        let head = core::ptr::from_ref(&self.handle_queue).cast_mut();
        let mut link = self.handle_queue.next.get();
        while link != head {
            // SAFETY: a handle in the list is alive: it leaves before its close callback.
            let handle = unsafe { &*uv_handle_t::of_link(link) };
            if !handle.has(INTERNAL) {
                return true;
            }
            link = handle.handle_queue.next.get();
        }
        false
    }

    /// Calls `callback` for every handle of the program. Handles that it adds are left out.
    pub(crate) fn walk(&self, callback: uv_walk_cb, arg: *mut c_void) {
        let round = unlinked();
        self.handle_queue.take_into(&round);
        for link in round.drain() {
            // SAFETY: a handle in `round` is alive: it leaves the list before its close callback.
            let handle = unsafe { &*uv_handle_t::of_link(link) };
            self.handle_queue.push_back(&handle.handle_queue);
            if handle.has(INTERNAL) {
                continue;
            }
            if let Some(callback) = callback {
                // SAFETY: the handle is alive; nothing of it is touched afterwards.
                unsafe { callback(core::ptr::from_ref(handle).cast_mut(), arg) };
            }
        }
    }

    /// Sets an option; `value` is `UV_LOOP_BLOCK_SIGNAL`'s signal number.
    pub(crate) fn configure(&self, option: uv_loop_option, value: c_int) -> Result {
        match option {
            UV_METRICS_IDLE_TIME => self.engine().metrics.idle_wanted.set(true),
            UV_LOOP_USE_IO_URING_SQPOLL => self.flags.set(self.flags.get() | LOOP_USE_SQPOLL),
            UV_LOOP_BLOCK_SIGNAL if value == libc::SIGPROF => {
                self.flags.set(self.flags.get() | LOOP_BLOCK_SIGPROF);
            }
            UV_LOOP_BLOCK_SIGNAL => return Err(Errno::INVAL),
            _ => return Err(Errno::NOSYS),
        }
        Ok(())
    }

    /// Makes the loop usable in a forked child, which shares the parent's epoll set.
    pub(crate) fn fork(&self) -> Result {
        let renewed = self.engine().renew();
        self.backend_fd.set(self.engine().reactor().fd());
        renewed?;
        self.drop_sends();
        // Jobs that were complete before the fork are called back in the child.
        if !self.engine().completions.is_empty() {
            self.wq_async.send();
        }
        let mut result = super::dispatch::loop_forked(self);
        // A descriptor that cannot be watched, for example because the child has closed it,
        // does not keep the others from being registered.
        for fd in 0..self.nwatchers.get() {
            let watcher = self.watcher_at(fd as c_int);
            if !watcher.is_null() {
                // SAFETY: an fd table entry is cleared before its watcher's handle is closed.
                let armed = unsafe { &*watcher }.rearm_after_fork(self);
                result = result.and(armed);
            }
        }
        result
    }

    /// The loop's counters.
    pub(crate) fn metrics(&self) -> uv_metrics_t {
        let metrics = &self.engine().metrics;
        // SAFETY: integers, reserved ones included, may all be zero.
        let mut info: uv_metrics_t = unsafe { core::mem::zeroed() };
        info.loop_count = metrics.turns.get();
        info.events = metrics.events.get();
        info.events_waiting = metrics.events_waiting.get();
        info
    }

    /// Nanoseconds spent waiting for events. May be called from any thread.
    pub(crate) fn idle_time(&self) -> u64 {
        let metrics = &self.engine().metrics;
        let (idle, began) = (metrics.idle.load(Relaxed), metrics.wait_began.load(Relaxed));
        if began == 0 {
            idle
        } else {
            idle + clock::monotonic().saturating_sub(began)
        }
    }
}

struct DefaultLoop {
    place: UnsafeCell<MaybeUninit<uv_loop_t>>,
    made: Cell<bool>,
}

// SAFETY: libuv's contract is that one thread uses the default loop; other threads only
// compare its address.
unsafe impl Sync for DefaultLoop {}

static DEFAULT: DefaultLoop = DefaultLoop {
    place: UnsafeCell::new(MaybeUninit::zeroed()),
    made: Cell::new(false),
};

/// The process's default loop, initialised on first use; null if that fails.
pub(crate) fn default_loop() -> *mut uv_loop_t {
    let place = DEFAULT.place.get().cast::<uv_loop_t>();
    if !DEFAULT.made.get() {
        // SAFETY: the place is static and holds no live loop.
        if unsafe { uv_loop_t::init(place) }.is_err() {
            return null_mut();
        }
        DEFAULT.made.set(true);
    }
    place
}

/// If the closed loop was the default one, lets the next use initialise it anew. Returns
/// whether it was.
pub(crate) fn clear_default(closed: *const uv_loop_t) -> bool {
    let is_default = closed == DEFAULT.place.get().cast();
    if is_default {
        DEFAULT.made.set(false);
    }
    is_default
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::{UV_READABLE, UV_RUN_DEFAULT, UV_RUN_NOWAIT, uv_poll_t};
    use crate::sys::{socket, unix_socket};

    unsafe extern "C" fn on_ready(handle: *mut uv_poll_t, status: c_int, _events: c_int) {
        // SAFETY: the test's handle, whose `data` is a cell of the test's.
        let (handle, seen) = unsafe {
            let handle = &*handle;
            (handle, &*handle.data.get().cast::<Cell<c_int>>())
        };
        seen.set(status + 1);
        handle.stop();
    }

    #[test]
    fn one_that_cannot_be_watched_after_a_fork_keeps_no_other_from_it() {
        // SAFETY: loops and handles may be all zeroes before they are made.
        let (mut place, polls): (Box<uv_loop_t>, Box<[uv_poll_t; 2]>) =
            unsafe { (Box::new(core::mem::zeroed()), Box::new(core::mem::zeroed())) };
        // SAFETY: the place holds no loop yet.
        unsafe { uv_loop_t::init(&mut *place) }.unwrap();
        let (loop_, seen) = (&*place, Cell::new(0));
        let pipes = [(); 2].map(|()| unix_socket::pipe(true).unwrap());
        for (poll, pipe) in polls.iter().zip(pipes) {
            poll.init(loop_, pipe[0]).unwrap();
            poll.start(UV_READABLE as c_int, Some(on_ready)).unwrap();
        }
        polls[1].data.set((&raw const seen).cast_mut().cast());
        // A folder in the place of the first: the kernel watches none.
        let folder = fd::open_read(c"/").unwrap();
        fd::replace(folder, pipes[0][0]).unwrap();
        assert_eq!(loop_.fork(), Err(Errno::PERM));
        fd::close(pipes[1][1]).unwrap();
        polls[0].stop();
        loop_.run(UV_RUN_NOWAIT);
        assert_eq!(seen.get(), 1);
        for poll in &*polls {
            super::super::dispatch::close(poll, None);
        }
        loop_.run(UV_RUN_DEFAULT);
        loop_.close().unwrap();
        socket::close_pair(pipes[0]);
        socket::close_pair([folder, pipes[1][0]]);
    }
}
