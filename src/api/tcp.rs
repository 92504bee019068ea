//! `uv_tcp_t`: TCP, over IPv4 and IPv6.
//!
//! A TCP handle is a stream: reading, writing, listening and shutting down are in `stream.rs`.
//! Functions that take a loop, handle or request are called on the loop's thread, where all
//! callbacks run too.

use crate::abi::*;
use crate::errno::{Errno, IntoC};
use crate::handles::tcp::{self, Probes};
use crate::sys::socket::End;
use core::ffi::{c_int, c_uint};
use libc::sockaddr;

/// Initialises a TCP handle without a socket.
///
/// A socket is opened when it is first needed, by `uv_listen`, [`uv_tcp_bind`] or
/// [`uv_tcp_connect`], or comes from [`uv_tcp_open`] or `uv_accept`. The memory at `handle`
/// must stay valid, and where it is, until the callback of `uv_close`.
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

/// Initialises a TCP handle and opens a socket for it.
///
/// The low eight bits of `flags` are the socket's family: `AF_INET`, `AF_INET6`, or `AF_UNSPEC`
/// for no socket yet, as with [`uv_tcp_init`]. The other bits must be 0. The memory at `handle`
/// must stay valid, and where it is, until the callback of `uv_close`.
///
/// Returns 0; `UV_EINVAL` for other flags; or an error of socket(2), such as `UV_EMFILE` or
/// `UV_EAFNOSUPPORT`. After an error the handle is not the loop's and must not be closed.
///
/// Since libuv 1.7.
///
/// # Safety
/// As [`uv_tcp_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_init_ex(
    loop_: *mut uv_loop_t,
    handle: *mut uv_tcp_t,
    flags: c_uint,
) -> c_int {
    // SAFETY: `loop_` is initialised, and `handle` is memory for a handle.
    unsafe { (*handle).init(&*loop_, flags) }.into_c()
}

/// Takes over an open stream socket.
///
/// `sock` becomes non-blocking. Its kind is not checked; it may be connected, listening or
/// neither. From now on it is the handle's, and `uv_close` closes it.
///
/// Returns 0; `UV_EEXIST` if the loop watches the descriptor for a handle already; `UV_EBADF`
/// if it is none; `UV_EBUSY` if the handle has another socket; or an error of setsockopt(2).
/// After an error the socket still is the caller's, but may be non-blocking.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_open(handle: *mut uv_tcp_t, sock: uv_os_sock_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open(sock).into_c()
}

/// Sends small writes at once (`enable` not 0) or gathers them first (0): `TCP_NODELAY`.
///
/// If the handle has no socket yet, the setting is applied when it gets one.
///
/// Returns 0, or an error of setsockopt(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_nodelay(handle: *mut uv_tcp_t, enable: c_int) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.nodelay(enable != 0).into_c()
}

/// Turns the probing of idle connections on (`enable` not 0) or off (0).
///
/// The first probe is sent after `delay` seconds without traffic, then one each second. After
/// ten probes without an answer the connection is broken: reads and writes fail with
/// `UV_ETIMEDOUT`. With `enable` 0, `delay` is not looked at.
///
/// If the handle has no socket yet, only on or off is remembered, and the socket that it gets
/// uses 60 seconds instead of `delay`.
///
/// Returns 0; `UV_EINVAL` for a `delay` of 0, if the handle has a socket and `enable` is not 0;
/// or an error of setsockopt(2).
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

/// Turns the probing of idle connections on (`on` not 0) or off (0), with all its times.
///
/// The first probe is sent after `idle` seconds without traffic, then one every `intvl`
/// seconds. After `cnt` probes without an answer the connection is broken: reads and writes
/// fail with `UV_ETIMEDOUT`. With `on` 0 the other arguments are not looked at.
///
/// If the handle has no socket yet, only on or off is remembered, and the socket that it gets
/// uses 60 seconds, 1 second and 10 probes.
///
/// Returns 0; `UV_EINVAL` if `idle`, `intvl` or `cnt` is 0, the handle has a socket and `on` is
/// not 0; or an error of setsockopt(2), such as `UV_EINVAL` for numbers that the kernel does
/// not take.
///
/// Since libuv 1.52.
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

/// Does nothing: the setting exists on Windows only.
///
/// Returns 0.
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

/// Binds the handle to an IPv4 or IPv6 address and a port.
///
/// `addr` points to a `sockaddr_in` or `sockaddr_in6`, which is copied; port 0 lets the system
/// choose one. `flags` is 0 or a sum of `UV_TCP_IPV6ONLY`, which keeps IPv4 connections away
/// from an IPv6 socket, and `UV_TCP_REUSEPORT` (since libuv 1.49), with which several sockets
/// share the port and the kernel spreads the connections over them. The socket gets
/// `SO_REUSEADDR`.
///
/// Returns 0, also if the address is in use: `uv_listen` then returns `UV_EADDRINUSE`, or the
/// callback of [`uv_tcp_connect`] gets it. Returns `UV_EINVAL` if `addr` is null or neither an
/// IPv4 nor an IPv6 address, if the handle is closing or bound already, or for
/// `UV_TCP_IPV6ONLY` with an IPv4 address; or another error of socket(2), setsockopt(2) or
/// bind(2), such as `UV_EACCES` or `UV_EADDRNOTAVAIL`.
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

