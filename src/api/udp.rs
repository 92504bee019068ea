//! `uv_udp_t`: UDP, over IPv4 and IPv6. The options are in `udp_options.rs`.

use crate::abi::*;
use crate::errno::IntoC;
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
pub unsafe extern "C" fn uv_udp_init(loop_: *mut uv_loop_t, handle: *mut uv_udp_t) -> c_int {
    // SAFETY: the loop is initialised, and every field of the handle may hold anything
    // before it is set.
    unsafe { (*handle).init(&*loop_, libc::AF_UNSPEC as c_uint) }.into_c()
}

/// Initialises the handle and opens a socket of the family in the low eight bits of
/// `flags`: `AF_INET`, `AF_INET6`, or `AF_UNSPEC` for none yet. With
/// `UV_UDP_RECVMMSG` as well, several datagrams are received at once: see
/// [`uv_udp_recv_start`].
///
/// Returns 0; `UV_EINVAL` for other flags; or an error of `socket(2)`, after which the
/// handle is not the loop's.
///
/// # Safety
/// As [`uv_udp_init`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_init_ex(
    loop_: *mut uv_loop_t,
    handle: *mut uv_udp_t,
    flags: c_uint,
) -> c_int {
    // SAFETY: as uv_udp_init.
    unsafe { (*handle).init(&*loop_, flags) }.into_c()
}

/// Takes over an open datagram socket as [`uv_udp_open_ex`] does with
/// `UV_UDP_REUSEADDR`.
///
/// Returns as that: 0; `UV_EBUSY`, `UV_EEXIST`, `UV_EBADF` or an error of
/// `setsockopt(2)`, after which the socket is still the caller's.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_open(handle: *mut uv_udp_t, sock: uv_os_sock_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.open_shared(sock).into_c()
}

/// Takes over an open datagram socket, which becomes non-blocking and the handle's to
/// close. `flags` may hold `UV_UDP_REUSEADDR` and `UV_UDP_REUSEPORT`, which set the
/// socket options of those names. A connected socket makes a connected handle.
///
/// Returns 0; `UV_EINVAL` for other flags; `UV_EBUSY` when the handle has a socket;
/// `UV_EEXIST` when the loop watches this one already; `UV_EBADF`; or an error of
/// `setsockopt(2)`. After an error the socket is still the caller's.
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

/// Binds to an address and port; port 0 has the system choose one.
///
/// Of `flags`, `UV_UDP_IPV6ONLY` keeps IPv4 away from an IPv6 socket;
/// `UV_UDP_REUSEADDR` lets several sockets have the address, of which the last to bind
/// gets the datagrams; `UV_UDP_REUSEPORT` spreads them over all that set it;
/// `UV_UDP_LINUX_RECVERR` has errors that the network reports come to the receive
/// callback.
///
/// Returns 0; `UV_EINVAL` for other flags, a family that is no internet family or not
/// the socket's, or a closing handle; or an error of `bind(2)`.
///
/// # Safety
/// `handle` is an initialised handle; `addr` points to an address that is as long as
/// its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_bind(
    handle: *mut uv_udp_t,
    addr: *const sockaddr,
    flags: c_uint,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).bind(addr, flags) }.into_c()
}

/// Ties the handle to a peer: sends go to it, and only its datagrams are received. A
/// null `addr` takes the tie away again.
///
/// Returns 0; `UV_EISCONN` when there is a tie already; `UV_ENOTCONN` when there is none
/// to take away; `UV_EINVAL` for other than internet families; or an error of
/// `bind(2)` or `connect(2)`.
///
/// # Safety
/// `handle` is an initialised handle; `addr` is null or points to an address that is
/// as long as its family says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_connect(handle: *mut uv_udp_t, addr: *const sockaddr) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).connect(addr) }.into_c()
}

/// Writes the peer's address into the `*namelen` bytes at `name`, and its length into
/// `namelen`.
///
/// Returns 0; `UV_EBADF` without a socket; `UV_ENOTCONN` without a peer.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).name(End::Peer, name, &mut *namelen) }.into_c()
}

/// Writes the address that the handle is bound to into the `*namelen` bytes at `name`,
/// and its length into `namelen`.
///
/// Returns 0, or `UV_EBADF` without a socket.
///
/// # Safety
/// As [`uv_udp_getpeername`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_getsockname(
    handle: *const uv_udp_t,
    name: *mut sockaddr,
    namelen: *mut c_int,
) -> c_int {
    // SAFETY: as this function's own contract.
    unsafe { (*handle).name(End::Local, name, &mut *namelen) }.into_c()
}

