//! Internet addresses. (Miscellaneous utilities)
//!
//! All of these functions may be called from any thread.

use crate::errno::{Errno, IntoC, Result};
use crate::sys;
use crate::system::c_str;
use crate::text::inet;
use core::ffi::{CStr, c_char, c_int, c_void};

/// The caller's buffer for a text.
///
/// # Safety
/// `dst` is null, or writable for `size` bytes, and stays so for `'a`.
unsafe fn buffer<'a>(dst: *mut c_char, size: usize) -> Result<&'a mut [u8]> {
    if dst.is_null() {
        return Err(Errno::INVAL);
    }
    // No address comes near this length. Who passes SIZE_MAX for "long enough" must not
    // get a slice that wraps around.
    let size = size.min(64);
    // SAFETY: `dst` has space for `size` bytes, which are only written.
    Ok(unsafe { core::slice::from_raw_parts_mut(dst.cast(), size) })
}

/// # Safety
/// `src` is null or an address of the family; `dst` as for [`buffer`].
unsafe fn ntop(af: c_int, src: *const c_void, dst: *mut c_char, size: usize) -> Result {
    if !matches!(af, libc::AF_INET | libc::AF_INET6) {
        return Err(Errno::AFNOSUPPORT);
    }
    if src.is_null() {
        return Err(Errno::INVAL);
    }
    // SAFETY: `dst` has space for `size` bytes.
    let out = unsafe { buffer(dst, size)? };
    // SAFETY: the address is of that family; reading it by bytes asks for no alignment.
    unsafe {
        match af {
            libc::AF_INET => inet::ntop4(*src.cast(), out),
            _ => inet::ntop6(*src.cast(), out),
        }
    }
    .map(drop)
}

/// # Safety
/// `dst` is null or writable for an address of the family.
unsafe fn pton(af: c_int, src: *const c_char, dst: *mut c_void) -> Result {
    // SAFETY: the caller passes a C string or null.
    let text = unsafe { c_str(src)? }.to_bytes();
    if dst.is_null() {
        return Err(Errno::INVAL);
    }
    // SAFETY: `dst` has space for an address of the family; writing bytes needs no alignment.
    unsafe {
        match af {
            libc::AF_INET => dst.cast::<[u8; 4]>().write(inet::pton4(text)?),
            libc::AF_INET6 => dst.cast::<[u8; 16]>().write(inet::pton6(text)?),
            _ => return Err(Errno::AFNOSUPPORT),
        }
    }
    Ok(())
}

/// The number of the interface that a zone names, which begins so far into the text; 0
/// when there is none.
fn scope(ip: &CStr, at: usize) -> u32 {
    // The end of a C string is one as well.
    CStr::from_bytes_with_nul(&ip.to_bytes_with_nul()[at..]).map_or(0, sys::interfaces::index)
}

/// Converts the text of an IPv4 address and a port into a socket address.
///
/// `ip` is four decimal numbers with dots between them, without leading zeros. `port` is in the
/// byte order of the machine; only its low 16 bits count. `addr` is always written: after an
/// error its address is 0.0.0.0.
///
/// Returns 0, or `UV_EINVAL` if `ip` is null or no such text.
///
/// May be called from any thread.
///
/// # Safety
/// `ip` is a C string or null; `addr` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip4_addr(
    ip: *const c_char,
    port: c_int,
    addr: *mut libc::sockaddr_in,
) -> c_int {
    // SAFETY: a sockaddr_in is plain numbers, for which zero is valid.
    let mut result: libc::sockaddr_in = unsafe { core::mem::zeroed() };
    result.sin_family = libc::AF_INET as libc::sa_family_t;
    result.sin_port = (port as u16).to_be();
    // SAFETY: the caller passes a C string or null and a place for the address.
    unsafe {
        let parsed = pton(libc::AF_INET, ip, (&raw mut result.sin_addr).cast());
        addr.write(result);
        parsed.into_c()
    }
}

