//! UDP handles. The descriptor is level-triggered: a datagram may follow the one that was read,
//! and writability is watched only while a send is blocked.

mod options;
mod receive;
mod send;

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{BOUND, IPV6, UDP_CONNECTED, UDP_RECVMMSG};
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::handles::bufs;
use crate::handles::tcp::address_len;
use crate::sys::socket::End;
use crate::sys::{datagram, fd, socket};
use core::ffi::{c_int, c_uint};
use core::ptr::null;
use libc::{AF_INET, AF_INET6, AF_UNSPEC, sockaddr};

fn share_address(fd: c_int, flags: c_uint) -> Result {
    if flags & UV_UDP_REUSEADDR != 0 {
        socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32)?;
    }
    if flags & UV_UDP_REUSEPORT != 0 {
        socket::set_reuse_port(fd)?;
    }
    Ok(())
}

impl uv_udp_t {
    /// Makes this a UDP handle; the low eight bits of `flags` are a family whose socket
    /// is opened at once.
    pub(crate) fn init(&self, loop_: &uv_loop_t, flags: c_uint) -> Result {
        let (domain, extra) = ((flags & 0xff) as c_int, flags & !0xff);
        let known = [AF_INET, AF_INET6, AF_UNSPEC].contains(&domain);
        if !known || extra & !UV_UDP_RECVMMSG != 0 {
            return Err(Errno::INVAL);
        }
        let fd = match domain {
            AF_UNSPEC => -1,
            _ => socket::open(domain, libc::SOCK_DGRAM)?,
        };
        self.base.init(loop_, UV_UDP);
        self.init_backoff();
        self.alloc_cb.set(None);
        self.recv_cb.set(None);
        self.send_queue_size.set(0);
        self.send_queue_count.set(0);
        self.io_watcher.init(Source::Udp, fd);
        self.io_watcher.set_udp(true);
        self.write_queue.init();
        self.write_completed_queue.init();
        if extra != 0 {
            self.set(UDP_RECVMMSG);
        }
        Ok(())
    }

    /// The handle's descriptor, −1 when it has none.
    pub(crate) fn fd(&self) -> c_int {
        self.io_watcher.fd.get()
    }

    fn check_kind(&self) -> Result {
        if self.type_.get() == UV_UDP {
            Ok(())
        } else {
            Err(Errno::INVAL)
        }
    }

    /// Takes over a socket of the program.
    pub(crate) fn open(&self, socket: c_int, flags: c_uint) -> Result {
        if flags & !(UV_UDP_REUSEADDR | UV_UDP_REUSEPORT) != 0 {
            return Err(Errno::INVAL);
        }
        if self.fd() != -1 {
            return Err(Errno::BUSY);
        }
        if self.loop_().watches(socket) {
            return Err(Errno::EXIST);
        }
        fd::set_nonblocking(socket, true)?;
        share_address(socket, flags)?;
        self.io_watcher.fd.set(socket);
        self.io_watcher.set_udp(datagram::is_udp(socket));
        if datagram::is_connected(socket) {
            self.set(UDP_CONNECTED);
        }
        Ok(())
    }

    /// Takes over a socket as `uv_udp_open` does, which sets SO_REUSEADDR.
    pub(crate) fn open_shared(&self, socket: c_int) -> Result {
        self.open(socket, UV_UDP_REUSEADDR)
    }

