//! The machine: processors, load, names. (Miscellaneous utilities)

use crate::abi::{uv_cpu_info_t, uv_utsname_t};
use crate::errno::{Errno, IntoC};
use crate::event_loop::alloc;
use crate::sys::thread::CPU_MASK_SIZE;
use crate::system::{OutBuf, cpu, host};
use core::ffi::{c_char, c_int, c_uint};

/// Estimates how many threads it makes sense to keep busy: the number of processors
/// that the calling thread may run on, or less where control groups give the process
/// less time than that: its own (version 1 or 2) or one above it.
///
/// Returns the number, at least 1.
#[unsafe(no_mangle)]
pub extern "C" fn uv_available_parallelism() -> c_uint {
    cpu::parallelism() as c_uint
}

/// Lists the machine's processors: model, highest speed in MHz (0 where that is not
/// known) and how they have spent their time, in milliseconds.
///
/// `*cpu_infos` becomes an array of `*count` elements, to be freed with `uv_free_cpu_info`.
/// To decide on a number of threads, use `uv_available_parallelism`.
///
/// Returns 0, `UV_ENOMEM`, or what the system says; then nothing is written.
///
/// # Safety
/// Both pointers are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_cpu_info(
    cpu_infos: *mut *mut uv_cpu_info_t,
    count: *mut c_int,
) -> c_int {
    let list = cpu::list().map(|(first, length)| {
        // SAFETY: the caller passes places for both.
        unsafe {
            *cpu_infos = first;
            *count = length as c_int;
        }
    });
    list.into_c()
}

/// Frees what `uv_cpu_info` gave. `count` is not looked at.
///
/// # Safety
/// `cpu_infos` came from `uv_cpu_info` or is null, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_free_cpu_info(cpu_infos: *mut uv_cpu_info_t, count: c_int) {
    let _ = count;
    // SAFETY: the list is one block of ours, or null.
    unsafe { alloc::free(cpu_infos.cast()) };
}

/// Gives the length of a mask of processors, for `uv_thread_setaffinity` and
/// `uv_thread_getaffinity`.
///
/// Returns bytes, one for each processor that the system can tell of: 1,024 on Linux.
#[unsafe(no_mangle)]
pub extern "C" fn uv_cpumask_size() -> c_int {
    CPU_MASK_SIZE as c_int
}

/// Writes how long the machine has been up, in seconds and, where the system tells them,
/// fractions.
///
/// Returns 0, `UV_EINVAL` when `uptime` is null, or what the system says.
///
/// # Safety
/// `uptime` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_uptime(uptime: *mut f64) -> c_int {
    if uptime.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes a place for the number.
    host::uptime()
        .map(|seconds| unsafe { *uptime = seconds })
        .into_c()
}

/// Writes the machine's load: how many threads ran or wanted to, on average, over the last
/// minute, 5 minutes and 15. Where the system does not tell, nothing is written.
///
/// # Safety
/// `avg` is an array of 3 numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loadavg(avg: *mut f64) {
    if let Some(load) = host::load() {
        // SAFETY: the caller passes an array of 3.
        unsafe { avg.cast::<[f64; 3]>().write(load) };
    }
}

/// Writes the host's name.
///
/// `*size` is the room in `buffer` (`UV_MAXHOSTNAMESIZE` always is enough) and becomes the
/// length of the name without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, or `UV_ENOBUFS` when the
/// name does not fit: then `*size` is the room that it needs, its NUL included.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_gethostname(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(host::hostname)
        .into_c()
}

/// Fills in the names of the operating system and of the kind of machine, the system's
/// release and its version.
///
/// Returns 0, `UV_EINVAL` when `buffer` is null, or what the system says: then all texts
/// are empty.
///
/// # Safety
/// `buffer` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_uname(buffer: *mut uv_utsname_t) -> c_int {
    // SAFETY: the caller passes a structure of characters, which any bytes are valid for.
    match unsafe { buffer.as_mut() } {
        Some(buffer) => host::uname(buffer).into_c(),
        None => Errno::INVAL.raw(),
    }
}
