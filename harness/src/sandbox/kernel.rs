//! The system calls that a sandbox is made of. Most run between fork and exec, so they allocate
//! nothing and take no lock.

use super::fd_passing;
use crate::toolbox::Result;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

pub(super) fn socket_pair() -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socketpair fills in the two descriptors that the array has room for.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) })?;
    // SAFETY: socketpair has just made these descriptors; nothing else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) })
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        other => Ok(other),
    }
}

pub(super) fn unshare(what: libc::c_int) -> io::Result<()> {
    // SAFETY: unshare touches no memory.
    check(unsafe { libc::unshare(what) }).map(drop)
}

pub(super) fn write_file(path: &std::ffi::CStr, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the path ends in a NUL, the bytes are ours, the descriptor is closed here.
    unsafe {
        let fd = check(libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC))?;
        let written = libc::write(fd, bytes.as_ptr().cast(), bytes.len());
        let result = if written < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        };
        libc::close(fd);
        result
    }
}

/// `ip link set lo up`, without the program.
pub(super) fn raise_loopback() -> io::Result<()> {
    // SAFETY: ifreq is plain data for which zero is valid; its name field has room
    // for "lo"; the descriptor is made and closed here.
    unsafe {
        let fd = check(libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            0,
        ))?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let result = check(libc::ioctl(fd, libc::SIOCSIFFLAGS as _, &request)).map(drop);
        libc::close(fd);
        result
    }
}

/// `ip route add 255.255.255.255 dev lo` and the same for 224.0.0.0/4: the kernel
/// has neither broadcasts nor multicast on `lo` of its own accord.
pub(super) fn route_to_many() -> io::Result<()> {
    route_to_loopback([255; 4], [255; 4])?;
    route_to_loopback([224, 0, 0, 0], [240, 0, 0, 0])
}

fn route_to_loopback(to: [u8; 4], mask: [u8; 4]) -> io::Result<()> {
    let address = |bytes| libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: 0,
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(bytes),
        },
        sin_zero: [0; 8],
    };
    let mut device = *b"lo\0";
    // SAFETY: rtentry is plain data for which zero is valid; sockaddr_in and
    // sockaddr have one size; the device's name outlives the call; the descriptor
    // is made and closed here.
    unsafe {
        let fd = check(libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            0,
        ))?;
        let mut route: libc::rtentry = std::mem::zeroed();
        route.rt_dst = std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address(to));
        route.rt_genmask = std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address(mask));
        route.rt_flags = libc::RTF_UP;
        route.rt_dev = device.as_mut_ptr().cast();
        let result = check(libc::ioctl(fd, libc::SIOCADDRT as _, &route)).map(drop);
        libc::close(fd);
        result
    }
}

/// Sends our network namespace as a descriptor.
pub(super) fn send_network(to: RawFd) -> io::Result<()> {
    // SAFETY: the path ends in a NUL; the descriptor is closed here.
    unsafe {
        let path = c"/proc/self/ns/net".as_ptr();
        let network = check(libc::open(path, libc::O_RDONLY | libc::O_CLOEXEC))?;
        let sent = fd_passing::send(to, network);
        libc::close(network);
        sent
    }
}

pub(super) fn limit_descriptors(most: u64) -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: most,
        rlim_max: most,
    };
    // SAFETY: the call reads the two numbers.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }).map(drop)
}

pub(super) fn become_user(id: u32) -> io::Result<()> {
    // SAFETY: these change credentials only; the list of groups is empty.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        check(libc::setresgid(id, id, id))?;
        check(libc::setresuid(id, id, id)).map(drop)
    }
}
