//! Hands a descriptor to another process through a Unix socket. While it is on its way
//! the kernel keeps what it refers to alive.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

/// A message of one byte with room for one descriptor.
struct Message {
    byte: u8,
    iov: libc::iovec,
    // As aligned as a control message must be; CMSG_SPACE(4) is 24.
    control: [u64; 3],
}

impl Message {
    fn new() -> Message {
        Message {
            byte: 0,
            iov: libc::iovec {
                iov_base: std::ptr::null_mut(),
                iov_len: 1,
            },
            control: [0; 3],
        }
    }

    /// The header that points at the parts; valid while the message is not moved.
    fn header(&mut self) -> libc::msghdr {
        self.iov.iov_base = (&raw mut self.byte).cast();
        // SAFETY: msghdr is plain data for which zero is valid.
        let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
        header.msg_iov = &raw mut self.iov;
        header.msg_iovlen = 1;
        header.msg_control = self.control.as_mut_ptr().cast();
        header.msg_controllen = size_of_val(&self.control) as _;
        header
    }
}

/// Sends a descriptor; makes system calls only.
pub fn send(to: RawFd, descriptor: RawFd) -> io::Result<()> {
    let mut message = Message::new();
    let header = message.header();
    // SAFETY: the header points at the message, whose control part has room for a
    // control message with one descriptor.
    let sent = unsafe {
        let control = libc::CMSG_FIRSTHDR(&header);
        (*control).cmsg_level = libc::SOL_SOCKET;
        (*control).cmsg_type = libc::SCM_RIGHTS;
        (*control).cmsg_len = libc::CMSG_LEN(4) as _;
        let place = libc::CMSG_DATA(control).cast::<RawFd>();
        place.write_unaligned(descriptor);
        libc::sendmsg(to, &header, 0)
    };
    match sent {
        1 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The descriptor that was sent, if one was.
pub fn receive(from: RawFd) -> Option<OwnedFd> {
    let mut message = Message::new();
    let mut header = message.header();
    // SAFETY: the header points at the message; a control message of that kind and
    // length has one descriptor, which the kernel has just made for us.
    unsafe {
        if libc::recvmsg(from, &mut header, libc::MSG_CMSG_CLOEXEC) != 1 {
            return None;
        }
        let control = libc::CMSG_FIRSTHDR(&header);
        let is_ours = !control.is_null()
            && (*control).cmsg_type == libc::SCM_RIGHTS
            && (*control).cmsg_len as usize == libc::CMSG_LEN(4) as usize;
        is_ours.then(|| {
            OwnedFd::from_raw_fd(libc::CMSG_DATA(control).cast::<RawFd>().read_unaligned())
        })
    }
}
