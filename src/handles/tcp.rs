//! TCP handles.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::dispatch;
use crate::event_loop::flags::{BOUND, IPV6, READABLE, TCP_KEEPALIVE, TCP_NODELAY, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::handles::pipe::open_pair;
use crate::sys::socket::End;
use crate::sys::{fd, socket};
use core::ffi::{c_int, c_uint};
use libc::{AF_INET, AF_INET6, AF_UNSPEC, sockaddr};

/// When and how often TCP probes an idle connection. The times are in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Probes {
    pub(crate) idle: c_uint,
    pub(crate) interval: c_uint,
    pub(crate) count: c_uint,
}

impl Probes {
    pub(super) const DEFAULT: Probes = Probes {
        idle: 60,
        interval: 1,
        count: 10,
    };
}

pub(super) fn set_nodelay(fd: c_int, on: bool) -> Result {
    socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_NODELAY, &c_int::from(on))
}

pub(super) fn set_keepalive(fd: c_int, on: bool, probes: Probes) -> Result {
    socket::set_option(fd, libc::SOL_SOCKET, libc::SO_KEEPALIVE, &c_int::from(on))?;
    if !on {
        return Ok(());
    }
    if probes.idle < 1 || probes.interval < 1 || probes.count < 1 {
        return Err(Errno::INVAL);
    }
    socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPIDLE, &probes.idle)?;
    socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPINTVL, &probes.interval)?;
    socket::set_option(fd, libc::IPPROTO_TCP, libc::TCP_KEEPCNT, &probes.count)
}

/// The length of an internet address; `UV_EINVAL` for null and for any other family.
///
/// # Safety
/// `addr` is null or points to an address that is as long as its family says.
pub(crate) unsafe fn address_len(addr: *const sockaddr) -> Result<usize> {
    // SAFETY: null, or an address that begins with its family.
    let Some(addr) = (unsafe { addr.as_ref() }) else {
        return Err(Errno::INVAL);
    };
    match c_int::from(addr.sa_family) {
        AF_INET => Ok(size_of::<libc::sockaddr_in>()),
        AF_INET6 => Ok(size_of::<libc::sockaddr_in6>()),
        _ => Err(Errno::INVAL),
    }
}

impl uv_tcp_t {
    /// Makes this a TCP handle; the low eight bits of `flags` are a family whose
    /// socket is opened at once.
    pub(crate) fn init(&self, loop_: &uv_loop_t, flags: c_uint) -> Result {
        let domain = (flags & 0xff) as c_int;
        if flags & !0xff != 0 || ![AF_INET, AF_INET6, AF_UNSPEC].contains(&domain) {
            return Err(Errno::INVAL);
        }
        self.base.init(loop_, UV_TCP);
        if domain != AF_UNSPEC {
            self.open_socket(domain, 0)
                .inspect_err(|_| self.handle_queue.remove())?;
        }
        Ok(())
    }

    fn open_socket(&self, domain: c_int, flags: c_uint) -> Result {
        let socket = socket::open(domain, libc::SOCK_STREAM)?;
        self.base.open(socket, flags).inspect_err(|_| {
            let _ = fd::close(socket);
        })
    }

    /// Opens a socket of the family unless the handle has one; sets `flags`.
    fn ensure_socket(&self, domain: c_int, flags: c_uint) -> Result {
        if domain != AF_UNSPEC && self.fd() == -1 {
            return self.open_socket(domain, flags);
        }
        self.set(flags);
        Ok(())
    }

    /// Takes over a socket of the program.
    pub(crate) fn open(&self, socket: c_int) -> Result {
        if self.loop_().watches(socket) {
            return Err(Errno::EXIST);
        }
        fd::set_nonblocking(socket, true)?;
        self.base.open(socket, READABLE | WRITABLE)?;
        // On other sockets, such as datagrams, a short read does not prove the buffer empty.
        self.io_watcher.set_tcp(socket::is_tcp(socket));
        Ok(())
    }

