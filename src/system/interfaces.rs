//! Network interfaces and their addresses.

use super::{OutBuf, append};
use crate::abi::uv_interface_address_t;
use crate::errno::Result;
use crate::event_loop::alloc;
use crate::sys::interfaces::{self, Address, Addresses};
use core::ffi::{CStr, c_char, c_uint};

/// Writes the name of the interface with an index; `ENXIO` if there is none.
pub(crate) fn name(index: c_uint, out: OutBuf) -> Result {
    out.put(interfaces::name(index, &mut [0; interfaces::NAME_SIZE])?.to_bytes())
}

/// Returns the addresses of the interfaces that are up, in one block: the list, then the names.
/// Null and 0 if there are none.
pub(crate) fn list() -> Result<(*mut uv_interface_address_t, usize)> {
    let system = Addresses::list()?;
    let count = shown(&system).count();
    if count == 0 {
        return Ok((core::ptr::null_mut(), 0));
    }
    let names: usize = shown(&system)
        .map(|address| address.name().count_bytes() + 1)
        .sum();
    let size = count * size_of::<uv_interface_address_t>() + names;
    let list: *mut uv_interface_address_t = alloc::calloc(1, size)?;
    // SAFETY: the block has `count` entries, which may be all zero, and then the names.
    let entries = unsafe { core::slice::from_raw_parts_mut(list, count) };
    let mut to = list.wrapping_add(count).cast::<c_char>();
    for (entry, address) in entries.iter_mut().zip(shown(&system)) {
        entry.name = to;
        // SAFETY: the names have been counted; the sockaddrs are as long as their
        // families say, and an entry has space for the longer kind.
        unsafe {
            to = append(to, address.name());
            copy(address.address(), (&raw mut entry.address).cast());
            copy(address.netmask(), (&raw mut entry.netmask).cast());
        }
        entry.is_internal = address.is_loopback().into();
    }
    for hardware in system.iter().filter(|address| address.is_running()) {
        if let Some(bytes) = hardware.hardware() {
            entries
                .iter_mut()
                .filter(|entry| shares_hardware(entry, hardware.name()))
                .for_each(|entry| entry.phys_addr = bytes.map(|byte| byte as c_char));
        }
    }
    Ok((list, count))
}

/// Returns the addresses of interfaces that are up, without hardware addresses.
fn shown(system: &Addresses) -> impl Iterator<Item = Address<'_>> {
    system.iter().filter(|address| {
        address.is_running() && !address.address().is_null() && address.hardware().is_none()
    })
}

/// Returns whether an entry is an address of the interface, or of an alias of it (`eth0:1`).
fn shares_hardware(entry: &uv_interface_address_t, name: &CStr) -> bool {
    // SAFETY: the entry has been given a name.
    let own = unsafe { CStr::from_ptr(entry.name) }.to_bytes();
    matches!(own.strip_prefix(name.to_bytes()), Some([] | [b':', ..]))
}

/// Copies an address, if there is one.
///
/// # Safety
/// `from` is null or a sockaddr of its family; `to` has space for a `sockaddr_in6`.
unsafe fn copy(from: *const libc::sockaddr, to: *mut u8) {
    // SAFETY: an address that is not null begins with its family.
    let Some(address) = (unsafe { from.as_ref() }) else {
        return;
    };
    let size = match i32::from(address.sa_family) {
        libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
        _ => size_of::<libc::sockaddr_in>(),
    };
    // SAFETY: `from` and `to` each have the size of an address of that family, in different
    // blocks.
    unsafe { to.copy_from_nonoverlapping(from.cast(), size) };
}
