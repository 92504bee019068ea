//! `uv_getaddrinfo` and `uv_getnameinfo`, by the system's resolver.

use crate::abi::*;
use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::alloc;
use crate::event_loop::queue::container_of;
use crate::event_loop::threadpool::Pace;
use crate::sys::resolve;
use crate::system::c_str;
use crate::text::idna;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;
use libc::{addrinfo, sockaddr, sockaddr_in, sockaddr_in6};

/// The size of a buffer for a host name in ASCII and its NUL: DNS names have at most 255 bytes.
const HOST_SIZE: usize = 256;

/// Returns the bytes of a C string with its NUL; an empty slice for null.
///
/// # Safety
/// `text` is null or NUL-terminated, for as long as the result is used.
unsafe fn bytes<'a>(text: *const c_char) -> &'a [u8] {
    // SAFETY: `text` is null or a C string.
    unsafe { c_str(text) }.map_or(&[], CStr::to_bytes_with_nul)
}

/// Converts a host name with its NUL to ASCII (IDNA). An empty slice stays empty.
fn in_ascii<'a>(host: &[u8], buffer: &'a mut [u8; HOST_SIZE]) -> Result<&'a [u8]> {
    match host {
        [name @ .., _] => idna::to_ascii(name, buffer).map(|len| &buffer[..len]),
        [] => Ok(&[]),
    }
}

impl uv_getaddrinfo_t {
    /// Looks up the addresses of `host` and `service`. With a callback it gets the result; without,
    /// the call blocks and sets `addrinfo`.
    ///
    /// # Safety
    /// `loop_` is null or an initialised loop that outlives the request; the strings
    /// are null or NUL-terminated; `hints` is null or valid.
    pub(crate) unsafe fn start(
        &self,
        loop_: *mut uv_loop_t,
        cb: uv_getaddrinfo_cb,
        host: *const c_char,
        service: *const c_char,
        hints: *const addrinfo,
    ) -> Result {
        if (host.is_null() && service.is_null()) || (loop_.is_null() && cb.is_some()) {
            return Err(Errno::INVAL);
        }
        // SAFETY: each text is null or a C string.
        let (host, service) = unsafe { (bytes(host), bytes(service)) };
        let mut ascii = [0; HOST_SIZE];
        let host = in_ascii(host, &mut ascii)?;
        // SAFETY: `hints` is null or points to an addrinfo.
        self.copy_question(host, service, unsafe { hints.as_ref() })?;
        self.base.type_.set(UV_GETADDRINFO);
        self.loop_.set(loop_);
        self.cb.set(cb);
        self.addrinfo.set(null_mut());
        self.retcode.set(0);
        self.work_req.init();
        // SAFETY: `loop_` is null or an initialised loop.
        let with_loop = unsafe { loop_.as_ref() }.filter(|_| cb.is_some());
        let Some(loop_) = with_loop else {
            let found = self.resolve();
            self.free_question();
            return found;
        };
        loop_.req_register();
        let (find, found) = (Some(find_addresses as _), Some(addresses_found as _));
        self.work_req
            .submit(loop_, Pace::Slow, find, found)
            .inspect_err(|_| {
                loop_.req_unregister();
                self.free_question();
            })
    }

    /// Copies the hints, the service and the host, in this order, into one block.
    fn copy_question(&self, host: &[u8], service: &[u8], hints: Option<&addrinfo>) -> Result {
        let head = hints.map_or(0, size_of_val);
        let block: *mut u8 = alloc::malloc(head + service.len() + host.len())?;
        let copy_text = |offset: usize, text: &[u8]| {
            if text.is_empty() {
                return null_mut();
            }
            // SAFETY: the block has space for the hints and both texts, one behind the
            // other, and no other code has it yet.
            unsafe {
                block
                    .add(offset)
                    .copy_from_nonoverlapping(text.as_ptr(), text.len());
                block.add(offset).cast::<c_char>()
            }
        };
        self.service.set(copy_text(head, service));
        self.hostname.set(copy_text(head + service.len(), host));
        self.hints.set(null_mut());
        if let Some(hints) = hints {
            self.hints.set(block.cast());
            // SAFETY: the block begins with space for the hints, aligned as malloc aligns.
            unsafe { block.cast::<addrinfo>().write(*hints) };
        }
        Ok(())
    }

    /// Frees the block of `copy_question`, which begins with the first part that is not null.
    fn free_question(&self) {
        let parts = [
            self.hints.replace(null_mut()).cast(),
            self.service.replace(null_mut()),
            self.hostname.replace(null_mut()),
        ];
        if let Some(first) = parts.into_iter().find(|part| !part.is_null()) {
            // SAFETY: it is where the block begins.
            unsafe { alloc::free(first.cast()) };
        }
    }