    /// # Safety
    /// `addr` points to an address that is as long as its family says.
    pub(crate) unsafe fn bind(&self, addr: *const sockaddr, flags: c_uint) -> Result {
        self.check_kind()?;
        // SAFETY: `addr` points to a socket address.
        let (len, family) = unsafe { (address_len(addr)?, c_int::from((*addr).sa_family)) };
        if flags & !(UV_UDP_IPV6ONLY | UV_UDP_REUSEADDR | UV_UDP_REUSEPORT | UV_UDP_LINUX_RECVERR)
            != 0
        {
            return Err(Errno::INVAL);
        }
        if (flags & UV_UDP_IPV6ONLY != 0 && family != AF_INET6) || self.is_closing() {
            return Err(Errno::INVAL);
        }
        if self.fd() == -1 {
            let socket = socket::open(family, libc::SOCK_DGRAM)?;
            self.io_watcher.fd.set(socket);
        }
        let fd = self.fd();
        if flags & UV_UDP_LINUX_RECVERR != 0 {
            datagram::keep_errors(fd, family)?;
        }
        share_address(fd, flags)?;
        if flags & UV_UDP_IPV6ONLY != 0 {
            socket::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &1i32)?;
        }
        // SAFETY: `addr` points to an address of `len` bytes.
        match unsafe { socket::bind(fd, addr, len) } {
            Err(Errno::AFNOSUPPORT) => return Err(Errno::INVAL),
            bound => bound?,
        }
        self.set(BOUND | if family == AF_INET6 { IPV6 } else { 0 });
        Ok(())
    }

    /// Binds a handle without a socket to any address and port of the family.
    fn bind_if_needed(&self, family: c_int, flags: c_uint) -> Result {
        if self.fd() != -1 {
            return Ok(());
        }
        // SAFETY: all zeroes is a valid sockaddr_in6, and means any address and port.
        let mut any: libc::sockaddr_in6 = unsafe { core::mem::zeroed() };
        any.sin6_family = family as libc::sa_family_t;
        // SAFETY: a sockaddr_in6 is long enough for both families; `bind` takes no other.
        unsafe { self.bind(core::ptr::from_ref(&any).cast(), flags) }
    }

    /// Connects the handle to a peer, or disconnects it if `addr` is null.
    ///
    /// # Safety
    /// `addr` is null or points to an address that is as long as its family says.
    pub(crate) unsafe fn connect(&self, addr: *const sockaddr) -> Result {
        self.check_kind()?;
        if addr.is_null() {
            return self.disconnect();
        }
        // SAFETY: `addr` points to a socket address.
        let (len, family) = unsafe { (address_len(addr)?, c_int::from((*addr).sa_family)) };
        if self.has(UDP_CONNECTED) {
            return Err(Errno::ISCONN);
        }
        self.bind_if_needed(family, 0)?;
        // SAFETY: `addr` points to an address of `len` bytes.
        unsafe { socket::connect(self.fd(), addr, len)? };
        self.set(UDP_CONNECTED);
        Ok(())
    }

    fn disconnect(&self) -> Result {
        if !self.has(UDP_CONNECTED) {
            return Err(Errno::NOTCONN);
        }
        datagram::disconnect(self.fd())?;
        self.clear(UDP_CONNECTED);
        Ok(())
    }

    /// Writes the address of one end, at most `len` bytes, and sets `len` to its length.
    ///
    /// # Safety
    /// `name` is valid for writes of `*len` bytes.
    pub(crate) unsafe fn name(&self, end: End, name: *mut sockaddr, len: &mut c_int) -> Result {
        // SAFETY: `name` has room for `*len` bytes.
        *len = unsafe { socket::name(self.fd(), end, name, *len as u32)? } as c_int;
        Ok(())
    }

    /// Events of the descriptor; none in the pending phase, when sends have ended.
    #[inline(never)]
    pub(crate) fn on_ready(&self, events: Interest) {
        let failed = events.intersects(Interest::ERROR);
        // A read or a write returns the error.
        if failed || events.intersects(Interest::READABLE) {
            self.receive(0);
        }
        if failed && self.is_active() {
            self.receive(libc::MSG_ERRQUEUE);
        }
        let writable = failed || events.is_empty() || events.intersects(Interest::WRITABLE);
        if writable && !self.is_closing() {
            self.on_writable();
        }
    }

    /// The loop cannot poll any more: ends the sends, or else receiving, with `error`; returns
    /// whether there was either.
    pub(crate) fn fail(&self, error: Errno) -> bool {
        if !self.write_queue.is_empty() {
            self.cancel_sends(error);
            self.io_watcher.feed(self.loop_());
            return true;
        }
        let reader = self.recv_cb.get();
        if reader.is_none() || self.recv_stop().is_err() {
            return false;
        }
        self.deliver(reader, error.raw() as isize, &bufs::NONE, null(), 0);
        true
    }

    /// `uv_close`: stops all I/O. Queued requests are called back in the closing phase.
    pub(crate) fn close(&self) {
        self.io_watcher.close(self.loop_());
        self.end_backoff();
        self.base.stop();
        let fd = self.io_watcher.fd.replace(-1);
        if fd != -1 {
            let _ = fd::close(fd);
        }
    }

    /// The closing phase: ends every active send with `UV_ECANCELED`.
    pub(crate) fn destroy(&self) {
        self.cancel_sends(Errno::CANCELED);
        self.send_callbacks();
        self.recv_cb.set(None);
        self.alloc_cb.set(None);
    }
}