/// Converts the text of an IPv6 address and a port into a socket address.
///
/// `ip` may end with a zone (`fe80::1%eth0`): the number of the interface with that name
/// becomes `sin6_scope_id`, 0 if there is no such interface. `port` is in the byte order of the
/// machine; only its low 16 bits count. `addr` is always written: after an error its address is
/// `::`.
///
/// Returns 0, or `UV_EINVAL` if `ip` is null or no IPv6 address.
///
/// May be called from any thread.
///
/// # Safety
/// `ip` is a C string or null; `addr` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip6_addr(
    ip: *const c_char,
    port: c_int,
    addr: *mut libc::sockaddr_in6,
) -> c_int {
    // SAFETY: a sockaddr_in6 is plain numbers, for which zero is valid.
    let mut result: libc::sockaddr_in6 = unsafe { core::mem::zeroed() };
    result.sin6_family = libc::AF_INET6 as libc::sa_family_t;
    result.sin6_port = (port as u16).to_be();
    // SAFETY: the caller passes a C string or null.
    let parsed = unsafe { c_str(ip) }.and_then(|ip| {
        let (address, zone) = inet::split_zone(ip.to_bytes());
        result.sin6_scope_id = zone.map_or(0, |_| scope(ip, address.len() + 1));
        inet::pton6_alone(address).map(|bytes| result.sin6_addr.s6_addr = bytes)
    });
    // SAFETY: the caller passes a place for the address.
    unsafe { addr.write(result) };
    parsed.into_c()
}

/// Writes the text of an IPv4 socket address, without its port, to `dst`.
///
/// `size` is the size of `dst` in bytes; 16 are always enough. The text ends with a NUL.
///
/// Returns 0; `UV_ENOSPC` if the text and its NUL need more than `size` bytes; or `UV_EINVAL`
/// if `dst` is null. After an error `dst` is as it was.
///
/// May be called from any thread.
///
/// # Safety
/// `src` is an IPv4 socket address; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip4_name(
    src: *const libc::sockaddr_in,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes an IPv4 socket address.
    let address = unsafe { &raw const (*src).sin_addr };
    // SAFETY: `address` is of that family, and the caller passes a buffer of that size.
    unsafe { ntop(libc::AF_INET, address.cast(), dst, size) }.into_c()
}

/// Writes the text of an IPv6 socket address, without its port and its zone, to `dst`.
///
/// `size` is the size of `dst` in bytes; 46 are always enough. The text is the shortest form
/// and ends with a NUL.
///
/// Returns 0; `UV_ENOSPC` if the text and its NUL need more than `size` bytes; or `UV_EINVAL`
/// if `dst` is null. After an error `dst` is as it was.
///
/// May be called from any thread.
///
/// # Safety
/// `src` is an IPv6 socket address; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip6_name(
    src: *const libc::sockaddr_in6,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes an IPv6 socket address.
    let address = unsafe { &raw const (*src).sin6_addr };
    // SAFETY: `address` is of that family, and the caller passes a buffer of that size.
    unsafe { ntop(libc::AF_INET6, address.cast(), dst, size) }.into_c()
}

/// Writes the text of an IPv4 or IPv6 socket address, without port and zone, to `dst`.
///
/// `size` is the size of `dst` in bytes; 46 are always enough. The text ends with a NUL.
///
/// Returns 0; `UV_ENOSPC` if the text and its NUL need more than `size` bytes;
/// `UV_EAFNOSUPPORT` if the address is neither IPv4 nor IPv6; or `UV_EINVAL` if `dst` is null.
/// After an error `dst` is as it was.
///
/// May be called from any thread.
///
/// # Safety
/// `src` is a socket address of its family; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip_name(
    src: *const libc::sockaddr,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes a socket address, which begins with its family.
    match i32::from(unsafe { (*src).sa_family }) {
        // SAFETY: the caller passes an address of that family and such a buffer.
        libc::AF_INET => unsafe { uv_ip4_name(src.cast(), dst, size) },
        // SAFETY: `src` is an IPv6 socket address, and `dst` has space for `size` bytes.
        libc::AF_INET6 => unsafe { uv_ip6_name(src.cast(), dst, size) },
        _ => Errno::AFNOSUPPORT.raw(),
    }
}

