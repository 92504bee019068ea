//! The calling process. (Miscellaneous utilities)
//!
//! These functions belong to no loop.

use super::store;
use crate::abi::{uv_pid_t, uv_rusage_t};
use crate::errno::{Errno, IntoC};
use crate::sys;
use crate::system::{OutBuf, c_str, process, title};
use core::ffi::{c_char, c_int};

/// Takes over the program's arguments, whose memory the process's title needs.
///
/// Call it once, first in `main`, and use the result in place of `argv`: the title is
/// written over the original strings. `argc` and `argv` are those of `main`.
///
/// Returns a copy of the arguments that ends with a null pointer and lasts until
/// `uv_library_shutdown`; do not free it. Returns `argv` itself if `argc` is 0 or less, or
/// if there is no memory for a copy; the functions for the title then return `UV_ENOBUFS`.
///
/// # Safety
/// `argv` holds `argc` C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_setup_args(argc: c_int, argv: *mut *mut c_char) -> *mut *mut c_char {
    // SAFETY: the caller passes main's arguments.
    unsafe { title::setup(argc, argv) }
}

/// Copies the process's title, as `ps` shows it, and a NUL to `buffer`, which has `size`
/// bytes.
///
/// Before `uv_set_process_title` it is the program's first argument. May be called from any
/// thread.
///
/// Returns 0; `UV_EINVAL` if `buffer` is null or `size` is 0; `UV_ENOBUFS` if the title and
/// a NUL do not fit or `uv_setup_args` has not been called. With an error `buffer` is not
/// written.
///
/// # Safety
/// `buffer` is null or writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_get_process_title(buffer: *mut c_char, size: usize) -> c_int {
    if buffer.is_null() || size == 0 {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes a buffer of that size.
    unsafe { title::get(buffer, size) }.into_c()
}

/// Sets the process's title, as `ps` shows it, and the name of the calling thread.
///
/// The title is copied. It is cut to the size that the program's arguments took, and as the
/// thread's name to 15 bytes. May be called from any thread.
///
/// Returns 0; `UV_EINVAL` if `title` is null; `UV_ENOBUFS` if `uv_setup_args` has not been
/// called.
///
/// # Safety
/// `title` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_set_process_title(title: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(title) }.and_then(title::set).into_c()
}

/// Copies the absolute path of the running program and a NUL to `buffer`.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of what was written,
/// without the NUL. A path that does not fit is cut, which is no error: if `*size` becomes
/// one less than it was, try again with more.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if a pointer is null or `*size` is
/// 0; or the negated error of readlink(2) on `/proc/self/exe`, such as `UV_ENOENT` if
/// `/proc` is not mounted. With an error `*size` does not change.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_exepath(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, process::exepath) }.into_c()
}

/// Copies the absolute path of the working directory and a NUL to `buffer`. It has no slash
/// at its end, unless it is `/`.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of the path, without the
/// NUL.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if a pointer is null or `*size` is
/// 0; `UV_ENOBUFS` if the path does not fit: then `*size` becomes the size that it needs,
/// its NUL included; or the negated error of getcwd(3), such as `UV_ENOENT` if the
/// directory has been removed.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cwd(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, process::cwd) }.into_c()
}

/// Changes the working directory of the process, for all its threads, to `dir`.
///
/// Relative paths of requests that are under way may lead elsewhere then. May be called
/// from any thread.
///
/// Returns 0; `UV_EINVAL` if `dir` is null; or the negated error of chdir(2): `UV_ENOENT`
/// if there is no such directory, `UV_ENOTDIR`, `UV_EACCES`.
///
/// # Safety
/// `dir` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_chdir(dir: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(dir) }.and_then(sys::process::chdir).into_c()
}

/// Gets the id of the calling process.
///
/// May be called from any thread and from a signal handler. Returns the id.
///
/// Since libuv 1.18.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_getpid() -> uv_pid_t {
    sys::process::pid()
}

/// Gets the id of the parent of the calling process.
///
/// May be called from any thread and from a signal handler. Returns the id. After the
/// parent has ended it is that of the process which adopts orphans, usually 1.
///
/// Since libuv 1.16.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_getppid() -> uv_pid_t {
    sys::process::parent_pid()
}

/// Gets the priority (nice value) of the process `pid`, from -20 (the highest) to 19.
///
/// A `pid` of 0 is the calling process. On Linux each thread has a nice value: 0 then is
/// the calling thread, and another `pid` the first thread of that process.
///
/// May be called from any thread. Returns 0 and sets `*priority`; `UV_EINVAL` if `priority`
/// is null; or the negated error of getpriority(2), such as `UV_ESRCH` if there is no such
/// process.
///
/// Since libuv 1.23.
///
/// # Safety
/// `priority` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_getpriority(pid: uv_pid_t, priority: *mut c_int) -> c_int {
    // SAFETY: the caller passes a place for the number, or null.
    unsafe { store(priority, || sys::process::nice(pid)) }
}

/// Sets the priority (nice value) of the process `pid`.
///
/// `priority` is a number from -20 (the highest) to 19, such as the `UV_PRIORITY_`
/// constants. A `pid` of 0 is the calling process. On Linux each thread has a nice value,
/// which it gives to the threads that it starts: 0 then is the calling thread, and another
/// `pid` the first thread of that process.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` for another `priority`; or the
/// negated error of setpriority(2): `UV_ESRCH` if there is no such process, `UV_EPERM` if
/// it belongs to another user, `UV_EACCES` if the process may not raise the priority.
///
/// Since libuv 1.23.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_setpriority(pid: uv_pid_t, priority: c_int) -> c_int {
    process::set_priority(pid, priority).into_c()
}

/// Gets what the process has used since it started, all its threads together.
///
/// The members of `rusage` are those of getrusage(2): `ru_utime` and `ru_stime` are
/// processor time in user and system mode, `ru_maxrss` the most memory in kilobytes,
/// `ru_minflt` and `ru_majflt` page faults, `ru_inblock` and `ru_oublock` transfers of
/// blocks, `ru_nvcsw` and `ru_nivcsw` context switches. What the system does not count is
/// 0.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `rusage` is null; or the
/// negated error of getrusage(2).
///
/// # Safety
/// `rusage` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getrusage(rusage: *mut uv_rusage_t) -> c_int {
    // SAFETY: the caller passes a place for the numbers, or null.
    unsafe { store(rusage, || process::usage(libc::RUSAGE_SELF)) }
}

/// Gets what the calling thread has used since it started.
///
/// The members of `rusage` are those of `uv_getrusage`; `ru_maxrss` is that of the process.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `rusage` is null; or the
/// negated error of getrusage(2).
///
/// Since libuv 1.50.
///
/// # Safety
/// `rusage` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getrusage_thread(rusage: *mut uv_rusage_t) -> c_int {
    // SAFETY: the caller passes a place for the numbers, or null.
    unsafe { store(rusage, || process::usage(libc::RUSAGE_THREAD)) }
}
