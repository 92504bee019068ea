//! `uv_udp_t`: multicast, broadcast and times to live.
//!
//! Functions that take a handle are called on the loop's thread. But for the memberships, the
//! handle must have a socket: made by `uv_udp_init_ex`, or by binding, sending or receiving.
//! Without one the error is `UV_EBADF`.

use crate::abi::*;
use crate::errno::IntoC;
use crate::system::c_str;
use core::ffi::{c_char, c_int};

/// Joins or leaves an IPv4 or IPv6 multicast group.
///
/// `membership` is `UV_JOIN_GROUP` or `UV_LEAVE_GROUP`. `multicast_addr` is the text of the
/// group's address. `interface_addr` chooses the interface: for IPv4 it is the text of the
/// interface's address, for IPv6 that of any IPv6 address with the interface's name as its
/// zone, such as `::%eth0`; null, and an IPv6 address without a zone, leave the choice to the
/// system. The texts are not kept. A handle without a socket is bound first, to any address and
/// port of the family, with `UV_UDP_REUSEADDR`.
///
/// Returns 0; `UV_EINVAL` if `multicast_addr` is null or no multicast address, `interface_addr`
/// is no address of the same family, or for another `membership`; `UV_ENODEV` if there is no
/// such interface; `UV_EADDRINUSE` if the handle is a member already; `UV_EADDRNOTAVAIL` if it
/// is none and should leave; or another error of socket(2), bind(2) or setsockopt(2).
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
    // SAFETY: the handle is initialised, and each text is null or NUL-terminated.
    unsafe {
        let (group, interface) = (c_str(multicast_addr), c_str(interface_addr).ok());
        group.and_then(|group| (*handle).set_membership(group, interface, membership))
    }
    .into_c()
}

/// Joins or leaves a multicast group for the datagrams of one sender.
///
/// `source_addr` is the text of the sender's address, of the group's family. The other
/// arguments are those of [`uv_udp_set_membership`].
///
/// Returns 0; `UV_EINVAL` if `multicast_addr` or `source_addr` is null, they are not two
/// addresses of one family, `interface_addr` is no address of that family, or for another
/// `membership`; `UV_ENODEV` if there is no such interface; `UV_EADDRNOTAVAIL` if the handle is
/// a member for this sender already, or for another sender only and should leave; or another
/// error of socket(2), bind(2) or setsockopt(2).
///
/// Since libuv 1.32.
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
    // SAFETY: the handle is initialised, and each text is null or NUL-terminated.
    unsafe {
        let (group, source) = (c_str(multicast_addr), c_str(source_addr));
        let interface = c_str(interface_addr).ok();
        group.and_then(|group| {
            (*handle).set_source_membership(group, interface, source?, membership)
        })
    }
    .into_c()
}

/// Sets whether datagrams to multicast groups come back to this machine.
///
/// `on` is 1 for yes, which is the initial state, or 0 for no. The setting is that of IPv6 if
/// the handle was bound by a function of this library to an IPv6 address, otherwise that of
/// IPv4.
///
/// Returns 0; `UV_EINVAL` if `on` is below 0 or above 255; `UV_EBADF` if the handle has no
/// socket; or another error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_loop(handle: *mut uv_udp_t, on: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_multicast_loop(on).into_c()
}

/// Sets how many networks datagrams to multicast groups may cross.
///
/// `ttl` is 1, the initial state, to 255; with 0 they stay on this machine. The setting is that
/// of IPv6 if the handle was bound by a function of this library to an IPv6 address, otherwise
/// that of IPv4.
///
/// Returns 0; `UV_EINVAL` if `ttl` is below 0 or above 255; `UV_EBADF` if the handle has no
/// socket; or another error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_ttl(handle: *mut uv_udp_t, ttl: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_multicast_ttl(ttl).into_c()
}

/// Sets the interface through which datagrams to multicast groups leave.
///
/// `interface_addr` is the text of the interface's IPv4 address, or that of an IPv6 address
/// with the interface's name as its zone, as for [`uv_udp_set_membership`]. Null leaves the
/// choice to the system again: for IPv6 if the handle was bound by a function of this library
/// to an IPv6 address, otherwise for IPv4. The text is not kept.
///
/// Returns 0; `UV_EINVAL` if the text is no address; `UV_EADDRNOTAVAIL` if no interface has the
/// IPv4 address; `UV_EBADF` if the handle has no socket; or another error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle; `interface_addr` is null or NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_multicast_interface(
    handle: *mut uv_udp_t,
    interface_addr: *const c_char,
) -> c_int {
    // SAFETY: the handle is initialised, and each text is null or NUL-terminated.
    unsafe { (*handle).set_multicast_interface(c_str(interface_addr).ok()) }.into_c()
}

/// Allows sending to broadcast addresses (`on` not 0) or forbids it (0, the initial state).
///
/// Returns 0; `UV_EBADF` if the handle has no socket; or another error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_broadcast(handle: *mut uv_udp_t, on: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_broadcast(on).into_c()
}

/// Sets how many networks datagrams to single machines may cross.
///
/// `ttl` is 1 to 255. The setting is that of IPv6 if the handle was bound by a function of this
/// library to an IPv6 address, otherwise that of IPv4.
///
/// Returns 0; `UV_EINVAL` for other numbers; `UV_EBADF` if the handle has no socket; or another
/// error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_set_ttl(handle: *mut uv_udp_t, ttl: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.set_ttl(ttl).into_c()
}
