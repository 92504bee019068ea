//! `uv_loop_t`: the event loop.
//!
//! A loop belongs to one thread at a time: functions that take a loop, a handle or a
//! request are called on the loop's thread, which is the one that calls [`uv_run`]. The
//! exceptions say so.

use crate::abi::{uv_loop_option, uv_loop_t, uv_run_mode, uv_walk_cb};
use crate::errno::IntoC;
use crate::event_loop::{alloc, lifecycle};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

/// Initialises a loop in memory of the caller's.
///
/// The memory may hold anything before the call; the member `data` is kept. It must
/// stay where it is until [`uv_loop_close`] has returned 0.
///
/// Returns 0; `UV_EMFILE` or `UV_ENFILE` if the loop's epoll set or eventfd cannot be
/// opened; `UV_ENOMEM` if there is no memory; or another error of those system calls.
/// After an error nothing is left to close.
///
/// # Safety
/// `loop_` is memory for a loop, and no live loop is there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_init(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the memory is for a loop and holds no live one.
    unsafe { uv_loop_t::init(loop_) }.into_c()
}

/// Closes the loop and frees what it holds; the memory of `uv_loop_t` is the caller's
/// again.
///
/// First close every handle and run the loop until the close callbacks have run.
/// Stopped and unreferenced handles count, too: [`uv_walk`] finds them. A loop must not
/// be closed twice. It may be closed in the callback of its last handle or request;
/// [`uv_run`] then returns 0.
///
/// Returns 0; `UV_EBUSY` if a handle's close callback has not run or a request is under
/// way, and then nothing has changed.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_close(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    let closed = unsafe { &*loop_ }.close();
    if closed.is_ok() {
        lifecycle::clear_default(loop_);
    }
    closed.into_c()
}

/// Returns the process's default loop, which the first call initialises, or null if
/// that fails.
///
/// It is a loop like any other, for programs that need only one. Its memory belongs to
/// the library and must not be freed. Close it with [`uv_loop_close`]; the next call of
/// this function then initialises it anew. Not thread-safe: the loop, and this
/// function, belong to one thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_default_loop() -> *mut uv_loop_t {
    lifecycle::default_loop()
}

/// Allocates and initialises a loop. Deprecated: use [`uv_loop_init`].
///
/// Returns the loop, which [`uv_loop_delete`] frees, or null if there is no memory or
/// no descriptor for it.
#[unsafe(no_mangle)]
pub extern "C" fn uv_loop_new() -> *mut uv_loop_t {
    let Ok(loop_) = alloc::malloc::<uv_loop_t>(size_of::<uv_loop_t>()) else {
        return null_mut();
    };
    // SAFETY: the block is fresh and large enough; `data` starts as null.
    unsafe {
        loop_.write_bytes(0, 1);
        if uv_loop_t::init(loop_).is_err() {
            alloc::free(loop_.cast());
            return null_mut();
        }
    }
    loop_
}

/// Closes a loop of [`uv_loop_new`] and frees its memory. Deprecated: use
/// [`uv_loop_close`].
///
/// The default loop is closed and not freed. If the loop has handles or requests left,
/// the call does nothing.
///
/// # Safety
/// `loop_` came from `uv_loop_new` or `uv_default_loop` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_delete(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    if unsafe { &*loop_ }.close().is_ok() && !lifecycle::clear_default(loop_) {
        // SAFETY: uv_loop_new allocated the block.
        unsafe { alloc::free(loop_.cast()) };
    }
}

/// Returns the size of `uv_loop_t` in bytes, for bindings that cannot use the header.
///
/// May be called from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn uv_loop_size() -> usize {
    size_of::<uv_loop_t>()
}

/// Returns 1 if something keeps [`uv_run`] going, else 0.
///
/// That is a handle that is active and referenced, a request under way, a callback that
/// is pending, or a handle whose close callback has not run.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_alive(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.is_alive().into()
}

/// Sets an option of the loop. Call it before the loop first runs.
///
/// `UV_LOOP_BLOCK_SIGNAL` takes a signal number, which must be `SIGPROF`: that signal
/// is blocked while the loop waits, so that a profiler does not wake it. The other
/// options take no argument. `UV_METRICS_IDLE_TIME` measures the time in the wait for
/// [`uv_metrics_idle_time`](super::metrics::uv_metrics_idle_time).
/// `UV_LOOP_USE_IO_URING_SQPOLL` makes `uv_fs_read` and `uv_fs_write` with a callback
/// use an io_uring, if the environment variable `UV_USE_IO_URING` is a number above 0
/// and the kernel has one; else they use the thread pool. A program with more rights
/// than its caller (secure_getenv(3)) ignores the variable.
///
/// Returns 0; `UV_EINVAL` for `UV_LOOP_BLOCK_SIGNAL` with another signal; `UV_ENOSYS`
/// for an unknown option.
///
/// Since libuv 1.0.2; `UV_METRICS_IDLE_TIME` since 1.39, `UV_LOOP_USE_IO_URING_SQPOLL`
/// since 1.49.
///
/// # Safety
/// `loop_` is an initialised loop.
// In C the function is variadic, which stable Rust cannot define. On Linux's x86_64
// and aarch64 the first variadic int travels in the register of a third parameter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_configure(
    loop_: *mut uv_loop_t,
    option: uv_loop_option,
    value: c_int,
) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.configure(option, value).into_c()
}

