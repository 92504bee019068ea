//! Sending and receiving datagrams, one or several with a system call.

use crate::abi::uv_buf_t;
use crate::errno::{Errno, Result};
use crate::sys::call::Refusable;
use crate::sys::call_retry;
use crate::sys::socket::{self, End};
use core::ffi::{c_int, c_void};
use core::mem::{MaybeUninit, size_of, zeroed};
use core::ptr::{null, null_mut};
use libc::{sockaddr, sockaddr_storage, socklen_t};

/// The most datagrams that one system call sends or receives here.
pub(crate) const BATCH: usize = 20;

/// The part of a buffer for one of several datagrams: the largest datagram fits.
pub(crate) const CHUNK: usize = 64 * 1024;

/// A datagram to be sent: its buffers and its address, null on a connected socket.
#[derive(Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) bufs: &'a [uv_buf_t],
    pub(crate) to: *const sockaddr,
}

impl Packet<'_> {
    /// Returns the address and its length; null and 0 if it has none.
    ///
    /// # Safety
    /// `to` is null or points to an address that is as long as its family says.
    unsafe fn address(&self) -> Result<(*const sockaddr, socklen_t)> {
        if self.to.is_null() {
            return Ok((null(), 0));
        }
        // SAFETY: the address is null or as long as its family says.
        match c_int::from(unsafe { (*self.to).sa_family }) {
            libc::AF_UNSPEC => Ok((null(), 0)),
            family => Ok((self.to, address_len(family)? as socklen_t)),
        }
    }

    /// # Safety
    /// `to` is null or points to an address that is as long as its family says.
    unsafe fn message(&self) -> Result<libc::msghdr> {
        const { assert!(size_of::<uv_buf_t>() == size_of::<libc::iovec>()) };
        // SAFETY: all zeroes is a valid msghdr.
        let mut message: libc::msghdr = unsafe { zeroed() };
        // SAFETY: the address is null or as long as its family says.
        let (to, to_len) = unsafe { self.address()? };
        // The kernel only reads the vectors and the address.
        message.msg_iov = self.bufs.as_ptr().cast_mut().cast();
        message.msg_iovlen = self.bufs.len() as _;
        message.msg_name = to.cast_mut().cast();
        message.msg_namelen = to_len;
        Ok(message)
    }

    /// Sends this datagram alone.
    ///
    /// # Safety
    /// The packet's address is null or as long as its family says, and its buffers are readable.
    unsafe fn send(&self, fd: c_int) -> Result {
        const FLAGS: c_int = libc::MSG_NOSIGNAL;
        if let [one] = self.bufs {
            // SAFETY: the address is null or as long as its family says.
            let (to, to_len) = unsafe { self.address()? };
            let (base, len) = (one.base.cast_const().cast::<c_void>(), one.len);
            static SENDTO: Refusable = Refusable::new();
            return SENDTO.or(
                // SAFETY: the one buffer is readable for `len` bytes, and `to` for `to_len`.
                || call_retry!(unsafe { libc::sendto(fd, base, len, FLAGS, to, to_len) }).map(drop),
                // SAFETY: the packet's buffers and address are readable.
                || unsafe { self.send_message(fd) },
            );
        }
        // SAFETY: the packet's buffers and address are readable.
        unsafe { self.send_message(fd) }
    }

    /// # Safety
    /// The packet's address is null or as long as its family says, and its buffers are readable.
    unsafe fn send_message(&self, fd: c_int) -> Result {
        // SAFETY: the packet's buffers and address are readable.
        let message = unsafe { self.message()? };
        // SAFETY: `message` refers to readable buffers and an address of the length that it names.
        call_retry!(unsafe { libc::sendmsg(fd, &message, libc::MSG_NOSIGNAL) }).map(drop)
    }
}

/// Returns the length of an address of the family; `UV_EINVAL` for families other than IPv4, IPv6
/// and Unix.
pub(crate) fn address_len(family: c_int) -> Result<usize> {
    match family {
        libc::AF_INET => Ok(size_of::<libc::sockaddr_in>()),
        libc::AF_INET6 => Ok(size_of::<libc::sockaddr_in6>()),
        libc::AF_UNIX => Ok(size_of::<libc::sockaddr_un>()),
        _ => Err(Errno::INVAL),
    }
}

