//! Names to addresses and addresses to names.
//!
//! Functions that take a loop, a handle or a request are called on the loop's thread.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::requests::dns;
use core::ffi::{c_char, c_int};
use libc::{addrinfo, sockaddr};

/// Looks up the addresses of a host, of a service or of both, as getaddrinfo(3) does.
///
/// `node` is a host name or a numeric address, in UTF-8; labels that are not ASCII are
/// encoded for the domain name system. `service` is the name of a service or a port
/// number. One of the two may be null. `hints` restricts the result and may be null.
/// All three are copied, so they are needed only during the call.
///
/// With a `cb` a thread of the pool asks; look-ups use half of the threads at most.
/// `cb` runs once, on the loop's thread, in the poll phase, never from inside this
/// call, with the request, a status and the list of addresses, which is also in
/// `req->addrinfo`. The status is 0, an error of the resolver such as `UV_EAI_NONAME`
/// or `UV_EAI_AGAIN`, another error of the system, or `UV_EAI_CANCELED` after
/// [`uv_cancel`](super::request::uv_cancel); the list is null unless the status is 0.
/// `req` must stay valid until `cb` has begun, which may free it.
///
/// Without a `cb` the calling thread waits, `loop_` is not used and may be null, the
/// status is returned, and the list is in `req->addrinfo`.
///
/// The caller frees the list with [`uv_freeaddrinfo`]; it may outlive the request.
///
/// Returns 0; `UV_EINVAL` if `req` is null, if `node` and `service` are both null, if
/// `loop_` is null and `cb` is not, or if `node` is empty, not UTF-8 or, encoded,
/// longer than 255 bytes; `UV_E2BIG` for a label that cannot be encoded; `UV_ENOMEM`;
/// with a `cb`, `UV_EAGAIN` if the pool has no thread and none can be made; without
/// one, the errors that are a status above. After an error `cb` does not run.
///
/// Without a `cb` it may be called from any thread. Since libuv 1.3 `cb` may be null.
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
    // SAFETY: `req` is null or memory for a request.
    match unsafe { req.as_ref() } {
        // SAFETY: the loop is initialised; `node`, `service` and `hints` are null or readable.
        Some(req) => unsafe { req.start(loop_, cb, node, service, hints) },
        None => Err(Errno::INVAL),
    }
    .into_c()
}

/// Frees a list of addresses that [`uv_getaddrinfo`] gave. If `ai` is null, it does
/// nothing.
///
/// May be called from any thread.
///
/// # Safety
/// `ai` is null or a list from [`uv_getaddrinfo`], which is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_freeaddrinfo(ai: *mut addrinfo) {
    // SAFETY: `ai` is null or a list from uv_getaddrinfo that was not freed.
    unsafe { dns::free_addresses(ai) }
}

/// Looks up the host name of an IPv4 or IPv6 address and the service name of its port,
/// as getnameinfo(3) does.
///
/// `addr` is copied, so it is needed only during the call. `flags` is 0 or a sum of
/// that function's constants, such as `NI_NUMERICHOST` or `NI_NAMEREQD`.
///
/// With a `getnameinfo_cb` a thread of the pool asks; look-ups use half of the threads
/// at most. The callback runs once, on the loop's thread, in the poll phase, never from
/// inside this call, with the request, a status, the host name and the service name.
/// The status is 0, an error of the resolver such as `UV_EAI_NONAME`, another error of
/// the system, or `UV_EAI_CANCELED` after [`uv_cancel`](super::request::uv_cancel); the
/// names are null unless the status is 0. The names are the members `host` and
/// `service` of the request, and are valid as long as that. `req` must stay valid until
/// the callback has begun, which may free it.
///
/// Without a callback the calling thread waits, `loop_` is not used and may be null,
/// the status is returned, and the names are in `req->host` and `req->service`.
///
/// Returns 0; `UV_EINVAL` if `req` or `addr` is null, if the address is of another
/// family, or if `loop_` is null and the callback is not; with a callback, `UV_EAGAIN`
/// or `UV_ENOMEM` if the pool has no thread and none can be made; without one, the
/// errors that are a status above. After an error the callback does not run.
///
/// Without a callback it may be called from any thread. Since libuv 1.3 the callback
/// may be null.
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
    // SAFETY: `req` is null or memory for a request.
    match unsafe { req.as_ref() } {
        // SAFETY: the loop is initialised; `addr` is readable.
        Some(req) => unsafe { req.start(loop_, getnameinfo_cb, addr, flags) },
        None => Err(Errno::INVAL),
    }
    .into_c()
}
