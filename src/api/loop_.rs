//! `uv_loop_t`: the event loop.

use crate::abi::{uv_loop_option, uv_loop_t, uv_run_mode, uv_walk_cb};
use crate::errno::IntoC;
use crate::event_loop::{alloc, lifecycle};
use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

/// Initialises a loop in the caller's memory; its `data` is kept, all else is set.
///
/// Returns 0; `UV_ENOMEM`, `UV_EMFILE` or another error of the system when the loop's
/// descriptors or memory cannot be had, and then nothing is left behind.
///
/// # Safety
/// `loop_` is memory for a loop, and no live loop is there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_init(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the memory is for a loop and holds no live one.
    unsafe { uv_loop_t::init(loop_) }.into_c()
}

/// Lets go of all that the loop holds. Its memory is then the caller's to free.
///
/// Returns 0; `UV_EBUSY` when handles are not closed (their close callbacks have not
/// run) or requests are under way, and then nothing has changed.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_close(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    let closed = unsafe { &*loop_ }.close();
    if closed.is_ok() {
        lifecycle::forget_default(loop_);
    }
    closed.into_c()
}

/// Gives the process's default loop, made on first use. It belongs to one thread. After
/// [`uv_loop_close`] the next call makes it anew.
///
/// Returns the loop, or null when it cannot be made. Its memory is never freed.
#[unsafe(no_mangle)]
pub extern "C" fn uv_default_loop() -> *mut uv_loop_t {
    lifecycle::default_loop()
}

/// Allocates and initialises a loop. Deprecated: use [`uv_loop_init`].
///
/// Returns the loop, for [`uv_loop_delete`] to free, or null when there is no memory or
/// no descriptor for it.
#[unsafe(no_mangle)]
pub extern "C" fn uv_loop_new() -> *mut uv_loop_t {
    let loop_ = alloc::malloc(size_of::<uv_loop_t>()).cast::<uv_loop_t>();
    if loop_.is_null() {
        return null_mut();
    }
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

/// Closes a loop of [`uv_loop_new`] and frees it; the default loop is only closed.
/// Deprecated: use [`uv_loop_close`].
///
/// A loop that is busy stays as it is.
///
/// # Safety
/// `loop_` came from `uv_loop_new` or `uv_default_loop` and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_delete(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    if unsafe { &*loop_ }.close().is_ok() && !lifecycle::forget_default(loop_) {
        // SAFETY: uv_loop_new allocated the block.
        unsafe { alloc::free(loop_.cast()) };
    }
}

/// Gives the size of `uv_loop_t`, for who has no header at hand.
///
/// Returns bytes.
#[unsafe(no_mangle)]
pub extern "C" fn uv_loop_size() -> usize {
    size_of::<uv_loop_t>()
}

/// Asks whether anything keeps the loop going: active handles that are referenced,
/// requests under way or handles that close.
///
/// Returns 1 or 0.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_alive(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.is_alive().into()
}

/// Sets an option, best before the loop first runs.
///
/// `UV_LOOP_BLOCK_SIGNAL` with `SIGPROF` keeps that signal from interrupting the
/// wait. `UV_METRICS_IDLE_TIME` has the time in the wait counted. With
/// `UV_LOOP_USE_IO_URING_SQPOLL`, and the environment variable `UV_USE_IO_URING` above
/// 0, files are read and written through an io_uring where the kernel has one; a program
/// that runs with more rights than its caller does not use that variable (secure_getenv(3)).
///
/// Returns 0; `UV_EINVAL` for another signal; `UV_ENOSYS` for an unknown option.
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

/// Makes the loop usable in a child of `fork(2)`, which must call this before anything
/// else on it. Handles go on as they were; sends to async handles that were not yet
/// answered are lost.
///
/// Returns 0, or the error of a system call.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_fork(loop_: *mut uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.fork().into_c()
}

/// Runs the loop on the calling thread.
///
/// With `UV_RUN_DEFAULT` until nothing keeps it going or it is stopped; with
/// `UV_RUN_ONCE` for one turn, which waits for events when there is nothing to do at
/// once; with `UV_RUN_NOWAIT` for one turn that does not wait. A turn calls, in this
/// order: what has ended since (write and connect callbacks, say), idle handles,
/// prepare handles, I/O, check handles, close callbacks, and timers that are due.
/// With `UV_RUN_DEFAULT` timers also run once before the first turn.
///
/// Returns 0 when nothing is left that keeps the loop going, else not 0: the caller
/// should run it again.
///
/// # Safety
/// `loop_` is an initialised loop that is not running.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_run(loop_: *mut uv_loop_t, mode: uv_run_mode) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.run(mode).into()
}

/// Has [`uv_run`] return: at the end of the current turn, whose poll does not wait, or
/// at once when it is called next. That call takes the order back.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_stop(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.stop_flag.set(1);
}

/// Gives the loop's clock. It stands still while callbacks run: see [`uv_update_time`].
///
/// Returns milliseconds since an arbitrary start; they never go back.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_now(loop_: *const uv_loop_t) -> u64 {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.time.get()
}

/// Sets the loop's clock to the present: for a callback that has taken long and starts
/// a timer.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_update_time(loop_: *mut uv_loop_t) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.update_time();
}

/// Gives the loop's epoll descriptor, for a program that waits on it itself and then
/// calls [`uv_run`] with `UV_RUN_NOWAIT`. It is readable whenever the loop has events.
///
/// Returns the descriptor, which stays the loop's; [`uv_loop_fork`] changes it.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_backend_fd(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.backend_fd()
}

/// Says how long the loop would wait now, in its poll: for a program that waits itself,
/// on [`uv_backend_fd`].
///
/// Returns milliseconds until the first timer is due; 0 when there is work and it would
/// not wait at all; -1 when it would wait for events only, for ever.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_backend_timeout(loop_: *const uv_loop_t) -> c_int {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.backend_timeout()
}

/// Calls `walk_cb` with every handle of the loop, active or not, and `arg`, before this
/// returns. The library's own handles are left out. The callback may close handles;
/// those that it initialises are not visited.
///
/// # Safety
/// `loop_` is an initialised loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_walk(loop_: *mut uv_loop_t, walk_cb: uv_walk_cb, arg: *mut c_void) {
    // SAFETY: the loop is initialised.
    unsafe { &*loop_ }.walk(walk_cb, arg);
}

/// Gives back what [`uv_loop_set_data`] stored.
///
/// Returns the pointer, or whatever was in the field before anything was stored:
/// initialising a loop leaves it alone.
///
/// # Safety
/// `loop_` is a loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_get_data(loop_: *const uv_loop_t) -> *mut c_void {
    // SAFETY: the loop is the caller's.
    unsafe { &*loop_ }.data.get()
}

/// Stores a pointer of the caller's, which the library never touches.
///
/// # Safety
/// `loop_` is a loop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loop_set_data(loop_: *mut uv_loop_t, data: *mut c_void) {
    // SAFETY: the loop is the caller's.
    unsafe { &*loop_ }.data.set(data);
}
