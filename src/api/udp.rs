//! `uv_udp_t`: UDP, over IPv4 and IPv6. The options are in `udp_options.rs`.
//!
//! Functions that take a loop, handle or request are called on the loop's thread, where all
//! callbacks run too.

use crate::abi::*;
use crate::errno::IntoC;
use crate::sys::socket::End;
use core::ffi::{c_int, c_uint};
use libc::sockaddr;

/// Initialises a UDP handle without a socket.
///
/// A socket is opened when it is first needed, by [`uv_udp_bind`], [`uv_udp_connect`],
/// [`uv_udp_send`] or [`uv_udp_recv_start`], or comes from [`uv_udp_open`]. The memory at
/// `handle` must stay valid, and where it is, until the callback of `uv_close`.
///
/// Returns 0.
///
/// # Safety
/// `loop_` is an initialised loop; `handle` is memory for a handle that stays where
/// it is until its close callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_init(loop_: *mut uv_loop_t, handle: *mut uv_udp_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, libc::AF_UNSPEC as c_uint) }.into_c()
}

/// Initialises a UDP handle and opens a socket for it.
///
/// The low eight bits of `flags` are the socket's family: `AF_INET`, `AF_INET6`, or `AF_UNSPEC`
/// for no socket yet, as with [`uv_udp_init`]. `UV_UDP_RECVMMSG` (since libuv 1.37) may be
/// added: then several datagrams are received with one system call, see [`uv_udp_recv_start`].
/// The memory at `handle` must stay valid, and where it is, until the callback of `uv_close`.
///
/// Returns 0; `UV_EINVAL` for other flags; or an error of socket(2), such as `UV_EMFILE` or
/// `UV_EAFNOSUPPORT`. After an error the handle is not the loop's and must not be closed.
///
/// Since libuv 1.7.
///
/// # Safety
/// As [`uv_udp_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_init_ex(
    loop_: *mut uv_loop_t,
    handle: *mut uv_udp_t,
    flags: c_uint,
) -> c_int {
    // SAFETY: `loop_` is initialised, and `handle` is memory for a handle.
    unsafe { (*handle).init(&*loop_, flags) }.into_c()
}

/// Takes over an open datagram socket and sets its `SO_REUSEADDR`.
///
/// All is as for [`uv_udp_open_ex`] with `UV_UDP_REUSEADDR`. `sock` becomes non-blocking and
/// the handle's, which closes it.
///
/// Returns 0; `UV_EBUSY` if the handle has a socket; `UV_EEXIST` if the loop watches the
/// descriptor for a handle already; `UV_EBADF` if it is none; or an error of setsockopt(2).
/// After an error the socket still is the caller's, but may be non-blocking.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_open(handle: *mut uv_udp_t, sock: uv_os_sock_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open_shared(sock).into_c()
}

/// Takes over an open datagram socket.
///
/// `sock` becomes non-blocking. Its kind is not checked; any socket for datagrams will do. From
/// now on it is the handle's, and `uv_close` closes it. If it is connected, so is the handle.
/// `flags` is 0 or a sum of `UV_UDP_REUSEADDR` and `UV_UDP_REUSEPORT`, which set the socket's
/// options `SO_REUSEADDR` and `SO_REUSEPORT`.
///
/// Returns 0; `UV_EINVAL` for other flags; `UV_EBUSY` if the handle has a socket; `UV_EEXIST`
/// if the loop watches the descriptor for a handle already; `UV_EBADF` if it is none; or an
/// error of setsockopt(2). After an error the socket still is the caller's, but may be
/// non-blocking.
///
/// Since libuv 1.52.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_open_ex(
    handle: *mut uv_udp_t,
    sock: uv_os_sock_t,
    flags: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open(sock, flags).into_c()
}

