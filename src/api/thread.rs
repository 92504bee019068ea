//! Threads. (Threading and synchronization utilities)
//!
//! These functions belong to no loop and may be called from any thread.

use super::store;
use crate::abi::{uv_thread_cb, uv_thread_options_t, uv_thread_t};
use crate::errno::{Errno, IntoC, Result};
use crate::sys;
use crate::sys::thread::CPU_MASK_SIZE;
use crate::system::{c_str, thread};
use core::ffi::{c_char, c_int, c_void};

/// Starts a thread that calls `entry` with `arg`.
///
/// The stack has the size of the limit on the main thread's (`RLIMIT_STACK`), or 2 MiB if
/// that is unlimited or too small. `*tid` is set before the call returns, but not
/// necessarily before `entry` runs; the thread itself uses `uv_thread_self`. Pass it later,
/// once, to `uv_thread_join` or `uv_thread_detach`. The thread ends when `entry` returns.
/// `arg` may be null.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `entry` is null; `UV_EAGAIN` if
/// there are too many threads or there is no memory for the stack; or another negated error
/// of pthread_create(3).
///
/// # Safety
/// `tid` is writable; `entry` may be called with `arg` on another thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_create(
    tid: *mut uv_thread_t,
    entry: uv_thread_cb,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: the caller keeps the same contract.
    unsafe { create(tid, 0, entry, arg) }.into_c()
}

/// Starts a thread as `uv_thread_create` does, with the options `params`, which may not be
/// null.
///
/// With `UV_THREAD_HAS_STACK_SIZE` in `params->flags` the stack has `params->stack_size`
/// bytes, rounded up to whole pages and to the least that the system allows. 0, or
/// `UV_THREAD_NO_FLAGS`, asks for the default size. `*params` may go when the call returns.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `entry` is null or the stack's
/// size is too large for a number; `UV_EAGAIN` if there are too many threads or there is no
/// memory for the stack; or another negated error of pthread_create(3).
///
/// Since libuv 1.26.
///
/// # Safety
/// `params` is valid; the rest as for `uv_thread_create`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_create_ex(
    tid: *mut uv_thread_t,
    params: *const uv_thread_options_t,
    entry: uv_thread_cb,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes valid options and keeps the same contract.
    unsafe { create(tid, thread::stack_size(&*params), entry, arg) }.into_c()
}

/// # Safety
/// As for `uv_thread_create`.
unsafe fn create(
    tid: *mut uv_thread_t,
    stack_size: usize,
    entry: uv_thread_cb,
    arg: *mut c_void,
) -> Result {
    let entry = entry.ok_or(Errno::INVAL)?;
    // SAFETY: `tid` is writable, and `entry` may be called with `arg` on another thread.
    unsafe { sys::thread::create(tid, stack_size, entry, arg) }
}

/// Lets a thread free what it uses by itself when it ends. It can no longer be joined.
///
/// May be called from any thread. Returns 0, or the negated error of pthread_detach(3):
/// `UV_EINVAL` if the thread is detached already, `UV_ESRCH` if there is no such thread.
///
/// Since libuv 1.50.
///
/// # Safety
/// `tid` is valid and its thread neither joined nor detached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_detach(tid: *mut uv_thread_t) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { sys::thread::detach(*tid) }.into_c()
}

/// Waits until a thread has ended and frees what it used. Afterwards `*tid` names no
/// thread.
///
/// Each thread is joined once, by one thread, and not if it is detached. May be called from
/// any other thread.
///
/// Returns 0, or the negated error of pthread_join(3): `UV_EINVAL` if the thread is
/// detached or another thread joins it, `UV_ESRCH` if there is no such thread, `-EDEADLK`
/// if it is the calling thread.
///
/// # Safety
/// `tid` is valid and its thread neither joined nor detached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_join(tid: *mut uv_thread_t) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { sys::thread::join(*tid) }.into_c()
}

/// Gets the id of the calling thread, to compare with `uv_thread_equal` or to pass to other
/// functions for threads.
///
/// May be called from any thread. Returns the id.
#[unsafe(no_mangle)]
pub extern "C" fn uv_thread_self() -> uv_thread_t {
    sys::thread::current()
}

/// Compares two ids of threads. Neither pointer may be null.
///
/// May be called from any thread. Returns a number other than 0 if they name the same
/// thread, otherwise 0.
///
/// # Safety
/// Both pointers are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_equal(t1: *const uv_thread_t, t2: *const uv_thread_t) -> c_int {
    // SAFETY: the caller passes valid pointers.
    unsafe { sys::thread::equal(*t1, *t2) }.into()
}

/// Sets the processors on which a thread may run.
///
/// `cpumask` has a byte for each processor: the thread may run on those whose byte is not
/// 0. `mask_size` is the number of bytes in each mask, at least `uv_cpumask_size()`; bytes
/// beyond that are ignored. If `oldmask` is not null, it gets the previous setting as by
/// `uv_thread_getaffinity`, also if the setting then fails. The masks may be the same and
/// are not kept.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `cpumask` is null, the masks
/// are too short, or they allow no processor that the thread may have; or another negated
/// error of pthread_setaffinity_np(3).
///
/// Since libuv 1.45.
///
/// # Safety
/// `tid` is valid and its thread has not ended; the masks have `mask_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_setaffinity(
    tid: *mut uv_thread_t,
    cpumask: *mut c_char,
    oldmask: *mut c_char,
    mask_size: usize,
) -> c_int {
    // SAFETY: the caller passes such a thread and masks of that length; both masks are
    // looked at one after the other, as they may be the same.
    unsafe {
        let wanted = mask(cpumask, mask_size).map(|mask| *mask);
        let kept = match oldmask.is_null() {
            true => Ok(()),
            false => mask(oldmask, mask_size).and_then(|mask| sys::thread::affinity(*tid, mask)),
        };
        kept.and_then(|()| sys::thread::set_affinity(*tid, &wanted?))
    }
    .into_c()
}

