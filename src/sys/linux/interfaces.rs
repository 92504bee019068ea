//! Network interfaces.

use crate::errno::Result;
use crate::sys::{call, not_null};
use core::ffi::{CStr, c_uint};

/// The size of an interface's name with its NUL.
pub(crate) const NAME_SIZE: usize = libc::IF_NAMESIZE;

/// The name of the interface with an index; `ENXIO` if there is none.
pub(crate) fn name(index: c_uint, name: &mut [u8; NAME_SIZE]) -> Result<&CStr> {
    // SAFETY: `name` has the IF_NAMESIZE bytes that the call asks for.
    let name = not_null(unsafe { libc::if_indextoname(index, name.as_mut_ptr().cast()) })?;
    // SAFETY: the call has written a C string there.
    Ok(unsafe { CStr::from_ptr(name) })
}

/// The index of the interface with a name; 0 if there is none.
pub(crate) fn index(name: &CStr) -> c_uint {
    // SAFETY: `name` ends in a NUL.
    unsafe { libc::if_nametoindex(name.as_ptr()) }
}

/// The addresses of all interfaces, as the system lists them.
pub(crate) struct Addresses(*mut libc::ifaddrs);

impl Addresses {
    pub(crate) fn list() -> Result<Addresses> {
        let mut first = core::ptr::null_mut();
        // SAFETY: `first` is a pointer that the call sets.
        call!(unsafe { libc::getifaddrs(&mut first) })?;
        Ok(Addresses(first))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Address<'_>> {
        // SAFETY: the list lives as long as `self`; its links are null at the end.
        let mut next = unsafe { self.0.as_ref() };
        core::iter::from_fn(move || {
            let entry = next?;
            // SAFETY: the list of getifaddrs lives until it is freed.
            next = unsafe { entry.ifa_next.as_ref() };
            Some(Address(entry))
        })
    }
}

impl Drop for Addresses {
    fn drop(&mut self) {
        // SAFETY: getifaddrs made the list, and nothing borrows from it any more.
        unsafe { libc::freeifaddrs(self.0) }
    }
}

/// One address of one interface.
#[derive(Clone, Copy)]
pub(crate) struct Address<'a>(&'a libc::ifaddrs);

impl<'a> Address<'a> {
    pub(crate) fn name(self) -> &'a CStr {
        // SAFETY: the name of an entry is a C string that lives with the list.
        unsafe { CStr::from_ptr(self.0.ifa_name) }
    }

    /// Returns whether the interface is up and has its resources.
    pub(crate) fn is_running(self) -> bool {
        let both = (libc::IFF_UP | libc::IFF_RUNNING) as c_uint;
        self.0.ifa_flags & both == both
    }

    pub(crate) fn is_loopback(self) -> bool {
        self.0.ifa_flags & libc::IFF_LOOPBACK as c_uint != 0
    }

    /// Returns the address; null if the interface has none.
    pub(crate) fn address(self) -> *const libc::sockaddr {
        self.0.ifa_addr
    }

    /// Returns the netmask; null if the interface has none.
    pub(crate) fn netmask(self) -> *const libc::sockaddr {
        self.0.ifa_netmask
    }

    /// Returns the hardware address, if the entry has one.
    pub(crate) fn hardware(self) -> Option<[u8; 6]> {
        // SAFETY: an address that is not null begins with its family.
        let family = unsafe { self.0.ifa_addr.as_ref() }?.sa_family;
        if i32::from(family) != libc::AF_PACKET {
            return None;
        }
        // SAFETY: an address of this family is a sockaddr_ll, aligned as the list is.
        let address = unsafe { &*self.0.ifa_addr.cast::<libc::sockaddr_ll>() };
        let [bytes @ .., _, _] = address.sll_addr;
        Some(bytes)
    }
}