/// Binds the handle to an IPv4 or IPv6 address and a port.
///
/// `addr` points to a `sockaddr_in` or `sockaddr_in6`, which is copied; port 0 lets the system
/// choose one. `flags` is 0 or a sum of: `UV_UDP_IPV6ONLY`, which keeps
/// IPv4 away from an IPv6 socket; `UV_UDP_REUSEADDR`, with which several sockets have the
/// address and the last to bind gets the datagrams; `UV_UDP_REUSEPORT` (since libuv 1.49), with
/// which several sockets have the address and the kernel spreads the datagrams over them; and
/// `UV_UDP_LINUX_RECVERR`, with which the receive callback gets errors that the network
/// reports.
///
/// Returns 0; `UV_EINVAL` for other flags, an address that is null, neither IPv4 nor IPv6 or not
/// of the socket's family, `UV_UDP_IPV6ONLY` with an IPv4 address, or a handle that is closing or
/// bound already; or another error of socket(2), setsockopt(2) or bind(2), such as
/// `UV_EADDRINUSE`, `UV_EACCES` or `UV_EADDRNOTAVAIL`.
///
/// # Safety
/// `handle` is an initialised handle; `addr` is null or points to an address that is as long as
/// its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_bind(
    handle: *mut uv_udp_t,
    addr: *const sockaddr,
    flags: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised, and `addr` is an address as long as its family says.
    unsafe { (*handle).bind(addr, flags) }.into_c()
}

/// Connects the handle to a peer, or with a null `addr` disconnects it.
///
/// A connected handle sends to the peer only, with a null address in [`uv_udp_send`], and
/// receives from the peer only. `addr` points to a `sockaddr_in` or `sockaddr_in6`, which is
/// copied. A handle without a socket is bound first, to any address and port of that family.
/// Nothing is sent, and there is no callback.
///
/// Returns 0; `UV_EISCONN` if the handle is connected already; `UV_ENOTCONN` if `addr` is null
/// and the handle is not connected; `UV_EINVAL` if the address is neither IPv4 nor IPv6, or the
/// handle is closing and has no socket; or another error of socket(2), bind(2) or connect(2),
/// such as `UV_ENETUNREACH`.
///
/// Since libuv 1.27.
///
/// # Safety
/// `handle` is an initialised handle; `addr` is null or points to an address that is
/// as long as its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_connect(handle: *mut uv_udp_t, addr: *const sockaddr) -> c_int {
    // SAFETY: the handle is initialised, and `addr` is null or an address as long as its family
    // says.
    unsafe { (*handle).connect(addr) }.into_c()
}

/// Writes the address of the peer that the handle is connected to into `name`.
///
/// `*namelen` is the size of `name` in bytes and becomes the length of the address; a
/// `sockaddr_storage` is always enough. An address that is longer than that is cut, and
/// `*namelen` is its whole length.
///
/// Returns 0; `UV_EBADF` if the handle has no socket; `UV_ENOTCONN` if it is not connected; or
/// another error of getpeername(2).
///
/// Since libuv 1.27.
///
/// # Safety
/// `handle` is an initialised handle; `namelen` is valid, and `name` for writes of as
/// many bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_getpeername(
    handle: *const uv_udp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised, `namelen` is readable, and `name` has space for that
    // many bytes.
    unsafe { (*handle).name(End::Peer, name, &mut *namelen) }.into_c()
}

/// Writes the address that the handle is bound to into `name`.
///
/// `*namelen` is the size of `name` in bytes and becomes the length of the address; a
/// `sockaddr_storage` is always enough. An address that is longer than that is cut, and
/// `*namelen` is its whole length.
///
/// Returns 0; `UV_EBADF` if the handle has no socket; or another error of getsockname(2).
///
/// # Safety
/// As [`uv_udp_getpeername`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_getsockname(
    handle: *const uv_udp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: the handle is initialised, `namelen` is readable, and `name` has space for that
    // many bytes.
    unsafe { (*handle).name(End::Local, name, &mut *namelen) }.into_c()
}

