//! Writing: a queue of requests, the first of which is being written.

use crate::abi::{
    UV_NAMED_PIPE, UV_TCP, UV_UDP, uv_buf_t, uv_stream_t, uv_udp_t, uv_write_cb, uv_write_t,
};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::flags::WRITABLE;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::queue::container_of;
use crate::handles::bufs::{self, iovecs, slice};
use crate::sys::{fd, socket};
use core::ffi::{c_int, c_uint};
use core::slice::from_ref;

/// The most buffers that one system call takes.
const IOV_MAX: usize = 1024;
/// How many buffers fit into a request.
const FEW: usize = 4;

impl uv_stream_t {
    /// Queues a write, and writes what can be written at once.
    ///
    /// # Safety
    /// `bufs` points to `count` buffers; `pass`, if not null, is a live handle.
    #[inline(always)]
    pub(crate) unsafe fn queue_write(
        &self,
        req: &uv_write_t,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) -> Result {
        if count == 1 && !bufs.is_null() && pass.is_null() {
            // SAFETY: as this function's own contract.
            let buf = unsafe { &*bufs };
            if self.io_watcher.is_socket() && self.may_try_write(buf.len) {
                return self.try_then_queue(req, from_ref(buf), buf.len, callback);
            }
        }
        // SAFETY: as this function's own contract.
        unsafe { self.queue_several(req, bufs, count, pass, callback) }
    }

    /// The same for several buffers, or behind other writes.
    ///
    /// # Safety
    /// As [`Self::queue_write`].
    #[inline(never)]
    unsafe fn queue_several(
        &self,
        req: &uv_write_t,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) -> Result {
        // SAFETY: as this function's own contract.
        let bufs = unsafe { slice(bufs, count) };
        let bytes = self.check_write(bufs, pass)?;
        if bufs.len() <= FEW && pass.is_null() && self.may_try_write(bytes) {
            return self.try_then_queue(req, bufs, bytes, callback);
        }
        // Requests that failed count until their callbacks: the queue may be empty.
        let first = self.write_queue_size.get() == 0;
        self.enqueue(req, bufs, bytes, pass, callback)?;
        if !self.connect_req.get().is_null() {
            return Ok(());
        }
        if first {
            self.write();
        } else {
            self.want_writable();
        }
        Ok(())
    }

    /// Puts a request behind those that are queued.
    pub(super) fn enqueue(
        &self,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) -> Result {
        req.prepare(bufs)?;
        req.begin(self, pass, callback);
        self.write_queue_size
            .set(self.write_queue_size.get() + bytes);
        self.write_queue.push_back(&req.queue);
        Ok(())
    }

    /// Writes at once or not at all; nothing is queued. A lack of buffers is `UV_EAGAIN`.
    ///
    /// # Safety
    /// As [`Self::queue_write`].
    pub(crate) unsafe fn write_now(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
    ) -> Result<c_int> {
        if count == 1 && !bufs.is_null() && pass.is_null() {
            // SAFETY: as this function's own contract.
            let buf = unsafe { &*bufs };
            if self.io_watcher.is_socket() && self.may_try_write(buf.len) {
                return match self.attempt(from_ref(buf), pass) {
                    Ok(n) => Ok(n as c_int),
                    failed => now(self.transmit_anew(failed, from_ref(buf), pass)),
                };
            }
        }
        // SAFETY: as this function's own contract.
        unsafe { self.write_several_now(bufs, count, pass) }
    }

    /// The same for several buffers, or when something may be in the way.
    ///
    /// # Safety
    /// As [`Self::queue_write`].
    #[inline(never)]
    unsafe fn write_several_now(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
    ) -> Result<c_int> {
        if !self.connect_req.get().is_null() || self.write_queue_size.get() != 0 {
            return Err(Errno::AGAIN);
        }
        // SAFETY: as this function's own contract.
        let bufs = unsafe { slice(bufs, count) };
        self.check_write(bufs, pass)?;
        now(self.transmit(bufs, pass))
    }

