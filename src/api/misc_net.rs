//! Internet addresses and network interfaces. (Miscellaneous utilities)

use crate::abi::uv_interface_address_t;
use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::alloc;
use crate::sys;
use crate::system::{OutBuf, c_str, interfaces};
use crate::text::inet;
use core::ffi::{CStr, c_char, c_int, c_uint, c_void};

/// The caller's buffer for a text.
///
/// # Safety
/// `dst` is null, or writable for `size` bytes, and stays so for `'a`.
unsafe fn room<'a>(dst: *mut c_char, size: usize) -> Result<&'a mut [u8]> {
    if dst.is_null() {
        return Err(Errno::INVAL);
    }
    // No address comes near this length. Who passes SIZE_MAX for "long enough" must not
    // get a slice that wraps around.
    let size = size.min(64);
    // SAFETY: as this function's own contract; the bytes are only written.
    Ok(unsafe { core::slice::from_raw_parts_mut(dst.cast(), size) })
}

/// # Safety
/// `src` is null or an address of the family; `dst` as for [`room`].
unsafe fn ntop(af: c_int, src: *const c_void, dst: *mut c_char, size: usize) -> Result {
    if !matches!(af, libc::AF_INET | libc::AF_INET6) {
        return Err(Errno::AFNOSUPPORT);
    }
    if src.is_null() {
        return Err(Errno::INVAL);
    }
    // SAFETY: as this function's own contract.
    let out = unsafe { room(dst, size)? };
    // SAFETY: the address is of that family; reading it by bytes asks for no alignment.
    let written = unsafe {
        match af {
            libc::AF_INET => inet::ntop4(*src.cast(), out),
            _ => inet::ntop6(*src.cast(), out),
        }
    };
    written.map(drop)
}

/// # Safety
/// `dst` is null or writable for an address of the family.
unsafe fn pton(af: c_int, src: *const c_char, dst: *mut c_void) -> Result {
    // SAFETY: the caller passes a C string or null.
    let text = unsafe { c_str(src)? }.to_bytes();
    if dst.is_null() {
        return Err(Errno::INVAL);
    }
    // SAFETY: as this function's own contract; writing by bytes asks for no alignment.
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

/// Turns the text of an IPv4 address and a port into a socket address.
///
/// `port` is in the machine's byte order. On failure the address in `addr` is 0.0.0.0.
///
/// Returns 0, or `UV_EINVAL` when `ip` is not four decimal numbers with dots between them.
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

/// Turns the text of an IPv6 address and a port into a socket address.
///
/// `port` is in the machine's byte order. A zone behind the address (`fe80::1%eth0`)
/// becomes its `sin6_scope_id`, which is 0 when no interface has that name. On failure
/// the address in `addr` is `::`.
///
/// Returns 0, or `UV_EINVAL` when `ip` is not an IPv6 address.
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
/// Returns 0, or `UV_ENOSPC` when the text and a NUL are more than `size` bytes.
///
/// # Safety
/// `src` is an IPv4 socket address; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip4_name(
    src: *const libc::sockaddr_in,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes an IPv4 socket address and a buffer of that size.
    unsafe {
        ntop(
            libc::AF_INET,
            (&raw const (*src).sin_addr).cast(),
            dst,
            size,
        )
    }
    .into_c()
}

/// Writes the text of an IPv6 socket address, without its port and zone, to `dst`.
///
/// Returns 0, or `UV_ENOSPC` when the text and a NUL are more than `size` bytes.
///
/// # Safety
/// `src` is an IPv6 socket address; `dst` is writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_ip6_name(
    src: *const libc::sockaddr_in6,
    dst: *mut c_char,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes an IPv6 socket address and a buffer of that size.
    unsafe {
        ntop(
            libc::AF_INET6,
            (&raw const (*src).sin6_addr).cast(),
            dst,
            size,
        )
    }
    .into_c()
}

/// Writes the text of an IPv4 or IPv6 socket address, without its port and zone, to `dst`.
///
/// Returns 0, `UV_ENOSPC` when the text and a NUL are more than `size` bytes, or
/// `UV_EAFNOSUPPORT` when the address is of another family.
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
        // SAFETY: as above.
        libc::AF_INET6 => unsafe { uv_ip6_name(src.cast(), dst, size) },
        _ => Errno::AFNOSUPPORT.raw(),
    }
}

/// Writes the text of an address of the family `af` to `dst`, the shortest form for IPv6.
///
/// Returns 0, `UV_ENOSPC` when the text and a NUL are more than `size` bytes, or
/// `UV_EAFNOSUPPORT` when `af` is neither `AF_INET` nor `AF_INET6`. On failure `dst` is
/// as it was.
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

/// Reads the text of an address of the family `af`.
///
/// A zone behind an IPv6 address is passed over.
///
/// Returns 0, `UV_EINVAL` when the text is not such an address or a pointer is null, or
/// `UV_EAFNOSUPPORT` when `af` is neither `AF_INET` nor `AF_INET6`. On failure `dst` is
/// as it was.
///
/// # Safety
/// `src` is a C string or null; `dst` is null or writable for a `struct in_addr` or a
/// `struct in6_addr`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_inet_pton(af: c_int, src: *const c_char, dst: *mut c_void) -> c_int {
    // SAFETY: the caller passes a C string and a place for such an address, or null.
    unsafe { pton(af, src, dst) }.into_c()
}

/// Writes the name of the network interface with the number `ifindex`.
///
/// `*size` is the room in `buffer` (`UV_IF_NAMESIZE` always is enough) and becomes the
/// length of the name without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, `UV_ENXIO` when there is
/// no such interface, or `UV_ENOBUFS` when the name does not fit: then `*size` is the room
/// that it needs, its NUL included.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_if_indextoname(
    ifindex: c_uint,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(|out| interfaces::name(ifindex, out))
        .into_c()
}

/// Writes what names the network interface with the number `ifindex` in an IPv6
/// address, behind the `%`: on Unix its name, as `uv_if_indextoname` does.
///
/// Returns as `uv_if_indextoname`: 0; `UV_EINVAL`, `UV_ENXIO`, or `UV_ENOBUFS` with the
/// room that is needed in `*size`.
///
/// # Safety
/// As for `uv_if_indextoname`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_if_indextoiid(
    ifindex: c_uint,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller keeps the same contract.
    unsafe { uv_if_indextoname(ifindex, buffer, size) }
}

/// Lists the addresses of the network interfaces that are up.
///
/// `*addresses` becomes an array of `*count` elements, to be freed with
/// `uv_free_interface_addresses`; null and 0 when there are none.
///
/// Returns 0, `UV_ENOMEM`, or what the system says.
///
/// # Safety
/// Both pointers are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_interface_addresses(
    addresses: *mut *mut uv_interface_address_t,
    count: *mut c_int,
) -> c_int {
    let list = interfaces::list();
    let (first, length) = list.unwrap_or((core::ptr::null_mut(), 0));
    // SAFETY: the caller passes places for both.
    unsafe {
        *addresses = first;
        *count = length as c_int;
    }
    list.map(drop).into_c()
}

/// Frees what `uv_interface_addresses` gave. `count` is not looked at.
///
/// # Safety
/// `addresses` came from `uv_interface_addresses` or is null, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_free_interface_addresses(
    addresses: *mut uv_interface_address_t,
    count: c_int,
) {
    let _ = count;
    // SAFETY: the list is one block of ours, or null.
    unsafe { alloc::free(addresses.cast()) };
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
