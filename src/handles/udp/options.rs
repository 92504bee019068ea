//! Socket options: broadcast, TTL, and multicast groups with their interface.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::IPV6;
use crate::sys::{interfaces, socket};
use crate::text::inet;
use core::ffi::{CStr, c_int, c_uint};
use libc::{AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6};

fn v4(text: &CStr) -> Result<libc::in_addr> {
    inet::pton4(text.to_bytes()).map(|bytes| libc::in_addr {
        s_addr: u32::from_ne_bytes(bytes),
    })
}

fn v6(text: &CStr) -> Result<libc::in6_addr> {
    inet::pton6(text.to_bytes()).map(|s6_addr| libc::in6_addr { s6_addr })
}

/// The index of the interface in the zone of an IPv6 address; 0 for any.
fn zone(text: &CStr) -> c_uint {
    let bytes = text.to_bytes_with_nul();
    match bytes.iter().position(|&byte| byte == b'%') {
        Some(at) => CStr::from_bytes_with_nul(&bytes[at + 1..]).map_or(0, interfaces::index),
        None => 0,
    }
}

fn storage(text: &CStr) -> Result<libc::sockaddr_storage> {
    const { assert!(size_of::<libc::sockaddr_in6>() <= size_of::<libc::sockaddr_storage>()) };
    // SAFETY: all zeroes is a valid sockaddr_storage.
    let mut storage: libc::sockaddr_storage = unsafe { core::mem::zeroed() };
    // SAFETY: a storage is aligned and large enough for every kind of address.
    let address = unsafe { &mut *core::ptr::from_mut(&mut storage).cast::<libc::sockaddr_in6>() };
    address.sin6_family = AF_INET6 as libc::sa_family_t;
    address.sin6_addr = v6(text)?;
    address.sin6_scope_id = zone(text);
    Ok(storage)
}

/// The IPv4 address of an interface; INADDR_ANY without a text.
fn interface4(text: Option<&CStr>) -> Result<libc::in_addr> {
    text.map_or(Ok(libc::in_addr { s_addr: 0 }), v4)
}

/// The index of the interface in the zone of an IPv6 address; 0 for any.
fn interface6(text: Option<&CStr>) -> Result<c_uint> {
    text.map_or(Ok(0), |text| v6(text).map(|_| zone(text)))
}

impl uv_udp_t {
    pub(crate) fn set_broadcast(&self, on: c_int) -> Result {
        socket::set_option(self.fd(), libc::SOL_SOCKET, libc::SO_BROADCAST, &on)
    }

    pub(crate) fn set_ttl(&self, ttl: c_int) -> Result {
        if ttl < 1 {
            return Err(Errno::INVAL);
        }
        self.set_byte(libc::IP_TTL, libc::IPV6_UNICAST_HOPS, ttl)
    }

    pub(crate) fn set_multicast_ttl(&self, ttl: c_int) -> Result {
        self.set_byte(libc::IP_MULTICAST_TTL, libc::IPV6_MULTICAST_HOPS, ttl)
    }

    pub(crate) fn set_multicast_loop(&self, on: c_int) -> Result {
        self.set_byte(libc::IP_MULTICAST_LOOP, libc::IPV6_MULTICAST_LOOP, on)
    }

    /// Sets the option of the family that the handle is bound to.
    fn set_byte(&self, v4: c_int, v6: c_int, value: c_int) -> Result {
        if !(0..=255).contains(&value) {
            return Err(Errno::INVAL);
        }
        let (level, option) = if self.has(IPV6) {
            (libc::IPPROTO_IPV6, v6)
        } else {
            (libc::IPPROTO_IP, v4)
        };
        socket::set_option(self.fd(), level, option, &value)
    }

    /// Joins or leaves a group.
    pub(crate) fn set_membership(
        &self,
        group: &CStr,
        interface: Option<&CStr>,
        membership: uv_membership,
    ) -> Result {
        if let Ok(imr_multiaddr) = v4(group) {
            self.bind_if_needed(AF_INET, UV_UDP_REUSEADDR)?;
            let request = libc::ip_mreq {
                imr_multiaddr,
                imr_interface: interface4(interface)?,
            };
            let options = [libc::IP_ADD_MEMBERSHIP, libc::IP_DROP_MEMBERSHIP];
            return self.set_member(membership, IPPROTO_IP, options, &request);
        }
        let ipv6mr_multiaddr = v6(group)?;
        self.bind_if_needed(AF_INET6, UV_UDP_REUSEADDR)?;
        let request = libc::ipv6_mreq {
            ipv6mr_multiaddr,
            ipv6mr_interface: interface6(interface)?,
        };
        let options = [libc::IPV6_ADD_MEMBERSHIP, libc::IPV6_DROP_MEMBERSHIP];
        self.set_member(membership, IPPROTO_IPV6, options, &request)
    }

    /// Joins or leaves a group for one source.
    pub(crate) fn set_source_membership(
        &self,
        group: &CStr,
        interface: Option<&CStr>,
        source: &CStr,
        membership: uv_membership,
    ) -> Result {
        let Ok(imr_multiaddr) = v4(group) else {
            return self.set_source_membership6(group, interface, source, membership);
        };
        let imr_sourceaddr = v4(source)?;
        self.bind_if_needed(AF_INET, UV_UDP_REUSEADDR)?;
        let request = libc::ip_mreq_source {
            imr_multiaddr,
            imr_interface: interface4(interface)?,
            imr_sourceaddr,
        };
        let options = [
            libc::IP_ADD_SOURCE_MEMBERSHIP,
            libc::IP_DROP_SOURCE_MEMBERSHIP,
        ];
        self.set_member(membership, IPPROTO_IP, options, &request)
    }

    fn set_source_membership6(
        &self,
        group: &CStr,
        interface: Option<&CStr>,
        source: &CStr,
        membership: uv_membership,
    ) -> Result {
        let (group, source) = (storage(group)?, storage(source)?);
        self.bind_if_needed(AF_INET6, UV_UDP_REUSEADDR)?;
        let request = libc::group_source_req {
            gsr_interface: interface6(interface)?,
            gsr_group: group,
            gsr_source: source,
        };
        let options = [
            libc::MCAST_JOIN_SOURCE_GROUP,
            libc::MCAST_LEAVE_SOURCE_GROUP,
        ];
        self.set_member(membership, IPPROTO_IPV6, options, &request)
    }

    /// Sets the first of two options to join, the second to leave.
    fn set_member<T>(
        &self,
        membership: uv_membership,
        level: c_int,
        [join, leave]: [c_int; 2],
        request: &T,
    ) -> Result {
        let option = match membership {
            UV_JOIN_GROUP => join,
            UV_LEAVE_GROUP => leave,
            _ => return Err(Errno::INVAL),
        };
        socket::set_option(self.fd(), level, option, request)
    }

    /// Sets the interface for datagrams to groups; the system chooses if there is none.
    pub(crate) fn set_multicast_interface(&self, interface: Option<&CStr>) -> Result {
        let six = match interface {
            None => self.has(IPV6),
            Some(text) => v4(text).is_err(),
        };
        if six {
            let index = interface6(interface)?;
            return socket::set_option(self.fd(), IPPROTO_IPV6, libc::IPV6_MULTICAST_IF, &index);
        }
        let address = interface4(interface)?;
        socket::set_option(self.fd(), IPPROTO_IP, libc::IP_MULTICAST_IF, &address)
    }
}
