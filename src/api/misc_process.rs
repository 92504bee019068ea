//! The calling process. (Miscellaneous utilities)

use crate::abi::{uv_pid_t, uv_rusage_t};
use crate::errno::{Errno, IntoC};
use crate::sys;
use crate::system::{OutBuf, c_str, process, title};
use core::ffi::{c_char, c_int};

/// Takes the program's arguments over. Call it once, first thing in `main`, and use what
/// it returns in place of `argv`.
///
/// The process's title needs it: that goes where the arguments were. Returns a copy of
/// the arguments, which lasts until `uv_library_shutdown`, or `argv` itself when there are
/// none or no memory for a copy.
///
/// # Safety
/// `argv` holds `argc` C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_setup_args(argc: c_int, argv: *mut *mut c_char) -> *mut *mut c_char {
    // SAFETY: the caller passes main's arguments.
    unsafe { title::setup(argc, argv) }
}

/// Writes the process's title, as `ps` shows it.
///
/// Returns 0, `UV_EINVAL` when `buffer` is null or `size` is 0, or `UV_ENOBUFS` when the
/// title and a NUL are more than `size` bytes or `uv_setup_args` has not been called.
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

/// Sets the process's title, and with it the name of the calling thread.
///
/// It has the room that the program's arguments took and is cut to that.
///
/// Returns 0, `UV_EINVAL` when `title` is null, or `UV_ENOBUFS` when `uv_setup_args` has not
/// been called.
///
/// # Safety
/// `title` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_set_process_title(title: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(title) }.and_then(title::set).into_c()
}

/// Writes the path of the running program. What does not fit is cut.
///
/// `*size` is the room in `buffer` and becomes the length of what was written, without the
/// NUL behind it.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, or what the system says.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_exepath(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(process::exepath)
        .into_c()
}

/// Writes the working directory. It has no slash at its end, unless it is `/`.
///
/// `*size` is the room in `buffer` and becomes the length of the path without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, `UV_ENOBUFS` when the path
/// does not fit (then `*size` is the room that it needs, its NUL included), or what the
/// system says, such as `UV_ENOENT` when the directory has been removed.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cwd(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(process::cwd)
        .into_c()
}

/// Changes the working directory.
///
/// Returns 0, `UV_EINVAL` when `dir` is null, or what the system says.
///
/// # Safety
/// `dir` is a C string or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_chdir(dir: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(dir) }.and_then(sys::process::chdir).into_c()
}

/// Asks for the id of the calling process.
///
/// Returns the id.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_getpid() -> uv_pid_t {
    sys::process::pid()
}

/// Asks for the id of the calling process's parent.
///
/// Returns the id; 1, or that of a process which adopts orphans, once the parent has
/// ended.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_getppid() -> uv_pid_t {
    sys::process::parent_pid()
}

/// Writes the priority of a process, from -20 (the highest) to 19. A `pid` of 0 is the
/// calling process.
///
/// Returns 0, `UV_EINVAL` when `priority` is null, or what the system says, such as
/// `UV_ESRCH` when there is no such process.
///
/// # Safety
/// `priority` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_getpriority(pid: uv_pid_t, priority: *mut c_int) -> c_int {
    if priority.is_null() {
        return Errno::INVAL.raw();
    }
    let nice = sys::process::nice(pid);
    // SAFETY: the caller passes a place for the number.
    nice.map(|nice| unsafe { *priority = nice }).into_c()
}

/// Sets the priority of a process, from -20 (the highest) to 19. A `pid` of 0 is the
/// calling process.
///
/// Returns 0, `UV_EINVAL` for any other priority, or what the system says, such as
/// `UV_EACCES` when only the superuser may do that.
#[unsafe(no_mangle)]
pub extern "C" fn uv_os_setpriority(pid: uv_pid_t, priority: c_int) -> c_int {
    process::set_priority(pid, priority).into_c()
}

/// Writes what the process has used: processor time, memory in kilobytes, faults, blocks,
/// switches. What the system does not count is 0.
///
/// Returns 0, `UV_EINVAL` when `rusage` is null, or what the system says.
///
/// # Safety
/// `rusage` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getrusage(rusage: *mut uv_rusage_t) -> c_int {
    if rusage.is_null() {
        return Errno::INVAL.raw();
    }
    let usage = sys::process::usage().map(process::rusage);
    // SAFETY: the caller passes a place for the numbers.
    usage.map(|usage| unsafe { rusage.write(usage) }).into_c()
}

/// Writes what the calling thread has used, as `uv_getrusage` does for the process.
///
/// Returns 0, `UV_EINVAL` when `rusage` is null, or what the system says.
///
/// # Safety
/// `rusage` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getrusage_thread(rusage: *mut uv_rusage_t) -> c_int {
    if rusage.is_null() {
        return Errno::INVAL.raw();
    }
    let usage = sys::process::thread_usage().map(process::rusage);
    // SAFETY: the caller passes a place for the numbers.
    usage.map(|usage| unsafe { rusage.write(usage) }).into_c()
}
