//! Sockets.

use crate::errno::{Errno, Result};
use crate::sys::call::Refusable;
use crate::sys::interfaces::{Address, Addresses};
use crate::sys::{call, call_retry, fd};
use core::ffi::{c_int, c_uint, c_void};
use core::mem::{size_of, zeroed};
use libc::{sockaddr, socklen_t};

/// Opens a non-blocking, close-on-exec socket.
pub(crate) fn open(domain: c_int, kind: c_int) -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::socket(domain, kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC, 0) })
}

/// Opens a close-on-exec pair, both ends non-blocking or both blocking.
pub(crate) fn pair(kind: c_int, protocol: c_int, nonblocking: bool) -> Result<[c_int; 2]> {
    let mut fds = [-1; 2];
    let flags = libc::SOCK_CLOEXEC | if nonblocking { libc::SOCK_NONBLOCK } else { 0 };
    // SAFETY: `fds` has space for two descriptors.
    call_retry!(unsafe {
        libc::socketpair(libc::AF_UNIX, kind | flags, protocol, fds.as_mut_ptr())
    })?;
    Ok(fds)
}

/// Accepts a connection, non-blocking and close-on-exec.
pub(crate) fn accept(fd: c_int) -> Result<c_int> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the null pointers ask for no address.
    call_retry!(unsafe { libc::accept4(fd, core::ptr::null_mut(), core::ptr::null_mut(), flags) })
}

/// `bind(2)`.
///
/// # Safety
/// `addr` is valid for reads of `len` bytes.
pub(crate) unsafe fn bind(fd: c_int, addr: *const sockaddr, len: usize) -> Result {
    // SAFETY: `addr` is readable for `len` bytes.
    call_retry!(unsafe { libc::bind(fd, addr, len as socklen_t) }).map(drop)
}

/// `connect(2)`.
///
/// # Safety
/// `addr` is valid for reads of `len` bytes.
pub(crate) unsafe fn connect(fd: c_int, addr: *const sockaddr, len: usize) -> Result {
    // SAFETY: `addr` is readable for `len` bytes.
    match call!(unsafe { libc::connect(fd, addr, len as socklen_t) }) {
        Err(Errno::INTR) => {}
        done => return done.map(drop),
    }
    // A second call shows whether the signal came before the attempt or during it; in that case
    // the attempt goes on.
    // SAFETY: `addr` is readable for `len` bytes.
    match call_retry!(unsafe { libc::connect(fd, addr, len as socklen_t) }) {
        Err(Errno::ALREADY) => Err(Errno::INPROGRESS),
        Err(Errno::ISCONN) => Ok(()),
        done => done.map(drop),
    }
}

/// `listen(2)`.
pub(crate) fn listen(fd: c_int, backlog: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::listen(fd, backlog) }).map(drop)
}

/// Shuts down the sending direction.
pub(crate) fn shutdown_write(fd: c_int) -> Result {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call_retry!(unsafe { libc::shutdown(fd, libc::SHUT_WR) }).map(drop)
}

/// Sets an option whose value is one C object.
pub(crate) fn set_option<T>(fd: c_int, level: c_int, name: c_int, value: &T) -> Result {
    let value = core::ptr::from_ref(value).cast::<c_void>();
    // SAFETY: `value` points to a `T`.
    call_retry!(unsafe { libc::setsockopt(fd, level, name, value, size_of::<T>() as socklen_t) })
        .map(drop)
}

/// Reads an option whose value is an int.
pub(crate) fn int_option(fd: c_int, level: c_int, name: c_int) -> Result<c_int> {
    let mut value: c_int = 0;
    let (place, mut len) = ((&raw mut value).cast(), size_of::<c_int>() as socklen_t);
    // SAFETY: `place` is an int, which has the length in `len`.
    call_retry!(unsafe { libc::getsockopt(fd, level, name, place, &mut len) })?;
    Ok(value)
}

/// Returns whether the descriptor is a TCP socket.
pub(crate) fn is_tcp(fd: c_int) -> bool {
    int_option(fd, libc::SOL_SOCKET, libc::SO_PROTOCOL) == Ok(libc::IPPROTO_TCP)
}

/// Returns the error of a finished `connect` (`SO_ERROR`): 0, or a positive errno.
pub(crate) fn pending_error(fd: c_int) -> Result<c_int> {
    int_option(fd, libc::SOL_SOCKET, libc::SO_ERROR)
}

/// An end of a connection.
pub(crate) enum End {
    /// `getsockname(2)`.
    Local,
    /// `getpeername(2)`.
    Peer,
}

/// Writes the address of one end into `name`, at most `len` bytes; returns its whole length.
///
/// # Safety
/// `name` is valid for writes of `len` bytes.
pub(crate) unsafe fn name(fd: c_int, end: End, name: *mut sockaddr, len: u32) -> Result<u32> {
    let mut len: socklen_t = len;
    match end {
        // SAFETY: `name` is writable for `len` bytes.
        End::Local => call_retry!(unsafe { libc::getsockname(fd, name, &mut len) })?,
        // SAFETY: `name` is writable for `len` bytes.
        End::Peer => call_retry!(unsafe { libc::getpeername(fd, name, &mut len) })?,
    };
    Ok(len)
}