/// Sends the packets, at most [`BATCH`], until one fails. Returns the number of sent packets, or
/// the error if the first one failed.
///
/// # Safety
/// Each packet's address is null or as long as its family says, and its buffers are readable.
pub(crate) unsafe fn send(fd: c_int, packets: &[Packet<'_>]) -> Result<usize> {
    match packets {
        // SAFETY: the packet's buffers and address are readable.
        [one] => unsafe { one.send(fd) }.map(|()| 1),
        // SAFETY: the packet's buffers and address are readable.
        _ => unsafe { send_batch(fd, packets) },
    }
}

/// # Safety
/// Each packet's address is null or as long as its family says, and its buffers are readable.
unsafe fn send_batch(fd: c_int, packets: &[Packet<'_>]) -> Result<usize> {
    // SAFETY: all zeroes is a valid mmsghdr.
    let mut messages: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
    let mut count = 0;
    for (message, packet) in messages.iter_mut().zip(packets) {
        // SAFETY: the packet's buffers and address are readable.
        message.msg_hdr = unsafe { packet.message()? };
        count += 1;
    }
    let messages = messages.as_mut_ptr();
    // SAFETY: `messages` has `count` messages, whose buffers and addresses are readable.
    call_retry!(unsafe { libc::sendmmsg(fd, messages, count, libc::MSG_NOSIGNAL) })
        .map(|n| n as usize)
}

/// The sender's address and the control messages of a received datagram.
pub(crate) struct Slot {
    peer: MaybeUninit<sockaddr_storage>,
    peer_len: socklen_t,
    flags: c_int,
    control_len: usize,
    control: MaybeUninit<[u64; 32]>,
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self {
            peer: MaybeUninit::uninit(),
            peer_len: 0,
            flags: 0,
            control_len: 0,
            control: MaybeUninit::uninit(),
        }
    }

    /// Returns the sender's address.
    pub(crate) fn peer(&self) -> *const sockaddr {
        self.peer.as_ptr().cast()
    }

    /// Returns whether the sender has an address.
    pub(crate) fn has_peer(&self) -> bool {
        self.peer_len > 0
    }

    /// Returns whether the datagram was longer than the buffer.
    pub(crate) fn is_cut(&self) -> bool {
        self.flags & libc::MSG_TRUNC != 0
    }

    fn message(&mut self, iov: *mut libc::iovec, flags: c_int) -> libc::msghdr {
        // SAFETY: all zeroes is a valid msghdr.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_name = self.peer.as_mut_ptr().cast();
        message.msg_namelen = size_of::<sockaddr_storage>() as socklen_t;
        message.msg_iov = iov;
        message.msg_iovlen = 1;
        if flags & libc::MSG_ERRQUEUE != 0 {
            message.msg_control = self.control.as_mut_ptr().cast();
            message.msg_controllen = size_of::<[u64; 32]>() as _;
        }
        message
    }

    fn received(&mut self, message: &libc::msghdr) {
        self.peer_len = message.msg_namelen;
        self.flags = message.msg_flags;
        self.control_len = message.msg_controllen;
    }

    /// Returns an error from the error queue, and the address that reported it.
    pub(crate) fn queued_error(&self) -> Option<(Errno, *const sockaddr)> {
        if self.flags & libc::MSG_ERRQUEUE == 0 {
            return None;
        }
        // SAFETY: all zeroes is a valid msghdr.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_control = self.control.as_ptr().cast_mut().cast();
        message.msg_controllen = self.control_len as _;
        // SAFETY: the macros walk the headers that the kernel wrote, within the buffer;
        // the offender's address lies right behind the error that it belongs to.
        unsafe {
            let mut header = libc::CMSG_FIRSTHDR(&message);
            while !header.is_null() {
                let kind = ((*header).cmsg_level, (*header).cmsg_type);
                if kind == (libc::SOL_IP, libc::IP_RECVERR)
                    || kind == (libc::SOL_IPV6, libc::IPV6_RECVERR)
                {
                    let error = libc::CMSG_DATA(header).cast::<libc::sock_extended_err>();
                    let errno = (*error).ee_errno as c_int;
                    return Some((Errno::from_raw(errno), error.add(1).cast()));
                }
                header = libc::CMSG_NXTHDR(&message, header);
            }
        }
        None
    }
}

/// Receives one datagram into the `len` bytes at `base`.
///
/// # Safety
/// `base` is valid for writes of `len` bytes.
pub(crate) unsafe fn receive(
    fd: c_int,
    base: *mut c_void,
    len: usize,
    slot: &mut Slot,
    flags: c_int,
) -> Result<usize> {
    let mut iov = libc::iovec {
        iov_base: base,
        iov_len: len,
    };
    // The caller reads the address even if the kernel writes none.
    slot.peer = MaybeUninit::zeroed();
    let mut message = slot.message(&mut iov, flags);
    // SAFETY: `message` refers to writable buffers of the lengths that it names.
    let n = call_retry!(unsafe { libc::recvmsg(fd, &mut message, flags) })?;
    slot.received(&message);
    Ok(n as usize)
}

/// Receives one datagram from a UDP socket with recvfrom(2), which costs less than `recvmsg(2)` but
/// returns no flags. `MSG_TRUNC` makes it return the whole length instead, which shows a truncated
/// datagram. Other kinds of sockets may interpret that flag differently.
///
/// # Safety
/// `base` is valid for writes of `len` bytes.
pub(crate) unsafe fn receive_udp(
    fd: c_int,
    base: *mut c_void,
    len: usize,
    slot: &mut Slot,
) -> Result<usize> {
    // The caller reads the address even if the kernel writes none.
    slot.peer = MaybeUninit::zeroed();
    slot.peer_len = size_of::<sockaddr_storage>() as socklen_t;
    let (peer, peer_len) = (slot.peer.as_mut_ptr().cast(), &raw mut slot.peer_len);
    static RECVFROM: Refusable = Refusable::new();
    let mut by_recvmsg = false;
    let whole = RECVFROM.or(
        || {
            // SAFETY: `base` is writable for `len` bytes, and `peer` for `peer_len`.
            call_retry!(unsafe { libc::recvfrom(fd, base, len, libc::MSG_TRUNC, peer, peer_len) })
                .map(|whole| whole as usize)
        },
        || {
            by_recvmsg = true;
            // SAFETY: `base` has space for `len` bytes.
            unsafe { receive(fd, base, len, slot, 0) }
        },
    )?;
    if by_recvmsg {
        return Ok(whole);
    }
    slot.flags = if whole > len { libc::MSG_TRUNC } else { 0 };
    Ok(whole.min(len))
}

/// Returns whether the descriptor is a UDP socket.
pub(crate) fn is_udp(fd: c_int) -> bool {
    let option = |name| socket::int_option(fd, libc::SOL_SOCKET, name);
    option(libc::SO_PROTOCOL) == Ok(libc::IPPROTO_UDP)
        && option(libc::SO_TYPE) == Ok(libc::SOCK_DGRAM)
}

/// Several datagrams from one system call. It is large, and so filled in place.
pub(crate) struct Batch {
    slots: [MaybeUninit<Slot>; BATCH],
    lens: [MaybeUninit<usize>; BATCH],
    count: usize,
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self {
            slots: [const { MaybeUninit::uninit() }; BATCH],
            lens: [const { MaybeUninit::uninit() }; BATCH],
            count: 0,
        }
    }

    /// Receives into as many chunks of [`CHUNK`] bytes as `len` bytes at `base` hold.
    ///
    /// # Safety
    /// `base` is valid for writes of `len` bytes.
    pub(crate) unsafe fn receive(
        &mut self,
        fd: c_int,
        base: *mut c_void,
        len: usize,
        flags: c_int,
    ) -> Result {
        let chunks = (len / CHUNK).min(BATCH);
        let mut iovs = [const { MaybeUninit::<libc::iovec>::uninit() }; BATCH];
        let mut messages = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; BATCH];
        for i in 0..chunks {
            let iov = iovs[i].write(libc::iovec {
                iov_base: base.wrapping_byte_add(i * CHUNK),
                iov_len: CHUNK,
            });
            let slot = self.slots[i].write(Slot::new());
            messages[i].write(libc::mmsghdr {
                msg_hdr: slot.message(iov, flags),
                msg_len: 0,
            });
        }
        let (first, most) = (messages.as_mut_ptr().cast(), chunks as u32);
        // SAFETY: `first` is the first of `most` messages, whose buffers are writable.
        let n = call_retry!(unsafe { libc::recvmmsg(fd, first, most, flags as _, null_mut()) })?;
        self.count = n as usize;
        for (i, message) in messages[..self.count].iter().enumerate() {
            // SAFETY: the loop above wrote the first `chunks` messages and slots, and the
            // kernel fills in no more.
            let (message, slot) =
                unsafe { (message.assume_init_ref(), self.slots[i].assume_init_mut()) };
            slot.received(&message.msg_hdr);
            self.lens[i].write(message.msg_len as usize);
        }
        Ok(())
    }

    /// Returns the number of datagrams.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Returns each datagram's length and slot. The n-th datagram is in the n-th chunk.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Slot)> {
        // SAFETY: `receive` filled in the first `count` of both.
        (0..self.count)
            .map(|i| unsafe { (self.lens[i].assume_init(), self.slots[i].assume_init_ref()) })
    }
}

