//! Names to addresses and addresses to names.

use crate::abi::{
    uv_getaddrinfo_cb, uv_getaddrinfo_t, uv_getnameinfo_cb, uv_getnameinfo_t, uv_loop_t,
};
use crate::errno::{Errno, IntoC};
use crate::requests::dns;
use core::ffi::{c_char, c_int};
use libc::{addrinfo, sockaddr};

/// Looks up the addresses of a host, of a service or of both, as getaddrinfo(3) does.
///
/// `node` is UTF-8: names that are not ASCII are encoded for the domain name system.
/// `hints` narrows down what is looked for. All three are copied; `node` or `service`
/// may be null, and so may `hints`.
///
/// With a `cb` the request goes to the thread pool and 0 is returned. `cb` then runs on
/// the loop's thread with the request, status 0 and the list of addresses, also found
/// in `req->addrinfo`, or with a negative status, such as `UV_EAI_NONAME`
/// (`UV_EAI_CANCELED` after [`uv_cancel`](super::request::uv_cancel)), and null. The
/// request may be freed then. Without a `cb` the calling thread waits, `loop_` may be
/// null, and the status is returned. The list is freed with [`uv_freeaddrinfo`].
///
/// Returns `UV_EINVAL`, without a callback, for a null `req`, when `node` and `service`
/// are both null, and for a `node` that is empty, not UTF-8, or too long to be a name;
/// `UV_ENOMEM` likewise.
///
/// # Safety
/// `req` is null or memory for a request that nothing else uses, alive until the
/// callback has run; `loop_` is an initialised loop that outlives it; the strings are
/// null or NUL-terminated; `hints` is null or a valid structure.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getaddrinfo(
    loop_: *mut uv_loop_t,
    req: *mut uv_getaddrinfo_t,
    cb: uv_getaddrinfo_cb,
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
) -> c_int {
    // SAFETY: as this function's own contract.
    match unsafe { req.as_ref() } {
        // SAFETY: as this function's own contract.
        Some(req) => unsafe { req.start(loop_, cb, node, service, hints) },
        None => Err(Errno::INVAL),
    }
    .into_c()
}

/// Frees a list of addresses; a null one is fine.
///
/// # Safety
/// `ai` is null or a list from [`uv_getaddrinfo`], which is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_freeaddrinfo(ai: *mut addrinfo) {
    // SAFETY: as this function's own contract.
    unsafe { dns::free_addresses(ai) }
}

/// Looks up the name of an IPv4 or IPv6 address and of its port, as getnameinfo(3)
/// does.
///
/// `flags` are the `NI_` constants. `addr` is copied.
///
/// With a `getnameinfo_cb` the request goes to the thread pool and 0 is returned. The
/// callback then runs on the loop's thread with the request, status 0 and the two
/// strings, which are fields of the request, or with a negative status
/// (`UV_EAI_CANCELED` after [`uv_cancel`](super::request::uv_cancel)) and two nulls.
/// The request may be freed then. Without one the calling thread waits, `loop_` may be
/// null, the status is returned, and `req->host` and `req->service` have the strings.
///
/// Returns `UV_EINVAL`, without a callback, for a null `req` or `addr` and for an
/// address of another family.
///
/// # Safety
/// `req` is null or memory for a request that nothing else uses, alive until the
/// callback has run; `loop_` is an initialised loop that outlives it; `addr` is null or
/// as long as its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_getnameinfo(
    loop_: *mut uv_loop_t,
    req: *mut uv_getnameinfo_t,
    getnameinfo_cb: uv_getnameinfo_cb,
    addr: *const sockaddr,
    flags: c_int,
) -> c_int {
    // SAFETY: as this function's own contract.
    match unsafe { req.as_ref() } {
        // SAFETY: as this function's own contract.
        Some(req) => unsafe { req.start(loop_, getnameinfo_cb, addr, flags) },
        None => Err(Errno::INVAL),
    }
    .into_c()
}