/// Writes the handle's own address to `name`.
///
/// `*namelen` is the size of `name` in bytes and becomes the length of the address; a
/// `sockaddr_storage` is always enough. An address that is longer than that is cut, and
/// `*namelen` is its whole length.
///
/// Returns 0; `UV_EBADF` if the handle has no socket; the error of a bind or connect that is
/// yet to be reported, such as `UV_EADDRINUSE`; or an error of getsockname(2).
///
/// # Safety
/// `handle` is an initialised handle; `name` is valid for `*namelen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_getsockname(
    handle: *const uv_tcp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised; `name` has the size that `namelen` says.
    unsafe { (*handle).name(End::Local, name, &mut *namelen) }.into_c()
}

/// Writes the peer's address to `name`.
///
/// `*namelen` is the size of `name` in bytes and becomes the length of the address; a
/// `sockaddr_storage` is always enough. An address that is longer than that is cut, and
/// `*namelen` is its whole length.
///
/// Returns 0; `UV_EBADF` if the handle has no socket; `UV_ENOTCONN` if it is not connected; the
/// error of a bind or connect that is yet to be reported, such as `UV_EADDRINUSE`; or another
/// error of getpeername(2).
///
/// # Safety
/// As `uv_tcp_getsockname`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_getpeername(
    handle: *const uv_tcp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised; `name` has the size that `namelen` says.
    unsafe { (*handle).name(End::Peer, name, &mut *namelen) }.into_c()
}

/// Closes the handle and resets the connection.
///
/// The peer's reads fail with `UV_ECONNRESET`, and what has not been sent is lost. Everything
/// else is as for [`uv_close`](super::handle::uv_close): `close_cb`, which may be null, runs in
/// the closing phase, never from inside this call, and in it the handle's memory may be freed.
///
/// Returns 0; `UV_EINVAL` while a [`uv_shutdown`](super::stream::uv_shutdown) is under way;
/// `UV_EBADF` if the handle has no socket or is closing; or another error of setsockopt(2).
/// After an error the handle is not closed.
///
/// Since libuv 1.32.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_tcp_close_reset(handle: *mut uv_tcp_t, close_cb: uv_close_cb) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.close_reset(close_cb).into_c()
}

/// Connects the handle to an IPv4 or IPv6 address.
///
/// `addr` points to a `sockaddr_in` or `sockaddr_in6`, which is copied. If the handle has no
/// socket, one of that family is opened. A link-local IPv6 address without a scope gets that of
/// the first interface with such an address.
///
/// `cb`, which may be null, runs once, on the loop's thread, in the pending or poll phase,
/// never from inside this call, with the request and a status: 0; an error such as
/// `UV_ECONNREFUSED`, `UV_ETIMEDOUT`, `UV_EHOSTUNREACH`, or `UV_EADDRINUSE` of an earlier
/// [`uv_tcp_bind`]; or `UV_ECANCELED` if the handle is closed first (then in the closing phase,
/// before the close callback). After an error close the handle. `req` need not be initialised.
/// It must stay valid until `cb` runs.
///
/// Returns 0; `UV_EINVAL` if `addr` is null or neither an IPv4 nor an IPv6 address, or the
/// handle is closing; `UV_EALREADY` while another connect is under way; or an error that
/// socket(2), connect(2) or epoll_ctl(2) reports at once, such as `UV_ENETUNREACH` or
/// `UV_EISCONN`. After an error `cb` does not run.
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

/// Opens two connected Unix domain sockets.
///
/// `type_` and `protocol` are those of socketpair(2): usually `SOCK_STREAM` and 0. Both ends
/// are close-on-exec. An end is non-blocking if its flags (`flags0` for the first, `flags1` for
/// the second) hold `UV_NONBLOCK_PIPE`, which suits ends that [`uv_tcp_open`] or `uv_pipe_open`
/// is to take over; other flags do nothing. `socket_vector` has space for two descriptors, which
/// the caller closes.
///
/// Returns 0, or an error of socketpair(2), such as `UV_EMFILE` or `UV_EPROTONOSUPPORT`; then
/// `socket_vector` is as it was.
///
/// May be called from any thread. Since libuv 1.41.
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
    let socket_vector = socket_vector.cast::<[uv_os_sock_t; 2]>();
    let opened = tcp::socket_pair(type_, protocol, [flags0, flags1]);
    // SAFETY: the caller has space for two.
    opened
        .map(|pair| unsafe { socket_vector.write(pair) })
        .into_c()
}