/// Returns the scope of the first link-local IPv6 address of this machine, or 0.
pub(crate) fn link_local_scope() -> u32 {
    let Ok(list) = Addresses::list() else {
        return 0;
    };
    list.iter()
        .map(Address::address)
        // SAFETY: an address that is not null is as long as its family says.
        .find(|address| !address.is_null() && unsafe { is_link_local(*address) })
        // SAFETY: is_link_local found AF_INET6, so it is a sockaddr_in6.
        .map_or(0, |address| unsafe {
            (*address.cast::<libc::sockaddr_in6>()).sin6_scope_id
        })
}

/// Returns whether `addr` is an IPv6 address in fe80::/16.
///
/// # Safety
/// `addr` points to an address that is as long as its family says.
pub(crate) unsafe fn is_link_local(addr: *const sockaddr) -> bool {
    // SAFETY: the family comes first and says how long the rest is.
    unsafe {
        if c_int::from((*addr).sa_family) != libc::AF_INET6 {
            return false;
        }
        let address = (*addr.cast::<libc::sockaddr_in6>()).sin6_addr.s6_addr;
        address[..2] == [0xfe, 0x80]
    }
}

/// A message with these vectors only.
fn message(iov: &[libc::iovec]) -> libc::msghdr {
    // SAFETY: all zeroes is a valid msghdr: no name, no control, no vectors.
    let mut message: libc::msghdr = unsafe { zeroed() };
    // The kernel only reads the vectors.
    message.msg_iov = iov.as_ptr().cast_mut();
    message.msg_iovlen = iov.len();
    message
}

/// Sends `iov` on a socket without raising SIGPIPE.
///
/// # Safety
/// The buffers that `iov` describes are valid for reads.
pub(crate) unsafe fn send(fd: c_int, iov: &[libc::iovec]) -> Result<usize> {
    static SENDMSG: Refusable = Refusable::new();
    let message = message(iov);
    SENDMSG.or(
        || {
            // SAFETY: `message` refers to the buffers of `iov`, which are readable.
            call_retry!(unsafe { libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL) })
                .map(|n| n as usize)
        },
        // SAFETY: the buffers of `iov` are readable.
        || unsafe { fd::write_vectored(fd, iov) },
    )
}

/// Sends `iov` together with a descriptor.
///
/// # Safety
/// The buffers that `iov` describes are valid for reads.
pub(crate) unsafe fn send_passing(fd: c_int, iov: &[libc::iovec], pass: c_int) -> Result<usize> {
    const FD: c_uint = size_of::<c_int>() as c_uint;
    let mut message = message(iov);
    let mut control = [0u64; 4];
    message.msg_control = control.as_mut_ptr().cast();
    // SAFETY: `control` is aligned for cmsghdr and longer than CMSG_SPACE of one int.
    unsafe {
        message.msg_controllen = libc::CMSG_SPACE(FD) as usize;
        let header = libc::CMSG_FIRSTHDR(&message);
        (*header).cmsg_level = libc::SOL_SOCKET;
        (*header).cmsg_type = libc::SCM_RIGHTS;
        (*header).cmsg_len = libc::CMSG_LEN(FD) as usize;
        libc::CMSG_DATA(header)
            .cast::<c_int>()
            .write_unaligned(pass);
    }
    // SAFETY: `message` refers to readable buffers and control data of the lengths that it names.
    call_retry!(unsafe { libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL) }).map(|n| n as usize)
}

/// Sends one buffer on a socket without raising SIGPIPE. Returns `EINTR` if a signal interrupts
/// the call: a loop here would make this hot path slower.
///
/// # Safety
/// `base` is valid for reads of `len` bytes.
pub(crate) unsafe fn send_one(fd: c_int, base: *const c_void, len: usize) -> Result<usize> {
    static SENDTO: Refusable = Refusable::new();
    SENDTO.or(
        // SAFETY: `base` is readable for `len` bytes.
        || call!(unsafe { libc::send(fd, base, len, libc::MSG_NOSIGNAL) }).map(|n| n as usize),
        // write(2), libuv's call for one buffer, comes last because it may raise SIGPIPE.
        || {
            let iov = [libc::iovec {
                iov_base: base.cast_mut(),
                iov_len: len,
            }];
            // SAFETY: `iov` describes the `len` bytes at `base`, which are readable.
            unsafe { send(fd, &iov) }
        },
    )
}

/// Receives into one buffer from a socket, which costs less than `read(2)`. Returns `EINTR` like
/// [`send_one`].
///
/// # Safety
/// `base` is valid for writes of `len` bytes.
pub(crate) unsafe fn receive_one(fd: c_int, base: *mut c_void, len: usize) -> Result<usize> {
    static RECVFROM: Refusable = Refusable::new();
    RECVFROM.or(
        // SAFETY: `base` is writable for `len` bytes.
        || call!(unsafe { libc::recv(fd, base, len, 0) }).map(|n| n as usize),
        // SAFETY: `base` has space for `len` bytes.
        || unsafe { fd::read(fd, base, len) },
    )
}

/// Sets `SO_REUSEPORT`.
pub(crate) fn set_reuse_port(fd: c_int) -> Result {
    set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEPORT, &1i32)
}

/// Closes a pair after a later error.
pub(crate) fn close_pair(fds: [c_int; 2]) {
    for end in fds {
        let _ = fd::close(end);
    }
}
