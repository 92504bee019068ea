//! Network interfaces. (Miscellaneous utilities)
//!
//! All of these functions may be called from any thread.

use crate::abi::uv_interface_address_t;
use crate::errno::IntoC;
use crate::event_loop::alloc;
use crate::system::{OutBuf, interfaces};
use core::ffi::{c_char, c_int, c_uint};

/// Writes the name of the network interface with the number `ifindex` into `buffer`.
///
/// `*size` is the size of `buffer` in bytes; `UV_IF_NAMESIZE` is always enough. It becomes the
/// length of the name, without the NUL that is written behind it.
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENXIO` if there is no such
/// interface; or `UV_ENOBUFS` if the buffer is too small, and then `*size` is what is needed, the
/// NUL included.
///
/// May be called from any thread. Since libuv 1.16.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_if_indextoname(
    ifindex: c_uint,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, |out| interfaces::name(ifindex, out)) }.into_c()
}

/// Writes what stands for the network interface with the number `ifindex` in an IPv6 address.
///
/// That is the zone, the text behind the `%`. On Unix it is the interface's name, and the call
/// is the same as [`uv_if_indextoname`].
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENXIO` if there is no such
/// interface; or `UV_ENOBUFS` if the buffer is too small, and then `*size` is what is needed, the
/// NUL included.
///
/// May be called from any thread. Since libuv 1.16.
///
/// # Safety
/// As for `uv_if_indextoname`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_if_indextoiid(
    ifindex: c_uint,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller keeps the same contract.
    unsafe { uv_if_indextoname(ifindex, buffer, size) }
}

/// Lists the addresses of the network interfaces that are up and running.
///
/// `*addresses` becomes an array of `*count` elements, one for each address, so an interface
/// may occur several times. The caller frees it with [`uv_free_interface_addresses`]; the names
/// are in the same memory. Without any address it is null and `*count` is 0. `phys_addr` is
/// zeros if the interface has no hardware address. `is_internal` is 1 for a loopback interface.
///
/// Returns 0; `UV_ENOMEM`; or an error of getifaddrs(3). After an error `*addresses` is null
/// and `*count` is 0.
///
/// May be called from any thread.
///
/// # Safety
/// Both pointers are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_interface_addresses(
    addresses: *mut *mut uv_interface_address_t,
    count: *mut c_int,
) -> c_int {
    let list = interfaces::list();
    let (first, length) = list.unwrap_or((core::ptr::null_mut(), 0));
    // SAFETY: the caller passes places for both.
    unsafe {
        *addresses = first;
        *count = length as c_int;
    }
    list.map(drop).into_c()
}

/// Frees the array that [`uv_interface_addresses`] has returned.
///
/// `addresses` may be null. `count` is not looked at.
///
/// May be called from any thread.
///
/// # Safety
/// `addresses` came from `uv_interface_addresses` or is null, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_free_interface_addresses(
    addresses: *mut uv_interface_address_t,
    count: c_int,
) {
    let _ = count;
    // SAFETY: the list is one block of ours, or null.
    unsafe { alloc::free(addresses.cast()) };
}
