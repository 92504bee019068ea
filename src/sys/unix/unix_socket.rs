//! Unix domain sockets: names and descriptor passing.

use crate::errno::Result;
use crate::sys::call_retry;
use crate::sys::socket::{self, End};
use core::ffi::{c_int, c_void};
use core::mem::{MaybeUninit, offset_of, size_of, zeroed};
use libc::{sockaddr, sockaddr_un};

const PATH: usize = offset_of!(sockaddr_un, sun_path);

/// The longest name, the leading NUL of an abstract one included.
pub(crate) const MAX_NAME: usize = size_of::<sockaddr_un>() - PATH;

/// The address of a Unix domain socket.
pub(crate) struct Name {
    address: sockaddr_un,
    len: usize,
}

impl Name {
    fn empty() -> Self {
        // SAFETY: all zeroes is a valid sockaddr_un.
        let address = unsafe { zeroed() };
        Self {
            address,
            len: size_of::<sockaddr_un>(),
        }
    }

    /// Makes an address of these bytes, at most [`MAX_NAME`]. Every byte of an abstract name
    /// counts; a path ends at its first NUL.
    pub(crate) fn new(bytes: &[u8], is_abstract: bool) -> Self {
        debug_assert!(bytes.len() <= MAX_NAME);
        let mut name = Self::empty();
        name.address.sun_family = libc::AF_UNIX as libc::sa_family_t;
        for (to, from) in name.address.sun_path.iter_mut().zip(bytes) {
            *to = *from as core::ffi::c_char;
        }
        if is_abstract {
            name.len = PATH + bytes.len();
        }
        name
    }

    /// Returns the name of one end of a socket.
    pub(crate) fn of(fd: c_int, end: End) -> Result<Self> {
        let mut name = Self::empty();
        let address = core::ptr::from_mut(&mut name.address).cast::<sockaddr>();
        // SAFETY: `address` is a whole sockaddr_un.
        let len = unsafe { socket::name(fd, end, address, name.len as u32)? };
        // The length includes a NUL that did not fit.
        name.len = (len as usize).clamp(PATH, size_of::<sockaddr_un>());
        Ok(name)
    }

    /// Returns the bytes of the name, with the NUL that begins an abstract name and without the one
    /// that ends a path. Empty for an unnamed socket.
    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: c_char and u8 have one layout.
        let path =
            unsafe { &*core::ptr::from_ref(&self.address.sun_path).cast::<[u8; MAX_NAME]>() };
        if path[0] == 0 {
            return &path[..self.len - PATH];
        }
        let end = path.iter().position(|&byte| byte == 0);
        &path[..end.unwrap_or(MAX_NAME)]
    }

    fn as_ptr(&self) -> *const sockaddr {
        core::ptr::from_ref(&self.address).cast()
    }

    /// `bind(2)`.
    pub(crate) fn bind(&self, fd: c_int) -> Result {
        // SAFETY: the address is as long as `len` says.
        unsafe { socket::bind(fd, self.as_ptr(), self.len) }
    }

    /// `connect(2)`.
    pub(crate) fn connect(&self, fd: c_int) -> Result {
        // SAFETY: the address is as long as `len` says.
        unsafe { socket::connect(fd, self.as_ptr(), self.len) }
    }
}

/// The size of the control buffer: the most descriptors of one message (253), and the credentials
/// or the label that a socket may be set to add.
const CONTROL: usize = 192;

/// Reads into the `len` bytes at `base`, and calls `each` with each received descriptor, which is
/// close-on-exec and which `each` owns.
///
/// # Safety
/// `base` is valid for writes of `len` bytes.
pub(crate) unsafe fn receive_passing(
    fd: c_int,
    base: *mut c_void,
    len: usize,
    each: impl FnMut(c_int),
) -> Result<usize> {
    let mut iov = libc::iovec {
        iov_base: base,
        iov_len: len.min(crate::sys::fd::MAX_BYTES),
    };
    let mut control = MaybeUninit::<[u64; CONTROL]>::uninit();
    // SAFETY: all zeroes is a valid msghdr.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = &mut iov;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of::<[u64; CONTROL]>() as _;
    // SAFETY: `message` refers to writable buffers and control space of the lengths that it names.
    let n = call_retry!(unsafe { libc::recvmsg(fd, &mut message, libc::MSG_CMSG_CLOEXEC) })?;
    // SAFETY: the kernel filled in the control buffer as far as the header says.
    unsafe { passed(&message, each) };
    Ok(n as usize)
}

/// Calls `each` with every descriptor of a received message. If the kernel has truncated the list,
/// it has closed the others.
///
/// # Safety
/// `recvmsg` has filled in `message`.
unsafe fn passed(message: &libc::msghdr, mut each: impl FnMut(c_int)) {
    // SAFETY: the macros walk the headers that the kernel wrote, within the buffer.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            let (level, kind) = ((*header).cmsg_level, (*header).cmsg_type);
            if level == libc::SOL_SOCKET && kind == libc::SCM_RIGHTS {
                let bytes = (*header).cmsg_len as usize - libc::CMSG_LEN(0) as usize;
                let fds = libc::CMSG_DATA(header).cast::<c_int>();
                for i in 0..bytes / size_of::<c_int>() {
                    each(fds.add(i).read_unaligned());
                }
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
}

/// Opens a close-on-exec `pipe(2)`: the reading end and the writing end, both
/// non-blocking or both blocking.
pub(crate) fn pipe(nonblocking: bool) -> Result<[c_int; 2]> {
    let mut fds = [-1; 2];
    let flags = libc::O_CLOEXEC | if nonblocking { libc::O_NONBLOCK } else { 0 };
    // SAFETY: `fds` has space for two descriptors.
    call_retry!(unsafe { libc::pipe2(fds.as_mut_ptr(), flags) })?;
    Ok(fds)
}

const _: () = assert!(size_of::<[u64; CONTROL]>() > (253 * size_of::<c_int>() + 256));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_ends_at_its_nul_and_an_abstract_name_does_not() {
        assert_eq!(Name::new(b"path", false).bytes(), b"path");
        assert_eq!(Name::new(b"\0a\0b", true).bytes(), b"\0a\0b");
        assert_eq!(Name::new(b"\0", true).len, PATH + 1);
    }

    #[test]
    fn the_longest_name_is_whole() {
        let longest = [b'n'; MAX_NAME];
        assert_eq!(Name::new(&longest, false).bytes(), longest);
    }

    #[test]
    fn a_socket_without_a_name_has_no_bytes() {
        let fds = socket::pair(libc::SOCK_STREAM, 0, false).unwrap();
        let name = Name::of(fds[0], End::Local).unwrap();
        assert!(name.bytes().is_empty());
        socket::close_pair(fds);
    }
}
