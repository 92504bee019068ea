//! `uv_udp_t`: multicast, broadcast and times to live.
//!
//! But for the memberships, the handle must have a socket: made by `uv_udp_init_ex`, or
//! by binding, sending or receiving. Without one the error is `UV_EBADF`.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use core::ffi::{CStr, c_char, c_int};

/// A C string, if there is one.
///
/// # Safety
/// `text` is null or NUL-terminated, and stays as long as the result is used.
unsafe fn text<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: a text that is not null is NUL-terminated.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// Joins (`UV_JOIN_GROUP`) or leaves (`UV_LEAVE_GROUP`) a multicast group, of IPv4 or
/// IPv6. A handle without a socket is bound first, to any address, and shares it.
///
/// `interface_addr` is the IPv4 address of the interface, or an IPv6 address whose zone
/// names it; null leaves the choice to the system.
///
/// Returns 0; `UV_EINVAL` for text that is no address or another `membership`; or an
/// error of `bind(2)` or `setsockopt(2)`: `UV_ENODEV` without such an interface,
/// `UV_EADDRINUSE` for a group already joined, `UV_EADDRNOTAVAIL` for one that is not.
///
/// # Safety
/// `handle` is an initialised handle; the texts are null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_membership(
    handle: *mut uv_udp_t,
    multicast_addr: *const c_char,
    interface_addr: *const c_char,
    membership: uv_membership,
) -> c_int {
    // SAFETY: as this function's own contract.
    let (handle, group, interface) =
        unsafe { (&*handle, text(multicast_addr), text(interface_addr)) };
    group
        .ok_or(Errno::INVAL)
        .and_then(|group| handle.set_membership(group, interface, membership))
        .into_c()
}

/// Like [`uv_udp_set_membership`], for what one sender, `source_addr`, sends to the
/// group. The two addresses are of one family.
///
/// Returns as that, and `UV_EINVAL` for a `source_addr` that is null, no address, or of
/// the other family.
///
/// # Safety
/// As [`uv_udp_set_membership`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_source_membership(
    handle: *mut uv_udp_t,
    multicast_addr: *const c_char,
    interface_addr: *const c_char,
    source_addr: *const c_char,
    membership: uv_membership,
) -> c_int {
    // SAFETY: as this function's own contract.
    let (handle, group, interface, source) = unsafe {
        let interface = text(interface_addr);
        (&*handle, text(multicast_addr), interface, text(source_addr))
    };
    group
        .zip(source)
        .ok_or(Errno::INVAL)
        .and_then(|(group, source)| {
            handle.set_source_membership(group, interface, source, membership)
        })
        .into_c()
}

/// Has datagrams that are sent to a group come back to this machine (`on` is 1, which
/// is how it begins) or not (0).
///
/// Returns 0, `UV_EINVAL` for numbers that are no byte, `UV_EBADF` without a socket, or
/// an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_loop(handle: *mut uv_udp_t, on: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_multicast_loop(on).into_c()
}

/// Sets how many networks datagrams that are sent to a group may cross: 1 to 255, or 0
/// to keep them on this machine.
///
/// Returns 0, `UV_EINVAL` for numbers that are no byte, `UV_EBADF` without a socket, or
/// an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_ttl(handle: *mut uv_udp_t, ttl: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_multicast_ttl(ttl).into_c()
}

/// Chooses the interface that datagrams to groups take: `interface_addr` is as in
/// [`uv_udp_set_membership`].
///
/// Returns 0, `UV_EINVAL` for text that is no address, `UV_EBADF` without a socket, or
/// an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle; `interface_addr` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_interface(
    handle: *mut uv_udp_t,
    interface_addr: *const c_char,
) -> c_int {
    // SAFETY: as this function's own contract.
    let (handle, interface) = unsafe { (&*handle, text(interface_addr)) };
    handle.set_multicast_interface(interface).into_c()
}

/// Allows (`on` not 0) or forbids to send to broadcast addresses.
///
/// Returns 0, `UV_EBADF` without a socket, or an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_broadcast(handle: *mut uv_udp_t, on: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_broadcast(on).into_c()
}

/// Sets how many networks datagrams may cross: 1 to 255.
///
/// Returns 0, `UV_EINVAL` for other numbers, `UV_EBADF` without a socket, or an error
/// of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_ttl(handle: *mut uv_udp_t, ttl: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_ttl(ttl).into_c()
}