/// Writes the text of an internet address to `dst`.
///
/// `af` is `AF_INET`, and then `src` points to a `struct in_addr`, or `AF_INET6`, and then
/// `src` points to a `struct in6_addr`. `size` is the size of `dst` in bytes; 16 are always
/// enough for IPv4 and 46 for IPv6, which gets its shortest form. The text ends with a NUL.
///
/// Returns 0; `UV_ENOSPC` if the text and its NUL need more than `size` bytes;
/// `UV_EAFNOSUPPORT` for another `af`; or `UV_EINVAL` if a pointer is null. After an error
/// `dst` is as it was.
///
/// May be called from any thread.
///
/// # Safety
/// `src` is a `struct in_addr` or a `struct in6_addr`; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_inet_ntop(
    af: c_int,
    src: *const c_void,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes an address of that family and a buffer of that size.
    unsafe { ntop(af, src, dst, size) }.into_c()
}

/// Converts the text of an internet address into its bytes at `dst`.
///
/// `af` is `AF_INET`, and then `dst` points to a `struct in_addr`, or `AF_INET6`, and then
/// `dst` points to a `struct in6_addr`. An IPv4 address is four decimal numbers with dots
/// between them, without leading zeros. A zone behind an IPv6 address (`%eth0`) is passed over.
///
/// Returns 0; `UV_EINVAL` if the text is no such address or a pointer is null; or
/// `UV_EAFNOSUPPORT` for another `af`. After an error `dst` is as it was.
///
/// May be called from any thread.
///
/// # Safety
/// `src` is a C string or null; `dst` is null or writable for a `struct in_addr` or a
/// `struct in6_addr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_inet_pton(af: c_int, src: *const c_char, dst: *mut c_void) -> c_int {
    // SAFETY: the caller passes a C string and a place for such an address, or null.
    unsafe { pton(af, src, dst) }.into_c()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_filled_in_even_when_they_are_wrong() {
        // SAFETY: zero is a valid address; the texts are C strings.
        unsafe {
            let mut four: libc::sockaddr_in = core::mem::zeroed();
            assert_eq!(uv_ip4_addr(c"127.0.0.1".as_ptr(), 0x1_1234, &mut four), 0);
            assert_eq!(four.sin_port, 0x1234u16.to_be());
            assert_eq!(four.sin_addr.s_addr, 0x7F00_0001u32.to_be());
            let wrong = uv_ip4_addr(c"127.0.0.".as_ptr(), 1, &mut four);
            assert_eq!(wrong, Errno::INVAL.raw());
            assert_eq!(i32::from(four.sin_family), libc::AF_INET);
            assert_eq!(four.sin_addr.s_addr, 0);
            let null = uv_ip4_addr(core::ptr::null(), 1, &mut four);
            assert_eq!(null, Errno::INVAL.raw());
        }
    }

    #[test]
    fn a_zone_becomes_the_number_of_its_interface() {
        // SAFETY: zero is a valid address; the texts are C strings.
        unsafe {
            let mut six: libc::sockaddr_in6 = core::mem::zeroed();
            assert_eq!(uv_ip6_addr(c"fe80::1%lo".as_ptr(), 80, &mut six), 0);
            assert_eq!(six.sin6_scope_id, sys::interfaces::index(c"lo"));
            assert_eq!(uv_ip6_addr(c"fe80::1%nosuchif".as_ptr(), 80, &mut six), 0);
            assert_eq!(six.sin6_scope_id, 0);
            let mut text = [0; 46];
            assert_eq!(uv_ip6_name(&six, text.as_mut_ptr(), usize::MAX), 0);
            assert_eq!(CStr::from_ptr(text.as_ptr()), c"fe80::1");
        }
    }
}