    fn resolve(&self) -> Result {
        // SAFETY: `copy_question` has set all three, and the texts end in NUL.
        let found = unsafe {
            resolve::addresses(self.hostname.get(), self.service.get(), self.hints.get())
        };
        let found = found.map(|list| self.addrinfo.set(list));
        self.retcode.set(found.into_c());
        found
    }
}

unsafe extern "C" fn find_addresses(job: *mut uv__work) {
    // SAFETY: the job is the one in such a request, which its owner keeps alive until
    // its callback has begun.
    let _ = unsafe { &*container_of!(job, uv_getaddrinfo_t, work_req) }.resolve();
}

unsafe extern "C" fn addresses_found(job: *mut uv__work, status: c_int) {
    let at = container_of!(job, uv_getaddrinfo_t, work_req);
    // SAFETY: the job is part of a request that lives until its callback, and so does its loop.
    let req = unsafe {
        (*(*at).loop_.get()).req_unregister();
        &*at
    };
    req.free_question();
    if status == Errno::CANCELED.raw() {
        req.retcode.set(Errno::EAI_CANCELED.raw());
    }
    if let Some(cb) = req.cb.get() {
        // SAFETY: the callback was given for this request. It may free it.
        unsafe { cb(at, req.retcode.get(), req.addrinfo.get()) };
    }
}

/// Frees a list of addresses.
///
/// # Safety
/// `list` is null or came from `uv_getaddrinfo`, and is not used again.
pub(crate) unsafe fn free_addresses(list: *mut addrinfo) {
    if !list.is_null() {
        // SAFETY: `list` came from `uv_getaddrinfo`, and the caller does not use it again.
        unsafe { resolve::free_addresses(list) };
    }
}

impl uv_getnameinfo_t {
    /// Looks up the host and service names of an address. With a callback it gets the result;
    /// without, the call blocks and sets `host` and `service`.
    ///
    /// # Safety
    /// `loop_` is null or an initialised loop that outlives the request; `address` is
    /// null or as long as its family says.
    pub(crate) unsafe fn start(
        &self,
        loop_: *mut uv_loop_t,
        cb: uv_getnameinfo_cb,
        address: *const sockaddr,
        flags: c_int,
    ) -> Result {
        if address.is_null() || (loop_.is_null() && cb.is_some()) {
            return Err(Errno::INVAL);
        }
        let storage = self.storage.get();
        // SAFETY: the storage holds either kind of address, and the caller's is as
        // long as its family says.
        unsafe {
            match c_int::from((*address).sa_family) {
                libc::AF_INET => storage.cast::<sockaddr_in>().write(*address.cast()),
                libc::AF_INET6 => storage.cast::<sockaddr_in6>().write(*address.cast()),
                _ => return Err(Errno::INVAL),
            }
        }
        self.base.type_.set(UV_GETNAMEINFO);
        self.loop_.set(loop_);
        self.getnameinfo_cb.set(cb);
        self.flags.set(flags);
        self.retcode.set(0);
        self.work_req.init();
        // SAFETY: `loop_` is null or an initialised loop.
        let with_loop = unsafe { loop_.as_ref() }.filter(|_| cb.is_some());
        let Some(loop_) = with_loop else {
            return self.resolve();
        };
        loop_.req_register();
        self.work_req
            .submit(loop_, Pace::Slow, Some(find_names), Some(names_found))
            .inspect_err(|_| loop_.req_unregister())
    }

    fn resolve(&self) -> Result {
        // SAFETY: until the request is over no other code looks at these fields.
        let found = unsafe {
            let (host, service) = (&mut *self.host.get(), &mut *self.service.get());
            resolve::names(&*self.storage.get(), host, service, self.flags.get())
        };
        self.retcode.set(found.into_c());
        found
    }
}

unsafe extern "C" fn find_names(job: *mut uv__work) {
    // SAFETY: the job is the one in such a request, which its owner keeps alive until
    // its callback has begun.
    let _ = unsafe { &*container_of!(job, uv_getnameinfo_t, work_req) }.resolve();
}

unsafe extern "C" fn names_found(job: *mut uv__work, status: c_int) {
    let at = container_of!(job, uv_getnameinfo_t, work_req);
    // SAFETY: the job is part of a request that lives until its callback, and so does its loop.
    let req = unsafe {
        (*(*at).loop_.get()).req_unregister();
        &*at
    };
    if status == Errno::CANCELED.raw() {
        req.retcode.set(Errno::EAI_CANCELED.raw());
    }
    let (host, service) = match req.retcode.get() {
        0 => (req.host.get().cast(), req.service.get().cast()),
        _ => (null_mut(), null_mut()),
    };
    if let Some(cb) = req.getnameinfo_cb.get() {
        // SAFETY: the callback was given for this request. It may free it.
        unsafe { cb(at, req.retcode.get(), host, service) };
    }
}
