//! `uv_tcp_t`: TCP, over IPv4 and IPv6.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::tcp::{self, Probes};
use crate::sys::socket::End;
use core::ffi::{c_int, c_uint};
use libc::sockaddr;

/// Initialises the handle; a socket is opened when it is first needed.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_init(loop_: *mut uv_loop_t, handle: *mut uv_tcp_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, libc::AF_UNSPEC as c_uint) }.into_c()
}

/// Initialises the handle and opens a socket of the family in the low eight bits of
/// `flags`: `AF_INET`, `AF_INET6`, or `AF_UNSPEC` for none yet.
///
/// Returns 0; `UV_EINVAL` for other flags; or an error of `socket(2)`, after which the
/// handle is not the loop's.
///
/// # Safety
/// As [`uv_tcp_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_init_ex(
    loop_: *mut uv_loop_t,
    handle: *mut uv_tcp_t,
    flags: c_uint,
) -> c_int {
    // SAFETY: as uv_tcp_init.
    unsafe { (*handle).init(&*loop_, flags) }.into_c()
}

/// Takes over an open socket, which becomes non-blocking and the handle's to close.
///
/// Returns 0; `UV_EEXIST` when the loop watches it already; `UV_EBUSY` when the handle
/// has another; `UV_EBADF`. After an error the socket is still the caller's.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_open(handle: *mut uv_tcp_t, sock: uv_os_sock_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open(sock).into_c()
}

/// Sends small writes at once (`enable` not 0) or gathers them: `TCP_NODELAY`. Set
/// before there is a socket, it is applied when there is one.
///
/// Returns 0, or an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_nodelay(handle: *mut uv_tcp_t, enable: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.nodelay(enable != 0).into_c()
}

/// Probes an idle connection after `delay` seconds, and then each second up to ten
/// times before it is given up; with `enable` 0, no more. Set before there is a socket,
/// only the switch is remembered, and the delay is 60 seconds then.
///
/// Returns 0; `UV_EINVAL` for a `delay` of 0; or an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_keepalive(
    handle: *mut uv_tcp_t,
    enable: c_int,
    delay: c_uint,
) -> c_int {
    let probes = Probes {
        idle: delay,
        interval: 1,
        count: 10,
    };
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.keepalive(enable != 0, probes).into_c()
}

/// Probes an idle connection after `idle` seconds, and then every `intvl` seconds up to
/// `cnt` times before it is given up; with `on` 0, no more. Set before there is a
/// socket, only the switch is remembered, as for [`uv_tcp_keepalive`].
///
/// Returns 0; `UV_EINVAL` when one of them is 0; or an error of `setsockopt(2)`.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_keepalive_ex(
    handle: *mut uv_tcp_t,
    on: c_int,
    idle: c_uint,
    intvl: c_uint,
    cnt: c_uint,
) -> c_int {
    let probes = Probes {
        idle,
        interval: intvl,
        count: cnt,
    };
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.keepalive(on != 0, probes).into_c()
}

/// Does nothing: it is about Windows. Returns 0.
///
/// # Safety
/// None is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_simultaneous_accepts(
    _handle: *mut uv_tcp_t,
    _enable: c_int,
) -> c_int {
    0
}

/// Binds the handle to an IPv4 or IPv6 address.
///
/// `flags` may hold `UV_TCP_IPV6ONLY` (no IPv4 on an IPv6 socket) and
/// `UV_TCP_REUSEPORT` (several sockets share the port and its connections).
///
/// Returns 0, also for an address in use: [`uv_listen`](super::stream::uv_listen) or
/// [`uv_tcp_connect`] reports that as `UV_EADDRINUSE`. `UV_EINVAL` for other families,
/// a closing handle, a bound one, or IPv6-only on IPv4; or another error of the system.
///
/// # Safety
/// `handle` is an initialised handle; `addr` is as long as its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_bind(
    handle: *mut uv_tcp_t,
    addr: *const sockaddr,
    flags: c_uint,
) -> c_int {
    if addr.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the handle is initialised; the address is as long as its family says.
    unsafe { (*handle).bind(addr, flags) }.into_c()
}

/// Writes the local address to `name`, at most `*namelen` bytes, and its length to
/// `namelen`.
///
/// Returns 0; `UV_EBADF` without a socket; `UV_EADDRINUSE` when binding failed so.
///
/// # Safety
/// `handle` is an initialised handle; `name` is valid for `*namelen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_getsockname(
    handle: *const uv_tcp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised; `name` has the room that `namelen` says.
    unsafe { (*handle).name(End::Local, name, &mut *namelen) }.into_c()
}

/// Writes the peer's address to `name`, at most `*namelen` bytes, and its length to
/// `namelen`.
///
/// Returns 0; `UV_EBADF` without a socket; `UV_ENOTCONN` when the handle is not
/// connected; `UV_EADDRINUSE` when binding failed so.
///
/// # Safety
/// As `uv_tcp_getsockname`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_getpeername(
    handle: *const uv_tcp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised; `name` has the room that `namelen` says.
    unsafe { (*handle).name(End::Peer, name, &mut *namelen) }.into_c()
}

/// Closes with a reset: the peer sees `UV_ECONNRESET`, and what was not sent is lost.
/// `close_cb` runs as for [`uv_close`](super::handle::uv_close).
///
/// Returns 0; `UV_EINVAL` after [`uv_shutdown`](super::stream::uv_shutdown); `UV_EBADF`
/// without a socket. After an error the handle is not closed.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_close_reset(handle: *mut uv_tcp_t, close_cb: uv_close_cb) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.close_reset(close_cb).into_c()
}

/// Starts to connect to an IPv4 or IPv6 address.
///
/// `cb` runs with the request and 0, or a negative error such as `UV_ECONNREFUSED` or
/// `UV_ETIMEDOUT`, from the loop and never from here; `UV_ECANCELED` when the handle is
/// closed first. The request may be freed then.
///
/// Returns 0; `UV_EINVAL` for other families or a closing handle; `UV_EALREADY` while
/// it connects; or another error of the system, and then `cb` does not run.
///
/// # Safety
/// `req` is memory for a request; `handle` is an initialised handle; `addr` is as long
/// as its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_connect(
    req: *mut uv_connect_t,
    handle: *mut uv_tcp_t,
    addr: *const sockaddr,
    cb: uv_connect_cb,
) -> c_int {
    if addr.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the handle is initialised, the request is the caller's memory for one,
    // and the address is as long as its family says.
    unsafe { (*handle).connect(&*req, addr, cb) }.into_c()
}

/// Makes two connected sockets; `type_` and `protocol` are `socketpair(2)`'s. An end is
/// non-blocking when its flags hold `UV_NONBLOCK_PIPE`.
///
/// Returns 0, or an error of the system, and then there are no sockets.
///
/// # Safety
/// `socket_vector` is valid for two descriptors.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_socketpair(
    type_: c_int,
    protocol: c_int,
    socket_vector: *mut uv_os_sock_t,
    flags0: c_int,
    flags1: c_int,
) -> c_int {
    match tcp::socket_pair(type_, protocol, [flags0, flags1]) {
        Ok(fds) => {
            // SAFETY: the caller has room for two.
            unsafe { socket_vector.cast::<[c_int; 2]>().write(fds) };
            0
        }
        Err(error) => error.raw(),
    }
}