/// Sends the buffers as one datagram: to `addr`, or to the peer of a connected handle,
/// and then `addr` is null. A handle without a socket is bound to any port first.
///
/// `send_cb` runs when the kernel has taken the datagram (status 0) or refused it;
/// `UV_ECANCELED` when the handle is closed first, `UV_ENOBUFS` when the system has had no
/// buffers for a second. Until then `req` and the bytes must
/// stay; the array of buffers and the address are copied.
///
/// Returns 0; and without a callback `UV_EISCONN` for an address on a connected handle,
/// `UV_EDESTADDRREQ` for none on another, `UV_EINVAL` for no buffers, too many or too
/// much, an unknown family or a closing handle, `UV_ENOMEM`, or an error of `bind(2)`.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).send(&*req, bufs, nbufs, addr, send_cb) }.into_c()
}

/// Like [`uv_udp_send`], but sends at once or not at all.
///
/// Returns how many bytes were sent, which is all; `UV_EAGAIN` when the socket takes
/// none now or other sends wait; or an error as of [`uv_udp_send`] or `sendmsg(2)`.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).send_now(bufs, nbufs, addr) }.into_c()
}

/// Sends `count` datagrams at once: the i-th is the `nbufs[i]` buffers at `bufs[i]`, to
/// `addrs[i]`, which is null on a connected handle. The handle must have a socket.
///
/// Returns how many were sent, from the first on; and when that is none, `UV_EAGAIN` if
/// the socket takes none now or other sends wait, or an error as of [`uv_udp_send`].
/// `UV_EINVAL` also for a `count` of 0 and for `flags` other than 0.
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
    // SAFETY: as this function's own contract.
    unsafe { (*handle).send_many(count, bufs.cast(), nbufs, addrs.cast(), flags) }.into_c()
}

/// Starts to receive. A handle without a socket is bound to any port first.
///
/// For each datagram the loop calls `alloc_cb` for a buffer and then `recv_cb` with the
/// handle, a count, that buffer, which is the caller's again, the sender's address,
/// which is valid during the call only, and flags. With an address the count is the
/// datagram's length, 0 for an empty one; without one 0 means that there are no more
/// for now. A negative count is an error, `UV_ENOBUFS` when `alloc_cb` gave nothing.
/// `UV_UDP_PARTIAL` marks a datagram that was longer than the buffer, and
/// `UV_UDP_LINUX_RECVERR` an error that the network reported, with the address of who
/// did.
///
/// A handle that was made with `UV_UDP_RECVMMSG` needs buffers of multiples of 64 KiB,
/// each of which takes one datagram. The pieces come with `UV_UDP_MMSG_CHUNK` and are
/// not to be freed; a last call with `UV_UDP_MMSG_FREE` gives the whole buffer back. It
/// is not made when `recv_cb` stopped receiving.
///
/// Returns 0; `UV_EINVAL` without callbacks or for a closing handle; `UV_EALREADY` when
/// it receives already; or an error of `bind(2)`.
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

/// Asks whether the handle receives several datagrams at once.
///
/// Returns 1 when it was made with `UV_UDP_RECVMMSG`, otherwise 0.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_using_recvmmsg(handle: *const uv_udp_t) -> c_int {
    // SAFETY: the handle is initialised.
    c_int::from(unsafe { &*handle }.uses_recvmmsg())
}

/// Stops to receive; neither callback runs any more. Harmless when it did not receive.
///
/// Returns 0, or `UV_EINVAL` for a handle of another kind.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_recv_stop(handle: *mut uv_udp_t) -> c_int {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.recv_stop().into_c()
}

/// Says how much waits to be sent.
///
/// Returns bytes.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_get_send_queue_size(handle: *const uv_udp_t) -> usize {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.send_queue_size.get()
}

/// Says how many send requests wait, those included whose callbacks are yet to run.
///
/// Returns the number.
///
/// # Safety
/// `handle` is an initialised handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_udp_get_send_queue_count(handle: *const uv_udp_t) -> usize {
    // SAFETY: the handle is initialised.
    unsafe { &*handle }.send_queue_count.get()
}
