//! The system's resolver.

use crate::errno::{Errno, Result};
use crate::sys::call;
use core::ffi::{c_char, c_int};
use libc::{addrinfo, sockaddr, sockaddr_storage, socklen_t};

// glibc's error numbers that the libc crate does not have.
const EAI_ADDRFAMILY: c_int = -9;
const EAI_CANCELED: c_int = -101;
const EAI_NODATA: c_int = -5;

fn check(code: c_int) -> Result {
    Err(match code {
        0 => return Ok(()),
        EAI_ADDRFAMILY => Errno::EAI_ADDRFAMILY,
        libc::EAI_AGAIN => Errno::EAI_AGAIN,
        libc::EAI_BADFLAGS => Errno::EAI_BADFLAGS,
        EAI_CANCELED => Errno::EAI_CANCELED,
        libc::EAI_FAMILY => Errno::EAI_FAMILY,
        libc::EAI_MEMORY => Errno::EAI_MEMORY,
        EAI_NODATA => Errno::EAI_NODATA,
        libc::EAI_NONAME => Errno::EAI_NONAME,
        libc::EAI_OVERFLOW => Errno::EAI_OVERFLOW,
        libc::EAI_SERVICE => Errno::EAI_SERVICE,
        libc::EAI_SOCKTYPE => Errno::EAI_SOCKTYPE,
        // errno may be 0 in spite of EAI_SYSTEM.
        libc::EAI_SYSTEM if call::errno() != 0 => Errno::last(),
        _ => Errno::EAI_FAIL,
    })
}

/// `getaddrinfo(3)`.
///
/// # Safety
/// `node` and `service` are null or NUL-terminated, not both null; `hints` is null or
/// valid.
pub(crate) unsafe fn addresses(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
) -> Result<*mut addrinfo> {
    let mut list = core::ptr::null_mut();
    // SAFETY: `node` and `service` are null or NUL-terminated, `hints` is null or readable.
    check(unsafe { libc::getaddrinfo(node, service, hints, &mut list) }).map(|()| list)
}

/// Frees a list of [`addresses`].
///
/// # Safety
/// `list` came from [`addresses`] and is not used again.
pub(crate) unsafe fn free_addresses(list: *mut addrinfo) {
    // SAFETY: `list` came from getaddrinfo and was not freed.
    unsafe { libc::freeaddrinfo(list) }
}

/// `getnameinfo(3)` for an IPv4 or IPv6 address. Writes two C strings.
pub(crate) fn names(
    address: &sockaddr_storage,
    host: &mut [c_char],
    service: &mut [c_char],
    flags: c_int,
) -> Result {
    let len = match c_int::from(address.ss_family) {
        libc::AF_INET => size_of::<libc::sockaddr_in>(),
        _ => size_of::<libc::sockaddr_in6>(),
    } as socklen_t;
    let address = core::ptr::from_ref(address).cast::<sockaddr>();
    let (host, host_len) = (host.as_mut_ptr(), host.len() as socklen_t);
    let (service, service_len) = (service.as_mut_ptr(), service.len() as socklen_t);
    // SAFETY: the storage is larger than either kind of address; the two lengths bound
    // what is written.
    check(unsafe { libc::getnameinfo(address, len, host, host_len, service, service_len, flags) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_without_an_error_is_a_failure() {
        call::set_errno(libc::EMFILE);
        assert_eq!(check(libc::EAI_SYSTEM), Err(Errno::MFILE));
        call::set_errno(0);
        assert_eq!(check(libc::EAI_SYSTEM), Err(Errno::EAI_FAIL));
    }
}
