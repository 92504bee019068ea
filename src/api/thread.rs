//! Threads. (Threading and synchronization utilities)

use crate::abi::{uv_thread_cb, uv_thread_options_t, uv_thread_t};
use crate::errno::{Errno, IntoC, Result};
use crate::sys;
use crate::sys::thread::CPU_MASK_SIZE;
use crate::system::{c_str, thread};
use core::ffi::{c_char, c_int, c_void};

/// Starts a thread that calls `entry` with `arg`, with a stack of the default size: that
/// of the limit on the main thread's, or 2 MiB where there is none.
///
/// `*tid` is set before this returns, but not necessarily before `entry` runs. The thread
/// must be passed to `uv_thread_join` or `uv_thread_detach`.
///
/// Returns 0, `UV_EINVAL` when `entry` is null, or what the system says, such as
/// `UV_EAGAIN` when there are too many threads.
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

/// Starts a thread like `uv_thread_create`, as `params` say.
///
/// With `UV_THREAD_HAS_STACK_SIZE` the stack has `stack_size` bytes, rounded up to
/// whole pages and to the least that the system allows; 0 is the default.
///
/// Returns as `uv_thread_create`: 0, `UV_EINVAL`, or what the system says, such as
/// `UV_EAGAIN` also for a stack that there is no room for.
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
    // SAFETY: as this function's own contract.
    unsafe { sys::thread::create(tid, stack_size, entry, arg) }
}

/// Lets a thread release what it holds when it ends, so that no thread need join it.
///
/// Returns 0, or what the system says: `UV_EINVAL` when it has been detached before,
/// `UV_ESRCH` when there is no such thread.
///
/// # Safety
/// `tid` is valid and its thread neither joined nor detached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_detach(tid: *mut uv_thread_t) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { sys::thread::detach(*tid) }.into_c()
}

/// Waits until a thread has ended.
///
/// Returns 0, or what the system says: a negated `EDEADLK` for the calling thread itself.
///
/// # Safety
/// `tid` is valid and its thread neither joined nor detached.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_join(tid: *mut uv_thread_t) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { sys::thread::join(*tid) }.into_c()
}

/// Asks for the calling thread.
///
/// Returns its id, for `uv_thread_equal` and its kin.
#[unsafe(no_mangle)]
pub extern "C" fn uv_thread_self() -> uv_thread_t {
    sys::thread::current()
}

/// Asks whether two threads are the same one.
///
/// Returns not 0 if they are, else 0.
///
/// # Safety
/// Both pointers are valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_equal(t1: *const uv_thread_t, t2: *const uv_thread_t) -> c_int {
    // SAFETY: the caller passes valid pointers.
    unsafe { sys::thread::equal(*t1, *t2) }.into()
}

/// Sets which processors a thread may run on: those whose byte in `cpumask` is not 0.
///
/// `mask_size` is the length of the masks, at least `uv_cpumask_size()`. If `oldmask` is not
/// null, it gets the previous setting as `uv_thread_getaffinity` would give it.
///
/// Returns 0, `UV_EINVAL` when the masks are too short or allow no processor that there
/// is, or what else the system says.
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

/// Writes which processors a thread may run on: a byte for each, 1 or 0.
///
/// `mask_size` is the length of the mask, at least `uv_cpumask_size()`; bytes beyond that
/// are not touched.
///
/// Returns 0, `UV_EINVAL` when the mask is too short, or what the system says.
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
    // SAFETY: as this function's own contract.
    unsafe { mask.cast::<[c_char; CPU_MASK_SIZE]>().as_mut() }.ok_or(Errno::INVAL)
}

/// Asks for the processor that the calling thread is running on.
///
/// Returns its number, from 0, or a negative error of `sched_getcpu(3)`.
#[unsafe(no_mangle)]
pub extern "C" fn uv_thread_getcpu() -> c_int {
    sys::thread::current_cpu().into_c()
}

/// Names the calling thread. The name is cut to what the system shows: 15 bytes on Linux.
///
/// Returns 0, `UV_EINVAL` when `name` is null, or what the system says.
///
/// # Safety
/// `name` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_setname(name: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(name) }.and_then(thread::set_name).into_c()
}

/// Writes a thread's name and a NUL to `name`, which has `size` bytes. What does not fit
/// is cut.
///
/// Returns 0, `UV_EINVAL` when `name` is null or `size` is 0, or what the system says.
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

/// Writes a thread's priority: the nice value of the calling thread under the usual
/// policy, and otherwise the priority within the policy, which for the usual one is 0.
///
/// Returns 0, `UV_EINVAL` when `priority` is null, or what the system says.
///
/// # Safety
/// The thread has not ended; `priority` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_getpriority(tid: uv_thread_t, priority: *mut c_int) -> c_int {
    if priority.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes such a thread and a place for the number.
    unsafe { thread::priority(tid).map(|value| *priority = value) }.into_c()
}

/// Sets a thread's priority: one of `UV_THREAD_PRIORITY_LOWEST` to
/// `UV_THREAD_PRIORITY_HIGHEST`.
///
/// Under the usual policy only the calling thread has one, its nice value; for another
/// thread nothing happens. More than the normal priority may take privileges.
///
/// Returns 0, `UV_EINVAL` for any other priority, or what the system says.
///
/// # Safety
/// The thread has not ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_thread_setpriority(tid: uv_thread_t, priority: c_int) -> c_int {
    // SAFETY: the caller passes such a thread.
    unsafe { thread::set_priority(tid, priority) }.into_c()
}