    /// Refuses what cannot be written; returns how many bytes the rest is.
    fn check_write(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        let bytes = bufs::check(bufs)?;
        if self.fd() < 0 {
            return Err(Errno::BADF);
        }
        if !self.has(WRITABLE) {
            return Err(Errno::PIPE);
        }
        if !pass.is_null() {
            if !self.carries_handles() {
                return Err(Errno::INVAL);
            }
            // SAFETY: the caller of write2 passes a live handle.
            passed_fd(unsafe { &*pass })?;
        }
        Ok(bytes)
    }

    /// One system call's worth of writing.
    #[inline]
    pub(super) fn transmit(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        match self.attempt(bufs, pass) {
            Ok(n) => Ok(n),
            failed => self.transmit_anew(failed, bufs, pass),
        }
    }

    /// Calls again after a call that was interrupted, or was not made for what the
    /// descriptor is.
    #[inline(never)]
    pub(super) fn transmit_anew(
        &self,
        mut sent: Result<usize>,
        bufs: &[uv_buf_t],
        pass: *mut uv_stream_t,
    ) -> Result<usize> {
        loop {
            match sent {
                Err(Errno::INTR) => {}
                Err(Errno::NOTSOCK) if self.io_watcher.is_socket() => {
                    self.io_watcher.set_socket(false);
                }
                sent => return sent,
            }
            sent = self.attempt(bufs, pass);
        }
    }

    #[inline]
    pub(super) fn attempt(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        match bufs {
            [one] if pass.is_null() && self.io_watcher.is_socket() => {
                // SAFETY: the caller's buffer holds `len` bytes.
                unsafe { socket::send_one(self.fd(), one.base.cast(), one.len) }
            }
            _ => self.attempt_several(bufs, pass),
        }
    }

    /// The same for several buffers, for a handle that is passed, and for what is no
    /// socket. Sockets are written to so that a broken one is EPIPE and no SIGPIPE; pipes
    /// and terminals have no such call.
    #[inline(never)]
    fn attempt_several(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        let iovecs = iovecs(&bufs[..bufs.len().min(IOV_MAX)]);
        if !pass.is_null() {
            // SAFETY: a handle in a queued write2 stays alive until its callback.
            let pass = unsafe { &*pass };
            if pass.is_closing() {
                return Err(Errno::BADF);
            }
            return socket::send_passing(self.fd(), iovecs, passed_fd(pass)?);
        }
        if is_nothing(bufs) {
            Ok(0)
        } else if self.io_watcher.is_socket() {
            socket::send(self.fd(), iovecs)
        } else {
            fd::write_vectored(self.fd(), iovecs)
        }
    }

    /// Waits for the descriptor to take more, unless the stream rests. Should the kernel
    /// refuse to watch it, the writes fail instead of waiting for ever.
    pub(super) fn want_writable(&self) {
        if self.rests() {
            return;
        }
        if let Err(error) = self.io_watcher.want(self.loop_(), Interest::WRITABLE) {
            self.cancel_writes(error);
            self.io_watcher.feed(self.loop_());
        }
    }

    pub(super) fn first_write(&self) -> Option<&uv_write_t> {
        let link = self.write_queue.first();
        // SAFETY: a queued request stays alive until its callback.
        (!link.is_null()).then(|| unsafe { &*container_of!(link, uv_write_t, queue) })
    }
}

/// What a write that is not queued returns.
fn now(sent: Result<usize>) -> Result<c_int> {
    match sent {
        Err(Errno::NOBUFS) => Err(Errno::AGAIN),
        sent => sent.map(|n| n as c_int),
    }
}

/// Whether these are several buffers, and all of them empty: writev(2), with which libuv
/// writes, is done then before it looks at the socket, which may be broken.
pub(super) fn is_nothing(bufs: &[uv_buf_t]) -> bool {
    bufs.len() > 1 && bufs.iter().all(|buf| buf.len == 0)
}