/// Sends the `nbufs` buffers at `bufs` as one datagram.
///
/// It goes to `addr`, a `sockaddr_in` or `sockaddr_in6`; on a connected handle `addr` is null
/// and it goes to the peer. A handle without a socket is bound first, to any address and port
/// of the family. If no earlier datagram waits, it is sent at once, otherwise after those.
///
/// `send_cb`, which may be null, runs once, on the loop's thread, in the pending or poll phase,
/// never from inside this call, with the request and a status: 0 if the kernel has taken the
/// datagram, which does not say that it arrives; an error of sendmsg(2), such as `UV_EMSGSIZE`,
/// `UV_ENETUNREACH` or `UV_ECONNREFUSED`; `UV_ENOBUFS` if the system has had no buffers for
/// about a second; or `UV_ECANCELED` if the handle is closed first (then in the closing phase,
/// before the close callback). A datagram that cannot be sent does not affect the others. The
/// callbacks run in the order of the calls.
///
/// `req` need not be initialised. `req` and the bytes must stay valid until `send_cb` runs, or
/// if that is null, until the handle's close callback. The array `bufs` and the address are
/// copied.
///
/// Returns 0; `UV_EISCONN` for an address on a connected handle; `UV_EDESTADDRREQ` for a null
/// one on a handle that is not; `UV_EINVAL` if `bufs` is null, `nbufs` is 0 or above 1,048,576,
/// the buffers hold more than 2,147,479,552 bytes together, the address is of an unknown
/// family, or the handle is closing; `UV_ENOMEM`; or an error of socket(2) or bind(2). After an
/// error `send_cb` does not run.
///
/// # Safety
/// `handle` is an initialised handle; `req` is memory for a request; `bufs` points to
/// `nbufs` buffers; `addr` is null or points to an address that is as long as its
/// family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_send(
    req: *mut uv_udp_send_t,
    handle: *mut uv_udp_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    addr: *const sockaddr,
    send_cb: uv_udp_send_cb,
) -> c_int {
    // SAFETY: the handle is initialised, `req` is unused, `bufs` points to `nbufs` buffers,
    // `addr` is null or an address.
    unsafe { (*handle).send(&*req, bufs, nbufs, addr, send_cb) }.into_c()
}

/// Sends the buffers as one datagram at once, or not at all.
///
/// The arguments are those of [`uv_udp_send`]. There is no request and no callback. When the
/// call returns, the buffers are no longer used.
///
/// Returns the number of bytes sent, which is all that the buffers hold; `UV_EAGAIN` if the
/// kernel takes nothing now or has no buffers, or if other sends wait for the kernel or for
/// their callbacks; an error that `uv_udp_send` returns; or an error of sendmsg(2), such as
/// `UV_EMSGSIZE`.
///
/// # Safety
/// As [`uv_udp_send`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_try_send(
    handle: *mut uv_udp_t,
    bufs: *const uv_buf_t,
    nbufs: c_uint,
    addr: *const sockaddr,
) -> c_int {
    // SAFETY: the handle is initialised, `bufs` points to `nbufs` buffers, `addr` is null or an
    // address.
    unsafe { (*handle).try_send(bufs, nbufs, addr) }.into_c()
}

/// Sends `count` datagrams at once, as many as the kernel takes.
///
/// The arrays `bufs`, `nbufs` and `addrs` have an element for each datagram: where its list of
/// buffers is, how many buffers that has, and its address, which is null on a connected handle.
/// `flags` must be 0. The handle must have a socket. There is no request and no callback. When
/// the call returns, the buffers are no longer used.
///
/// Returns the number of datagrams sent, from the first on, if at least one was. Otherwise
/// returns `UV_EAGAIN` if the kernel takes nothing now or has no buffers, or if other sends
/// wait for the kernel or for their callbacks; `UV_EINVAL` for a `count` of 0, for other flags,
/// and if the handle has no socket; an error that [`uv_udp_send`] returns, if any of the
/// datagrams has the mistake; or an error of sendmmsg(2) for the first.
///
/// Since libuv 1.50.
///
/// # Safety
/// `handle` is an initialised handle; each array has `count` entries, of the kind that
/// [`uv_udp_send`] takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_try_send2(
    handle: *mut uv_udp_t,
    count: c_uint,
    bufs: *mut *mut uv_buf_t,
    nbufs: *mut c_uint,
    addrs: *mut *mut sockaddr,
    flags: c_uint,
) -> c_int {
    // SAFETY: the handle is initialised, and each array has `count` entries.
    unsafe { (*handle).send_many(count, bufs.cast(), nbufs, addrs.cast(), flags) }.into_c()
}

