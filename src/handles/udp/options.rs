//! Socket options.

use crate::abi::uv_udp_t;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::IPV6;
use crate::sys::socket;
use core::ffi::c_int;

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
}