/// The descriptor of a handle that is to be sent to another process.
fn passed_fd(handle: &uv_stream_t) -> Result<c_int> {
    let fd = match handle.type_.get() {
        UV_NAMED_PIPE | UV_TCP => handle.fd(),
        // SAFETY: a handle of this type is a uv_udp_t.
        UV_UDP => unsafe {
            (*core::ptr::from_ref(handle).cast::<uv_udp_t>())
                .io_watcher
                .fd
                .get()
        },
        _ => -1,
    };
    if fd < 0 { Err(Errno::BADF) } else { Ok(fd) }
}

impl uv_write_t {
    /// Copies the list of buffers into the request.
    fn prepare(&self, bufs: &[uv_buf_t]) -> Result {
        let small = self.bufsml.get().cast::<uv_buf_t>();
        let place = if bufs.len() <= FEW {
            small
        } else {
            alloc::malloc(size_of_val(bufs)).cast()
        };
        if place.is_null() {
            return Err(Errno::NOMEM);
        }
        // SAFETY: `place` has room for the list: four in the request, or the block.
        unsafe { place.copy_from_nonoverlapping(bufs.as_ptr(), bufs.len()) };
        self.bufs.set(place);
        self.nbufs.set(bufs.len() as c_uint);
        self.write_index.set(0);
        self.extra.nwritten().set(0);
        self.queue.init();
        Ok(())
    }

    /// The buffers that are not written yet.
    pub(super) fn left(&self) -> &[uv_buf_t] {
        let (index, count) = (self.write_index.get() as usize, self.nbufs.get() as usize);
        // SAFETY: `prepare` filled in `count` buffers, and `advance` stays within them.
        unsafe { core::slice::from_raw_parts(self.bufs.get().add(index), count - index) }
    }

    /// Takes written bytes off, `n` of them if there are as many. Returns how many are
    /// over, once nothing is left of the request.
    pub(super) fn advance(&self, n: usize) -> Option<usize> {
        let (mut over, mut index) = (n, self.write_index.get());
        while index < self.nbufs.get() {
            // SAFETY: `index` is below the number of buffers, which are the request's own.
            let buf = unsafe { &mut *self.bufs.get().add(index as usize) };
            if over < buf.len {
                // SAFETY: `over` is less than the buffer's length.
                buf.base = unsafe { buf.base.add(over) };
                buf.len -= over;
                over = 0;
                break;
            }
            over -= buf.len;
            index += 1;
        }
        self.write_index.set(index);
        let written = self.extra.nwritten();
        written.set(written.get() + (n - over));
        // SAFETY: the stream stays alive while its requests do.
        let size = &unsafe { &*self.handle.get() }.write_queue_size;
        size.set(size.get() - (n - over));
        (index == self.nbufs.get()).then_some(over)
    }

    pub(super) fn release_bufs(&self) {
        let bufs = self.bufs.replace(core::ptr::null_mut());
        if bufs != self.bufsml.get().cast() {
            // SAFETY: `prepare` allocated the block.
            unsafe { alloc::free(bufs.cast()) };
        }
    }

    /// `uv_cancel`: a request that is still queued ends with `UV_ECANCELED`. One
    /// that has ended already keeps its own status.
    pub(crate) fn cancel(&self) {
        // SAFETY: the stream stays alive while its requests do.
        let stream = unsafe { &*self.handle.get() };
        if self.is_queued(stream) {
            self.queue.remove();
            self.error.set(Errno::CANCELED.raw());
            stream.write_completed_queue.push_back(&self.queue);
            stream.io_watcher.feed(stream.loop_());
        }
    }

    fn is_queued(&self, stream: &uv_stream_t) -> bool {
        let head = core::ptr::from_ref(&stream.write_queue).cast_mut();
        let mut link = stream.write_queue.next.get();
        while link != head {
            if core::ptr::eq(link, &self.queue) {
                return true;
            }
            // SAFETY: queued requests stay alive until their callbacks.
            link = unsafe { (*link).next.get() };
        }
        false
    }
}