/// Gets the processors on which a thread may run.
///
/// `cpumask` gets a byte for each processor: 1 if the thread may run on it, otherwise 0.
/// `mask_size` is the number of bytes in it, at least `uv_cpumask_size()`; bytes beyond
/// that are not written.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `cpumask` is null or too short;
/// or another negated error of pthread_getaffinity_np(3).
///
/// Since libuv 1.45.
///
/// # Safety
/// `tid` is valid and its thread has not ended; the mask has `mask_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_getaffinity(
    tid: *mut uv_thread_t,
    cpumask: *mut c_char,
    mask_size: usize,
) -> c_int {
    // SAFETY: the caller passes such a thread and a mask of that length.
    unsafe { mask(cpumask, mask_size).and_then(|mask| sys::thread::affinity(*tid, mask)) }.into_c()
}

/// The part of a mask that counts; `EINVAL` for a shorter one.
///
/// # Safety
/// `mask` is null or has `size` bytes, which no other code uses for `'a`.
unsafe fn mask<'a>(mask: *mut c_char, size: usize) -> Result<&'a mut [c_char; CPU_MASK_SIZE]> {
    if size < CPU_MASK_SIZE {
        return Err(Errno::INVAL);
    }
    // SAFETY: `mask` is null or has CPU_MASK_SIZE bytes.
    unsafe { mask.cast::<[c_char; CPU_MASK_SIZE]>().as_mut() }.ok_or(Errno::INVAL)
}

/// Gets the processor on which the calling thread runs. The thread may have moved by the
/// time the call returns.
///
/// May be called from any thread. Returns the processor's number, from 0, or the negated
/// error of sched_getcpu(3), such as `UV_ENOSYS`.
///
/// Since libuv 1.45.
#[unsafe(no_mangle)]
pub extern "C" fn uv_thread_getcpu() -> c_int {
    sys::thread::current_cpu().into_c()
}

/// Names the calling thread, for debuggers and `ps`.
///
/// The name is cut to what the system keeps, 15 bytes on Linux, and copied.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `name` is null; or the negated
/// error of pthread_setname_np(3).
///
/// Since libuv 1.50.
///
/// # Safety
/// `name` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_setname(name: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(name) }.and_then(thread::set_name).into_c()
}

/// Copies the name of a thread and a NUL to `name`, which has `size` bytes.
///
/// A name that does not fit is cut, which is no error; 16 bytes are always enough on Linux.
/// The rest of the buffer is filled with zeroes. A thread that was not named has the name
/// of the thread that started it.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `name` is null or `size` is 0;
/// or the negated error of pthread_getname_np(3).
///
/// Since libuv 1.50.
///
/// # Safety
/// `tid` is valid and its thread has not ended; `name` is null or writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_getname(
    tid: *mut uv_thread_t,
    name: *mut c_char,
    size: usize,
) -> c_int {
    if name.is_null() || size == 0 {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes such a thread and a buffer of that size.
    unsafe { thread::name(*tid, name, size) }.into_c()
}

/// Gets the priority of a thread.
///
/// For the calling thread under the usual policy (`SCHED_OTHER`), `*priority` becomes its
/// nice value, from -20 (the highest) to 19. For another thread under that policy it
/// becomes 0. Under other policies it becomes the priority within the policy.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `priority` is null; or the
/// negated error of pthread_getschedparam(3), such as `UV_ESRCH`.
///
/// Since libuv 1.48.
///
/// # Safety
/// The thread has not ended; `priority` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_getpriority(tid: uv_thread_t, priority: *mut c_int) -> c_int {
    // SAFETY: the caller passes such a thread and a place for the number, or null.
    unsafe { store(priority, || thread::priority(tid)) }
}

/// Sets the priority of a thread.
///
/// `priority` is a `UV_THREAD_PRIORITY_` constant, from `UV_THREAD_PRIORITY_LOWEST` (-2) to
/// `UV_THREAD_PRIORITY_HIGHEST` (2). For the calling thread under the usual policy
/// (`SCHED_OTHER`), the nice value becomes -2 times that, from 4 to -4. For another thread
/// under that policy nothing happens, and the call returns 0. Under other policies the five
/// values are spread evenly over the policy's priorities.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` for another `priority`;
/// `UV_EACCES` or `UV_EPERM` if the process may not raise it; `UV_ESRCH` if there is no
/// such thread; or another negated error of setpriority(2) or pthread_setschedparam(3).
///
/// Since libuv 1.48.
///
/// # Safety
/// The thread has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_setpriority(tid: uv_thread_t, priority: c_int) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { thread::set_priority(tid, priority) }.into_c()
}