/// Starts receiving: `alloc_cb` provides memory, `recv_cb` gets the datagrams.
///
/// A handle without a socket is bound first, to any IPv4 address and a port that the system
/// chooses.
///
/// Both callbacks run on the loop's thread, in the poll phase, never from inside this call,
/// again and again until `uv_udp_recv_stop` or `uv_close`. For each datagram `alloc_cb` gets
/// the handle and a suggested size of 65,536 bytes, and sets `base` and `len` of the buffer.
/// `recv_cb` then gets the handle, a count, that buffer, whose memory is the caller's again,
/// the sender's address, which is valid during the call only, and flags, which may be 0. One
/// handle receives about 32 datagrams in a turn at most.
///
/// A count of 0 or more with an address is the number of bytes of the datagram in the buffer. A
/// count of 0 with a null address means that there is nothing for now. A negative count is an
/// error of recvmsg(2); `UV_ENOBUFS` means that `alloc_cb` set a null `base` or a `len` of 0.
/// The handle goes on receiving after errors. The flag `UV_UDP_PARTIAL` marks a datagram that
/// was longer than the buffer and has lost its end. `UV_UDP_LINUX_RECVERR` marks an error that
/// the network has reported; the address is then that of the reporting machine. If `alloc_cb`
/// stops receiving or closes the handle, `recv_cb` runs a last time and gives the buffer back,
/// with a count of 0.
///
/// If the handle was initialised with `UV_UDP_RECVMMSG`, the buffer should be several times
/// 65,536 bytes; a smaller one than that is `UV_EINVAL` for `recv_cb`. Each piece of 65,536
/// bytes, at most 20, takes one datagram and comes with the flag `UV_UDP_MMSG_CHUNK`: do not
/// free it. A last call with the whole buffer, a count of 0, a null address and
/// `UV_UDP_MMSG_FREE` gives the memory back. It does not come if `recv_cb` has stopped
/// receiving: then free the buffer of the first piece. A call without either flag gives the
/// whole buffer back.
///
/// Returns 0; `UV_EINVAL` if a callback is null or the handle is closing; `UV_EALREADY` if it
/// receives already; or an error of socket(2), bind(2) or epoll_ctl(2).
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_recv_start(
    handle: *mut uv_udp_t,
    alloc_cb: uv_alloc_cb,
    recv_cb: uv_udp_recv_cb,
) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.recv_start(alloc_cb, recv_cb).into_c()
}

/// Asks whether the handle receives several datagrams with one system call.
///
/// Call it in `alloc_cb` to choose the size of the buffer, see [`uv_udp_recv_start`].
///
/// Returns 1 if the handle was initialised with `UV_UDP_RECVMMSG`, otherwise 0.
///
/// Since libuv 1.39.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_using_recvmmsg(handle: *const uv_udp_t) -> c_int {
    // SAFETY: the handle is initialised.
    c_int::from(unsafe { &*handle }.uses_recvmmsg())
}

/// Stops receiving: `recv_cb` does not run any more.
///
/// That holds at once, also inside `recv_cb`. The kernel keeps what arrives until the next
/// [`uv_udp_recv_start`], as far as it fits into the socket's receive buffer.
///
/// Returns 0, also if the handle does not receive, or `UV_EINVAL` if it is no UDP handle.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_recv_stop(handle: *mut uv_udp_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.recv_stop().into_c()
}

/// Returns the number of bytes in all send requests whose callbacks have not run.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_get_send_queue_size(handle: *const uv_udp_t) -> usize {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.send_queue_size.get()
}

/// Returns the number of send requests whose callbacks have not run.
///
/// Since libuv 1.19.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_get_send_queue_count(handle: *const uv_udp_t) -> usize {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.send_queue_count.get()
}