/// Makes the loop usable in a child of fork(2).
///
/// The child calls it before any other function for that loop. Active handles go on as
/// they were, with a new epoll set; so [`uv_backend_fd`] may change. Async sends and
/// signals that were not called back yet are lost. Work that the thread pool had
/// finished is still called back; a request that was still with the parent's pool or
/// io_uring never ends in the child, unless `uv_cancel` succeeds for it. A child that
/// does not use its parent's loops need not call it.
///
/// Returns 0, or the first error of a system call, such as `UV_EMFILE` or `UV_ENOMEM`.
/// If a descriptor cannot be watched again, the others are watched nevertheless.
///
/// Since libuv 1.12.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_fork(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.fork().into_c()
}

/// Runs the loop on the calling thread and calls the callbacks of its handles and
/// requests.
///
/// `UV_RUN_DEFAULT` runs turns until nothing keeps the loop alive ([`uv_loop_alive`])
/// or [`uv_stop`] is called. `UV_RUN_ONCE` runs one turn, which waits for events unless
/// there is something to do at once. `UV_RUN_NOWAIT` runs one turn that does not wait.
///
/// A turn has these phases: pending (what has ended since: write callbacks, say), idle,
/// prepare, poll (waits; then finished work and async handles, descriptors, signals,
/// children), pending again, check, closing (close callbacks), timers. With
/// `UV_RUN_DEFAULT` the timers that are due also run once before the first turn. The
/// poll waits until the first timer is due at most.
///
/// Must not be called from a callback of the same loop. Other threads may wake the loop
/// with `uv_async_send` only.
///
/// Returns 0 if nothing is left that keeps the loop alive, or if a callback has closed
/// it. Otherwise the result is not 0: the loop was stopped, or made its one turn, and
/// should run again.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_run(loop_: *mut uv_loop_t, mode: uv_run_mode) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.run(mode).into()
}

/// Makes [`uv_run`] return early.
///
/// Called in a callback, it ends the run after the current turn, which does not wait
/// any more. Called outside, it makes the next `uv_run` return without a turn. `uv_run`
/// clears the request when it returns. It does not wake a loop that waits: from another
/// thread use `uv_async_send`, and call `uv_stop` in that handle's callback.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_stop(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.stop_flag.set(1);
}

/// Returns the loop's time in milliseconds since an arbitrary start; it never goes
/// back.
///
/// The time is read from the system's monotonic clock when the loop polls and before
/// timers run, and stands still in between, while callbacks run. [`uv_update_time`]
/// sets it. For finer measurements use `uv_hrtime`.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_now(loop_: *const uv_loop_t) -> u64 {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.time.get()
}

/// Sets the loop's time to the present.
///
/// The loop does that itself in each turn. Call it in a callback that has taken long
/// and then starts a timer, or before [`uv_now`] if the present is needed.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_update_time(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.update_time();
}

/// Returns the loop's epoll descriptor, for embedding the loop in another one.
///
/// The descriptor is readable whenever the loop has events. Wait for that, for
/// [`uv_backend_timeout`] at most, then call [`uv_run`] with `UV_RUN_NOWAIT`. The first
/// call makes sends, signals and finished work show on the descriptor while the loop
/// does not run; so call this function at least once, and do not take the descriptor
/// from the loop's private members. It stays the loop's and must not be closed. It is
/// another one after [`uv_loop_close`] or [`uv_loop_fork`].
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_backend_fd(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.backend_fd()
}

/// Returns how long the loop would wait in its poll now, in milliseconds.
///
/// Returns 0 if it would not wait: nothing keeps it alive, [`uv_stop`] was called, an
/// idle handle is active, a handle is closing, or a callback is due already. Returns -1
/// if no timer is active, so that it would wait for events without limit. Otherwise the
/// result is the time until the first timer is due, counted from the loop's time
/// ([`uv_now`]).
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_backend_timeout(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.backend_timeout()
}

/// Calls `walk_cb` with each handle of the loop and `arg`, before it returns.
///
/// Active, stopped, unreferenced and closing handles are visited; the library's own are
/// not. The callback may close handles for which `uv_is_closing` returns 0. Handles
/// that it initialises are not visited. `arg` may be null; if `walk_cb` is null,
/// nothing happens.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_walk(loop_: *mut uv_loop_t, walk_cb: uv_walk_cb, arg: *mut c_void) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.walk(walk_cb, arg);
}

/// Returns the pointer that was stored last with [`uv_loop_set_data`] or in the member
/// `data`. If none was stored, it is whatever the memory held: initialising a loop
/// leaves it alone.
///
/// Since libuv 1.19.
///
/// # Safety
/// `loop_` is a loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_get_data(loop_: *const uv_loop_t) -> *mut c_void {
    // SAFETY: the loop is the caller's.
    unsafe { &*loop_ }.data.get()
}

/// Stores a pointer of the caller's in the member `data` of the loop. `data` may be
/// null.
///
/// The library neither reads nor frees it. [`uv_loop_get_data`] gives it back.
///
/// Since libuv 1.19.
///
/// # Safety
/// `loop_` is a loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_set_data(loop_: *mut uv_loop_t, data: *mut c_void) {
    // SAFETY: the loop is the caller's.
    unsafe { &*loop_ }.data.set(data);
}
