//! Pipes: unix domain sockets, FIFOs and pipes proper. Descriptors of other handles
//! can travel over a connected one (`stream/fd_passing.rs`).

use super::bound_path;
use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{BOUND, READABLE, WRITABLE};
use crate::event_loop::io::interest::Interest;
use crate::sys::fd::guess_handle;
use crate::sys::socket::End;
use crate::sys::unix_socket::{self, MAX_NAME, Name};
use crate::sys::{fd, file, socket};
use core::ffi::{CStr, c_char, c_int, c_uint};
use core::ptr::null;

/// A name that the program has passed, checked and cut to the longest that fits.
struct RequestedName<'a> {
    bytes: &'a [u8],
    is_abstract: bool,
}

impl<'a> RequestedName<'a> {
    /// A name that is too long is cut, as libuv documents, unless `flags` forbids it.
    ///
    /// # Safety
    /// `name` is null or valid for reads of `len` bytes, and of one in any case.
    unsafe fn new(name: *const c_char, len: usize, flags: c_uint) -> Result<Self> {
        let whole = flags & UV_PIPE_NO_TRUNCATE != 0;
        if flags & !UV_PIPE_NO_TRUNCATE != 0 || name.is_null() {
            return Err(Errno::INVAL);
        }
        // SAFETY: `name` points to `len` bytes, at least one.
        let (first, bytes) = unsafe {
            let name = name.cast::<u8>();
            (*name, core::slice::from_raw_parts(name, len))
        };
        // An abstract name may contain a NUL; a path ends there.
        let cut_by_nul = first != 0 && bytes.contains(&0);
        if cut_by_nul || (whole && len > MAX_NAME) {
            return Err(Errno::INVAL);
        }
        Ok(Self {
            bytes: &bytes[..len.min(MAX_NAME)],
            is_abstract: first == 0,
        })
    }

    fn address(&self) -> Name {
        Name::new(self.bytes, self.is_abstract)
    }
}

impl uv_pipe_t {
    /// Makes this a pipe without a descriptor.
    pub(crate) fn init(&self, loop_: &uv_loop_t, ipc: c_int) {
        self.base.init(loop_, UV_NAMED_PIPE);
        self.ipc.set(ipc);
        self.pipe_fname.set(null());
    }

    /// Takes over a descriptor. The mode it was opened with decides whether the stream is
    /// readable and writable.
    pub(crate) fn open(&self, fd: c_int) -> Result {
        if self.loop_().watches(fd) {
            return Err(Errno::EXIST);
        }
        let mode = fd::status_flags(fd)? & libc::O_ACCMODE;
        fd::set_nonblocking(fd, true)?;
        let readable = if mode == libc::O_WRONLY { 0 } else { READABLE };
        let writable = if mode == libc::O_RDONLY { 0 } else { WRITABLE };
        // A descriptor for one direction is not a socket; one for both may be.
        self.io_watcher.set_socket(mode == libc::O_RDWR);
        self.base.open(fd, readable | writable)
    }

    /// Binds to a path, which is removed when the handle closes, or to an abstract name.
    ///
    /// # Safety
    /// `name` is null or valid for reads of `len` bytes, and of one in any case.
    pub(crate) unsafe fn bind(&self, name: *const c_char, len: usize, flags: c_uint) -> Result {
        // SAFETY: `name` points to `len` bytes.
        let name = unsafe { RequestedName::new(name, len, flags)? };
        if self.fd() >= 0 || self.is_closing() {
            return Err(Errno::INVAL);
        }
        let mut path = null();
        if !name.is_abstract {
            path = bound_path::new(name.bytes)?;
        }
        let socket = bound_socket(&name.address()).inspect_err(|_| {
            // SAFETY: `path` is null or from `bound_path::new`, and no field has it.
            unsafe { bound_path::free(path) }
        })?;
        self.set(BOUND);
        // SAFETY: `path` is null or from `bound_path::new`.
        unsafe { bound_path::remember_socket(path) };
        self.pipe_fname.set(path);
        self.io_watcher.fd.set(socket);
        Ok(())
    }

