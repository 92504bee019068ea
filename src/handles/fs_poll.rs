//! Polling files: reading a file's status at intervals and comparing it.
//!
//! A handle may be stopped and started again while a request is active. So the state from one
//! start to its stop is a block of its own, which is freed when its request has finished and its
//! timer is closed. The close callback waits for the handle's last block.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::dispatch;
use crate::event_loop::flags::INTERNAL;
use crate::event_loop::queue::container_of;
use crate::requests::fs::Call;
use crate::system::outbuf::OutBuf;
use core::cell::{Cell, UnsafeCell};
use core::ffi::{CStr, c_char, c_int, c_uint};
use core::ptr::null_mut;

/// From one `start` to its `stop`.
struct Period {
    handle: *const uv_fs_poll_t,
    /// Milliseconds between two requests.
    interval: u64,
    callback: uv_fs_poll_cb,
    path: *mut c_char,
    /// When the last request began.
    began: Cell<u64>,
    seen: Cell<Seen>,
    status: UnsafeCell<uv_stat_t>,
    /// The earlier period, if it is not freed yet.
    previous: Cell<*mut Period>,
    timer: uv_timer_t,
    req: uv_fs_t,
}

/// The result of the last request.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    File,
    Error(c_int),
}

/// The status that the callback gets for a file whose status cannot be read.
// SAFETY: integers may all be zero.
static NO_STATUS: uv_stat_t = unsafe { core::mem::zeroed() };

impl uv_fs_poll_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_FS_POLL);
        self.poll_ctx.set(null_mut());
    }

    fn period(&self) -> *mut Period {
        self.poll_ctx.get().cast()
    }

    /// # Safety
    /// `path` is null or NUL-terminated.
    pub(crate) unsafe fn start(
        &self,
        callback: uv_fs_poll_cb,
        path: *const c_char,
        interval: c_uint,
    ) -> Result {
        if self.is_active() {
            return Ok(());
        }
        if self.is_closing() || path.is_null() {
            return Err(Errno::INVAL);
        }
        let place: *mut Period = alloc::calloc(1, size_of::<Period>())?;
        // SAFETY: the block is fresh and zeroed, which is a valid timer and request;
        // the path is NUL-terminated.
        let period = unsafe {
            (&raw mut (*place).handle).write(self);
            (&raw mut (*place).interval).write(u64::from(interval.max(1)));
            (&raw mut (*place).callback).write(callback);
            (&raw mut (*place).path).write(alloc::strdup(path).unwrap_or(null_mut()));
            (&raw mut (*place).seen).write(Cell::new(Seen::Nothing));
            &*place
        };
        let looks = if period.path.is_null() {
            Err(Errno::NOMEM)
        } else {
            period.request_status()
        };
        if looks.is_err() {
            // SAFETY: no other code has the block.
            unsafe { Period::free(place) };
            return looks;
        }
        period.timer.init(self.loop_());
        period.timer.set(INTERNAL);
        period.timer.unreference();
        period.previous.set(self.period());
        self.poll_ctx.set(place.cast());
        self.base.start();
        Ok(())
    }

    pub(crate) fn stop(&self) {
        if !self.is_active() {
            return;
        }
        // SAFETY: an active handle has a period.
        let timer = unsafe { &(*self.period()).timer };
        // While a request is active the timer is stopped, and `on_status` ends the period.
        if timer.is_active() {
            dispatch::close(timer, Some(on_timer_closed));
        }
        self.base.stop();
    }

    /// `uv_close`. Returns whether the handle may be closed at once.
    pub(crate) fn close(&self) -> bool {
        self.stop();
        self.period().is_null()
    }

    pub(crate) fn get_path(&self, out: OutBuf) -> Result {
        if !self.is_active() {
            let _ = out.needs(0);
            return Err(Errno::INVAL);
        }
        // SAFETY: an active handle has a period, and that a NUL-terminated path.
        out.put(unsafe { CStr::from_ptr((*self.period()).path) }.to_bytes())
    }

    /// Removes a period that has ended from the list. It is not in the list if the program has
    /// initialised the stopped handle again; libuv fails an assertion then.
    fn remove_period(&self, period: &Period) {
        let mut link = (&raw const self.poll_ctx).cast::<Cell<*mut Period>>();
        // SAFETY: the periods of a handle are a list, alive until each is over.
        unsafe {
            while !core::ptr::eq((*link).get(), period) {
                let Some(other) = (*link).get().as_ref() else {
                    return;
                };
                link = &other.previous;
            }
            (*link).set(period.previous.get());
        }
        if self.period().is_null() && self.is_closing() {
            self.make_close_pending();
        }
    }
}

