//! The machine: processors, load, names. (Miscellaneous utilities)
//!
//! All of these functions may be called from any thread.

use super::store;
use crate::abi::{uv_cpu_info_t, uv_utsname_t};
use crate::errno::{Errno, IntoC};
use crate::event_loop::alloc;
use crate::sys::machine;
use crate::sys::thread::CPU_MASK_SIZE;
use crate::system::{OutBuf, cpu, host};
use core::ffi::{c_char, c_int, c_uint};

/// Estimates how many threads it makes sense to keep busy.
///
/// That is the number of processors that the calling thread may run on, or less if control
/// groups (version 1 or 2) give the process less time than that. The limits of the process's
/// own group and of all groups above it count, rounded down to whole processors.
///
/// Returns the number, at least 1.
///
/// May be called from any thread. Since libuv 1.44.
#[unsafe(no_mangle)]
pub extern "C" fn uv_available_parallelism() -> c_uint {
    cpu::parallelism() as c_uint
}

/// Lists the machine's processors that are online.
///
/// `*cpu_infos` becomes an array of `*count` elements. Each has the `model`, `unknown` if that
/// cannot be told; the highest `speed` in MHz, 0 if that is not known; and how much time the
/// processor has spent on what, in milliseconds. The caller frees the array with
/// [`uv_free_cpu_info`]; the models' names are in the same memory. To choose a number of
/// threads, use [`uv_available_parallelism`].
///
/// Returns 0; `UV_ENOMEM`; or an error of reading `/proc/stat`. After an error nothing is
/// written.
///
/// May be called from any thread.
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

/// Frees the array that [`uv_cpu_info`] has returned.
///
/// `cpu_infos` may be null. `count` is not looked at.
///
/// May be called from any thread.
///
/// # Safety
/// `cpu_infos` came from `uv_cpu_info` or is null, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_free_cpu_info(cpu_infos: *mut uv_cpu_info_t, count: c_int) {
    let _ = count;
    // SAFETY: the list is one block of ours, or null.
    unsafe { alloc::free(cpu_infos.cast()) };
}

/// Returns the size in bytes of a mask for `uv_thread_setaffinity` and `uv_thread_getaffinity`.
///
/// A mask has one byte for each processor that the system can tell apart: 1,024 on Linux.
///
/// May be called from any thread. Since libuv 1.45.
#[unsafe(no_mangle)]
pub extern "C" fn uv_cpumask_size() -> c_int {
    CPU_MASK_SIZE as c_int
}

/// Writes how long the machine has been up, in seconds, with a fraction if that is known.
///
/// Returns 0; `UV_EINVAL` if `uptime` is null; or an error of clock_gettime(2). After an error
/// nothing is written.
///
/// May be called from any thread.
///
/// # Safety
/// `uptime` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_uptime(uptime: *mut f64) -> c_int {
    // SAFETY: the caller passes a place for the number, or null.
    unsafe { store(uptime, machine::uptime) }
}

/// Writes the machine's load to the three numbers at `avg`.
///
/// They are the average numbers of threads that ran or waited to, over the last minute, 5
/// minutes and 15 minutes. If the system does not tell them, nothing is written.
///
/// May be called from any thread.
///
/// # Safety
/// `avg` is an array of 3 numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_loadavg(avg: *mut f64) {
    if let Some(load) = machine::load() {
        // SAFETY: the caller passes an array of 3.
        unsafe { avg.cast::<[f64; 3]>().write(load) };
    }
}

/// Writes the machine's host name into `buffer`.
///
/// `*size` is the size of `buffer` in bytes; `UV_MAXHOSTNAMESIZE` is always enough. It becomes
/// the length of the name, without the NUL that is written behind it.
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENOBUFS` if the buffer is too
/// small, and then `*size` is what is needed, the NUL included; or an error of gethostname(2).
///
/// May be called from any thread. Since libuv 1.12.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_gethostname(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, host::hostname) }.into_c()
}

/// Writes the names of the operating system and the machine, as uname(2) does.
///
/// `sysname` is the system's name, `release` and `version` are those of the kernel, `machine`
/// is the kind of processor.
///
/// Returns 0; `UV_EINVAL` if `buffer` is null; or an error of uname(2), and then all four texts
/// are empty.
///
/// May be called from any thread. Since libuv 1.25.
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