    /// `listen(2)` for a pipe.
    pub(super) fn listen(&self, backlog: c_int) -> Result {
        if self.fd() == -1 || self.ipc.get() != 0 {
            return Err(Errno::INVAL);
        }
        socket::listen(self.fd(), backlog)
    }

    /// Starts to connect. The callback gets a refusal; an invalid name is an error here.
    ///
    /// # Safety
    /// As [`Self::bind`].
    pub(crate) unsafe fn connect(
        &self,
        req: &uv_connect_t,
        name: *const c_char,
        len: usize,
        flags: c_uint,
        callback: uv_connect_cb,
    ) -> Result {
        // SAFETY: `name` points to `len` bytes.
        let name = unsafe { RequestedName::new(name, len, flags)? };
        if len == 0 || self.is_closing() {
            return Err(Errno::INVAL);
        }
        if !self.connect_req.get().is_null() {
            return Err(Errno::ALREADY);
        }
        let started = self.begin_connect(&name.address());
        self.await_connect(req, callback, started);
        Ok(())
    }

    /// Like [`Self::connect`], but the callback gets every error.
    ///
    /// # Safety
    /// As [`Self::bind`].
    pub(crate) unsafe fn connect_late(
        &self,
        req: &uv_connect_t,
        name: *const c_char,
        len: usize,
        callback: uv_connect_cb,
    ) {
        // SAFETY: `name` points to `len` bytes.
        let started = unsafe { self.connect(req, name, len, 0, callback) };
        // An earlier connect request stays: a stream has one.
        if started.is_err() && self.connect_req.get().is_null() {
            self.await_connect(req, callback, started);
        }
    }

    fn begin_connect(&self, name: &Name) -> Result {
        let fresh = self.fd() == -1;
        if fresh {
            let socket = socket::open(libc::AF_UNIX, libc::SOCK_STREAM)?;
            self.io_watcher.fd.set(socket);
        }
        let connected = name.connect(self.fd());
        if connected.is_err_and(|error| error != Errno::INPROGRESS) {
            return connected;
        }
        if fresh {
            self.base.open(self.fd(), READABLE | WRITABLE)?;
        }
        if fresh && connected.is_ok() {
            // A new socket is writable, so no system call is needed.
            self.io_watcher.want_ready(self.loop_(), Interest::WRITABLE);
            return Ok(());
        }
        self.io_watcher.want(self.loop_(), Interest::WRITABLE)
    }

    fn await_connect(&self, req: &uv_connect_t, callback: uv_connect_cb, started: Result) {
        self.begin_connect_req(req, callback);
        self.delayed_error
            .set(started.err().map_or(0, |error| error.raw()));
        // A closing handle calls its requests back in the closing phase.
        if started.is_err() && !self.is_closing() {
            self.io_watcher.feed(self.loop_());
        }
    }

    /// Writes the name of one end to the `*size` bytes at `buffer`, a path with a NUL at its end.
    /// Sets `*size` to the length without that NUL, or to the size that is needed.
    ///
    /// # Safety
    /// `buffer` is null or valid for writes of `*size` bytes; `size` is null or valid.
    pub(crate) unsafe fn name(&self, end: End, buffer: *mut c_char, size: *mut usize) -> Result {
        // SAFETY: `size` is null or points to a size.
        let size = unsafe { size.as_mut() }.ok_or(Errno::INVAL)?;
        if buffer.is_null() || *size == 0 {
            return Err(Errno::INVAL);
        }
        let capacity = core::mem::replace(size, 0);
        if self.fd() < 0 {
            return Err(Errno::BADF);
        }
        let name = Name::of(self.fd(), end)?;
        let bytes = name.bytes();
        let is_path = bytes.first().is_some_and(|&first| first != 0);
        let needed = bytes.len() + usize::from(is_path);
        if needed > capacity {
            *size = needed;
            return Err(Errno::NOBUFS);
        }
        *size = bytes.len();
        // SAFETY: `capacity` bytes can be written, which is one at least and as many as needed.
        unsafe {
            let buffer = buffer.cast::<u8>();
            buffer.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            if is_path || bytes.is_empty() {
                buffer.add(bytes.len()).write(0);
            }
        }
        Ok(())
    }