impl Period {
    /// # Safety
    /// `place` was started and is not used again.
    unsafe fn free(place: *mut Period) {
        // SAFETY: the caller owns the block and its path, and does not use them again.
        unsafe {
            alloc::free((*place).path.cast());
            alloc::free(place.cast());
        }
    }

    fn handle(&self) -> &uv_fs_poll_t {
        // SAFETY: the handle does not finish closing before its periods are over.
        unsafe { &*self.handle }
    }

    /// Whether the handle is active and this is its current period.
    fn is_current(&self) -> bool {
        let handle = self.handle();
        handle.is_active() && !handle.is_closing() && core::ptr::eq(handle.period(), self)
    }

    /// Submits the request for the status.
    fn request_status(&self) -> Result {
        let loop_ = self.handle().loop_();
        self.began.set(loop_.time.get());
        let (at, req) = (core::ptr::from_ref(loop_), &raw const self.req);
        // SAFETY: no request is active: the timer runs only between requests. The request and the
        // path live as long as the period.
        unsafe {
            Call::new(at.cast_mut(), req.cast_mut(), UV_FS_STAT, Some(on_status)).path(self.path)
        }
        .try_submit()
        .map(drop)
        .inspect_err(|_| self.req.cleanup())
    }

    /// Compares the result with the last one, and calls back if it differs.
    fn compare(&self, outcome: core::result::Result<&uv_stat_t, c_int>) {
        let before = self.status.get();
        let (seen, now) = match outcome {
            Ok(status) => (Seen::File, status),
            Err(error) => (Seen::Error(error), &NO_STATUS),
        };
        let differs = match (self.seen.get(), seen) {
            (Seen::Nothing, Seen::File) => false,
            // SAFETY: no code writes the old status while it is compared.
            (Seen::File, Seen::File) => !unsafe { same(&*before, now) },
            (old, new) => old != new,
        };
        if differs {
            let status = outcome.err().unwrap_or(0);
            if let Some(callback) = self.callback {
                // SAFETY: the handle is alive; the period outlives the callback, which
                // can only stop it.
                unsafe { callback(self.handle.cast_mut(), status, before, now) };
            }
        }
        if let Ok(status) = outcome {
            // SAFETY: no code looks at the old status any more.
            unsafe { before.write(*status) };
        }
        self.seen.set(seen);
    }

    /// Starts the timer for the next request, or ends the period.
    fn schedule(&self) {
        if self.is_current() {
            let passed = self.handle().loop_().time.get() - self.began.get();
            let wait = self.interval - passed % self.interval;
            if self.timer.start(Some(on_timer), wait, 0).is_ok() {
                return;
            }
            self.handle().base.stop();
        }
        dispatch::close(&self.timer, Some(on_timer_closed));
    }
}

/// Whether two statuses are equal.
fn same(a: &uv_stat_t, b: &uv_stat_t) -> bool {
    let time = |t: &uv_timespec_t| (t.tv_sec, t.tv_nsec);
    let key = |s: &uv_stat_t| {
        (
            (time(&s.st_ctim), time(&s.st_mtim), time(&s.st_birthtim)),
            (s.st_size, s.st_mode, s.st_uid, s.st_gid),
            (s.st_ino, s.st_dev, s.st_flags, s.st_gen),
        )
    };
    key(a) == key(b)
}

/// The callback of the request.
unsafe extern "C" fn on_status(req: *mut uv_fs_t) {
    // SAFETY: the request is part of a period, which lives until its timer is closed.
    let period = unsafe { &*container_of!(req, Period, req) };
    if period.is_current() {
        period.compare(match period.req.result.get() {
            // SAFETY: the request is over, so its status does not change.
            0 => Ok(unsafe { &*period.req.statbuf.get() }),
            error => Err(error as c_int),
        });
    }
    period.req.cleanup();
    period.schedule();
}

/// The callback of the timer: makes the next request.
unsafe extern "C" fn on_timer(timer: *mut uv_timer_t) {
    // SAFETY: the timer is part of a period, which lives until it is closed.
    let period = unsafe { &*container_of!(timer, Period, timer) };
    if let Err(error) = period.request_status() {
        // The callback of another timer may have stopped the handle.
        if period.is_current() {
            period.compare(Err(error.raw()));
        }
        period.schedule();
    }
}

/// The close callback of the timer: frees the period.
unsafe extern "C" fn on_timer_closed(timer: *mut uv_handle_t) {
    let place = container_of!(timer, Period, timer);
    // SAFETY: the timer is closed and no request is under way: this was the last use.
    unsafe {
        (*place).handle().remove_period(&*place);
        Period::free(place);
    }
}