    /// Binds to an address. `listen` or `connect` returns the error if it is in use.
    ///
    /// # Safety
    /// `addr` points to an address that is as long as its family says.
    pub(crate) unsafe fn bind(&self, addr: *const sockaddr, flags: c_uint) -> Result {
        if self.type_.get() != UV_TCP || self.is_closing() {
            return Err(Errno::INVAL);
        }
        // SAFETY: `addr` points to a socket address.
        let (len, family) = unsafe { (address_len(addr)?, c_int::from((*addr).sa_family)) };
        let only_v6 = flags & UV_TCP_IPV6ONLY != 0;
        if only_v6 && family != AF_INET6 {
            return Err(Errno::INVAL);
        }
        self.ensure_socket(family, 0)?;
        let fd = self.fd();
        socket::set_option(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32)?;
        if flags & UV_TCP_REUSEPORT != 0 {
            socket::set_reuse_port(fd)?;
        }
        if family == AF_INET6 {
            let only_v6 = c_int::from(only_v6);
            socket::set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, &only_v6)?;
        }
        // SAFETY: `addr` points to an address of `len` bytes.
        match unsafe { socket::bind(fd, addr, len) } {
            Ok(()) => self.delayed_error.set(0),
            Err(Errno::ADDRINUSE) => self.delayed_error.set(Errno::ADDRINUSE.raw()),
            Err(Errno::AFNOSUPPORT) => return Err(Errno::INVAL),
            Err(error) => return Err(error),
        }
        self.set(BOUND | if family == AF_INET6 { IPV6 } else { 0 });
        Ok(())
    }

    /// `listen(2)` for TCP, with a new socket if there is none.
    pub(super) fn listen(&self, backlog: c_int) -> Result {
        self.take_delayed()?;
        self.ensure_socket(AF_INET, 0)?;
        socket::listen(self.fd(), backlog)
    }

    fn take_delayed(&self) -> Result {
        match self.delayed_error.get() {
            0 => Ok(()),
            error => Err(Errno::from_raw(-error)),
        }
    }

    /// Starts to connect. The callback gets a refusal, even an immediate one.
    ///
    /// # Safety
    /// `addr` points to an address that is as long as its family says.
    pub(crate) unsafe fn connect(
        &self,
        req: &uv_connect_t,
        addr: *const sockaddr,
        callback: uv_connect_cb,
    ) -> Result {
        if self.type_.get() != UV_TCP || self.is_closing() {
            return Err(Errno::INVAL);
        }
        // SAFETY: `addr` points to a socket address.
        let len = unsafe { address_len(addr)? };
        if !self.connect_req.get().is_null() {
            return Err(Errno::ALREADY);
        }
        if self.delayed_error.get() == 0 {
            // SAFETY: `addr` points to an address of `len` bytes.
            let begun = unsafe { self.begin_connect(addr, len) };
            self.ask_anew()?;
            begun?;
        }
        if self.delayed_error.get() == 0 {
            // Most programs that connect also read: register for both in one call.
            self.io_watcher
                .want_before(self.loop_(), Interest::WRITABLE, Interest::READABLE)?;
        } else {
            self.io_watcher.feed(self.loop_());
        }
        self.begin_connect_req(req, callback);
        Ok(())
    }

    /// An attempt to connect invalidates earlier readiness, and the kernel reports an edge once:
    /// register again to get the present state.
    fn ask_anew(&self) -> Result {
        let interest = self.io_watcher.interest();
        self.io_watcher.disarm(self.loop_());
        if interest.is_empty() {
            return Ok(());
        }
        self.io_watcher.arm(self.loop_(), interest)
    }

    /// # Safety
    /// `addr` points to an internet address of `len` bytes.
    unsafe fn begin_connect(&self, addr: *const sockaddr, len: usize) -> Result {
        // SAFETY: `addr` points to a socket address.
        let family = c_int::from(unsafe { (*addr).sa_family });
        self.ensure_socket(family, READABLE | WRITABLE)?;
        // SAFETY: `addr` points to a socket address; `scoped` outlives the call.
        let started = unsafe {
            let scoped = with_scope(addr);
            let addr = scoped
                .as_ref()
                .map_or(addr, |scoped| core::ptr::from_ref(scoped).cast());
            socket::connect(self.fd(), addr, len)
        };
        match started {
            Ok(()) | Err(Errno::INPROGRESS) => Ok(()),
            Err(Errno::CONNREFUSED) => {
                self.delayed_error.set(Errno::CONNREFUSED.raw());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Writes the address of one end, at most `len` bytes, and sets `len` to its length.
    ///
    /// # Safety
    /// `name` is valid for writes of `*len` bytes.
    pub(crate) unsafe fn name(&self, end: End, name: *mut sockaddr, len: &mut c_int) -> Result {
        self.take_delayed()?;
        // SAFETY: `name` has room for `*len` bytes.
        *len = unsafe { socket::name(self.fd(), end, name, *len as u32)? } as c_int;
        Ok(())
    }

    pub(crate) fn nodelay(&self, on: bool) -> Result {
        if self.fd() != -1 {
            set_nodelay(self.fd(), on)?;
        }
        self.remember(TCP_NODELAY, on);
        Ok(())
    }

    pub(crate) fn keepalive(&self, on: bool, probes: Probes) -> Result {
        if self.fd() != -1 {
            set_keepalive(self.fd(), on, probes)?;
        }
        self.remember(TCP_KEEPALIVE, on);
        Ok(())
    }

    fn remember(&self, flag: c_uint, on: bool) {
        if on { self.set(flag) } else { self.clear(flag) }
    }

    /// Closes the connection with a reset.
    pub(crate) fn close_reset(&self, callback: uv_close_cb) -> Result {
        if self.is_shutting() {
            return Err(Errno::INVAL);
        }
        let abort = libc::linger {
            l_onoff: 1,
            l_linger: 0,
        };
        match socket::set_option(self.fd(), libc::SOL_SOCKET, libc::SO_LINGER, &abort) {
            Ok(()) | Err(Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
        dispatch::close(self, callback);
        Ok(())
    }
}

/// Gives a link-local address without a scope that of the first interface with a link-local
/// address.
///
/// # Safety
/// `addr` points to an internet address.
unsafe fn with_scope(addr: *const sockaddr) -> Option<libc::sockaddr_in6> {
    // SAFETY: `addr` points to a socket address, which is a sockaddr_in6 if it is link-local.
    unsafe {
        if !socket::is_link_local(addr) {
            return None;
        }
        let mut scoped = addr.cast::<libc::sockaddr_in6>().read_unaligned();
        if scoped.sin6_scope_id == 0 {
            scoped.sin6_scope_id = socket::link_local_scope();
        }
        Some(scoped)
    }
}

/// A pair of connected sockets, each end non-blocking if its flags say so.
pub(crate) fn socket_pair(kind: c_int, protocol: c_int, flags: [c_int; 2]) -> Result<[c_int; 2]> {
    open_pair(flags, |nonblocking| {
        socket::pair(kind, protocol, nonblocking)
    })
}