/// Disconnects a datagram socket from its peer.
pub(crate) fn disconnect(fd: c_int) -> Result {
    // SAFETY: all zeroes is a valid sockaddr.
    let mut none: sockaddr = unsafe { zeroed() };
    none.sa_family = libc::AF_UNSPEC as libc::sa_family_t;
    // SAFETY: `none` is a sockaddr.
    call_retry!(unsafe { libc::connect(fd, &none, size_of::<sockaddr>() as socklen_t) }).map(drop)
}

/// Makes the kernel queue ICMP errors for the socket: `IP_RECVERR`.
pub(crate) fn keep_errors(fd: c_int, family: c_int) -> Result {
    match family {
        libc::AF_INET => socket::set_option(fd, libc::IPPROTO_IP, libc::IP_RECVERR, &1i32),
        libc::AF_INET6 => socket::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, &1i32),
        _ => Ok(()),
    }
}

/// Returns whether the socket has a peer.
pub(crate) fn is_connected(fd: c_int) -> bool {
    let mut peer = MaybeUninit::<sockaddr_storage>::uninit();
    let (address, len) = (peer.as_mut_ptr().cast(), size_of_val(&peer) as u32);
    // SAFETY: `address` is a whole sockaddr_storage.
    unsafe { socket::name(fd, End::Peer, address, len) }.is_ok_and(|len| len > 0)
}