    /// The number of received descriptors that are not accepted yet.
    pub(crate) fn pending_count(&self) -> c_int {
        if self.ipc.get() == 0 || self.accepted_fd.get() == -1 {
            return 0;
        }
        self.passed_count() as c_int + 1
    }

    /// The kind of handle that fits the next received descriptor.
    pub(crate) fn pending_type(&self) -> uv_handle_type {
        if self.ipc.get() == 0 || self.accepted_fd.get() == -1 {
            return UV_UNKNOWN_HANDLE;
        }
        guess_handle(self.accepted_fd.get())
    }

    /// Changes the permissions of the bound path.
    pub(crate) fn chmod(&self, mode: c_int) -> Result {
        if self.fd() == -1 {
            return Err(Errno::BADF);
        }
        let (readable, writable) = (mode & UV_READABLE as c_int, mode & UV_WRITABLE as c_int);
        if mode == 0 || mode != readable | writable {
            return Err(Errno::INVAL);
        }
        let read = if readable != 0 { 0o444 } else { 0 };
        let write = if writable != 0 { 0o222 } else { 0 };
        match file::fchmod(self.fd(), read | write) {
            Ok(()) | Err(Errno::INVAL | Errno::NOTSUP) => {}
            Err(error) => return Err(error),
        }
        // The mode of the socket is not that of its path.
        let mut path = [0; MAX_NAME + 1];
        let mut size = path.len();
        // SAFETY: `path` has `size` bytes, one more than the longest name.
        unsafe { self.name(End::Local, path.as_mut_ptr(), &mut size)? };
        // SAFETY: `name` ended a path with a NUL, and an abstract name begins with one.
        file::chmod(unsafe { CStr::from_ptr(path.as_ptr()) }, read | write)
    }

    /// `uv_close`. Unlinks the path first: once the socket is closed, another process may bind
    /// the same path, and another file may get the socket's inode number.
    pub(crate) fn close(&self) {
        let path = self.pipe_fname.replace(null());
        if !path.is_null() {
            // SAFETY: `bind` made it, and it is not used again.
            unsafe {
                bound_path::unlink(path);
                bound_path::free(path);
            }
        }
        self.base.close();
    }
}

fn bound_socket(name: &Name) -> Result<c_int> {
    let socket = socket::open(libc::AF_UNIX, libc::SOCK_STREAM)?;
    match name.bind(socket) {
        Ok(()) => Ok(socket),
        Err(error) => {
            let _ = fd::close(socket);
            // UV_EACCES for a missing directory, as libuv on all systems.
            Err(if error == Errno::NOENT {
                Errno::ACCES
            } else {
                error
            })
        }
    }
}

/// Opens a pipe and returns its reading end and its writing end, non-blocking as the flags say.
pub(crate) fn pair(flags: [c_int; 2]) -> Result<[c_int; 2]> {
    open_pair(flags, unix_socket::pipe)
}

/// Opens a pair with `open`, which is told whether both ends are non-blocking, and makes one end
/// non-blocking if only its flags say so.
pub(super) fn open_pair(
    flags: [c_int; 2],
    open: impl FnOnce(bool) -> Result<[c_int; 2]>,
) -> Result<[c_int; 2]> {
    let nonblocking = flags.map(|flags| flags & UV_NONBLOCK_PIPE as c_int != 0);
    let fds = open(nonblocking == [true, true])?;
    if nonblocking[0] != nonblocking[1] {
        let end = fds[usize::from(nonblocking[1])];
        fd::set_nonblocking(end, true).inspect_err(|_| socket::close_pair(fds))?;
    }
    Ok(fds)
}
