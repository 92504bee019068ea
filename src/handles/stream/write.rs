//! Writing: the path of a write that the socket takes at once, and the calls that write.
//!
//! The usual write has few buffers, no other write before it, and a socket that takes all of it.
//! It is sent before its request is initialised, and the request goes straight to those that
//! wait for their callbacks: the buffers are not copied, and the request does not pass through
//! the queue. What the socket does not take is queued together with the result of the attempt
//! (`write_queue.rs`).

use super::write_queue::{Sent, is_nothing};
use crate::abi::{UV_WRITE, uv__queue, uv_buf_t, uv_stream_t, uv_write_cb, uv_write_t};
use crate::errno::{Errno, Result};
use crate::event_loop::flags::WRITABLE;
use crate::event_loop::queue::{container_of, unlinked};
use crate::handles::base::socket_fd;
use crate::handles::bufs::{self, iovecs, slice, try_result};
use crate::sys::{fd, socket};
use core::cell::Cell;
use core::ffi::{c_int, c_uint};
use core::ptr::null_mut;
use core::slice::from_ref;

/// The most buffers that one system call takes.
const IOV_MAX: usize = 1024;

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
            // SAFETY: `bufs` points to one buffer.
            let buf = unsafe { &*bufs };
            if self.io_watcher.is_socket() && self.may_try_write(buf.len) {
                return self.try_then_queue(req, from_ref(buf), buf.len, callback);
            }
        }
        // SAFETY: `bufs` points to `count` buffers; `pass` is null or alive.
        unsafe { self.queue_several(req, bufs, count, pass, callback) }
    }

    /// `queue_write` for several buffers, or behind other writes.
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
        // SAFETY: `bufs` points to `count` buffers.
        let bufs = unsafe { slice(bufs, count) };
        let bytes = self.check_write(bufs, pass)?;
        if bufs.len() <= bufs::FEW && pass.is_null() && self.may_try_write(bytes) {
            return self.try_then_queue(req, bufs, bytes, callback);
        }
        // Not `write_queue.is_empty()`: failed requests count until their callbacks.
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

    /// Whether a write of `bytes` can be attempted at once. If not, the slower path finds the error
    /// or queues the write.
    #[inline]
    pub(super) fn may_try_write(&self, bytes: usize) -> bool {
        self.has(WRITABLE)
            && self.fd() >= 0
            && self.write_queue_size.get() == 0
            && self.write_queue.is_empty()
            && self.connect_req.get().is_null()
            && bytes <= fd::MAX_BYTES
    }

    /// Writes `bufs`, whose length is `bytes`, and queues the rest. There are few enough of them to
    /// be copied into the request: after a partial write no allocation may fail.
    #[inline(always)]
    pub(super) fn try_then_queue(
        &self,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        callback: uv_write_cb,
    ) -> Result {
        let sent = self.attempt(bufs, null_mut());
        if sent != Ok(bytes) {
            return self.queue_rest(sent, req, bufs, bytes, callback);
        }
        req.begin(self, null_mut(), callback);
        req.bufs.set(null_mut());
        req.written().set(bytes);
        self.write_completed_queue.push_back(&req.queue);
        self.io_watcher.feed(self.loop_());
        Ok(())
    }

    /// Queues what a first attempt has not written.
    #[inline(never)]
    fn queue_rest(
        &self,
        sent: Result<usize>,
        req: &uv_write_t,
        bufs: &[uv_buf_t],
        bytes: usize,
        callback: uv_write_cb,
    ) -> Result {
        self.enqueue(req, bufs, bytes, null_mut(), callback)?;
        let result = self.transmit_anew(sent, bufs, null_mut());
        let requests = 1;
        if self.settle(req, Sent { result, requests }).is_some() {
            self.write();
        }
        Ok(())
    }

    /// `uv_try_write`: writes what the descriptor takes and queues nothing. A lack of buffers in the
    /// system is `UV_EAGAIN`.
    ///
    /// # Safety
    /// As [`Self::queue_write`].
    pub(crate) unsafe fn try_write(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
    ) -> Result<c_int> {
        if count == 1 && !bufs.is_null() && pass.is_null() {
            // SAFETY: `bufs` points to one buffer.
            let buf = unsafe { &*bufs };
            if self.io_watcher.is_socket() && self.may_try_write(buf.len) {
                return match self.attempt(from_ref(buf), pass) {
                    Ok(n) => Ok(n as c_int),
                    failed => try_result(self.transmit_anew(failed, from_ref(buf), pass))
                        .map(|n| n as c_int),
                };
            }
        }
        // SAFETY: `bufs` points to `count` buffers; `pass` is null or alive.
        unsafe { self.try_write_several(bufs, count, pass) }
    }

    /// `try_write` for several buffers, or if the stream may not be ready.
    ///
    /// # Safety
    /// As [`Self::queue_write`].
    #[inline(never)]
    unsafe fn try_write_several(
        &self,
        bufs: *const uv_buf_t,
        count: c_uint,
        pass: *mut uv_stream_t,
    ) -> Result<c_int> {
        if !self.connect_req.get().is_null() || self.write_queue_size.get() != 0 {
            return Err(Errno::AGAIN);
        }
        // SAFETY: `bufs` points to `count` buffers.
        let bufs = unsafe { slice(bufs, count) };
        self.check_write(bufs, pass)?;
        try_result(self.transmit(bufs, pass)).map(|n| n as c_int)
    }

    /// Returns the length of the buffers, or the error of a write that cannot be made.
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
            // SAFETY: the caller of uv_write2 passes a handle that is alive.
            passed_fd(unsafe { &*pass })?;
        }
        Ok(bytes)
    }

    /// Makes one system call that writes.
    #[inline]
    pub(super) fn transmit(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        match self.attempt(bufs, pass) {
            Ok(n) => Ok(n),
            failed => self.transmit_anew(failed, bufs, pass),
        }
    }

    /// Repeats a call that a signal has interrupted, and makes another one if the descriptor is not
    /// a socket.
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
                // SAFETY: the program keeps `len` bytes at `base` until the write's callback.
                unsafe { socket::send_one(self.fd(), one.base.cast(), one.len) }
            }
            _ => self.attempt_several(bufs, pass),
        }
    }

    /// `attempt` for several buffers, with a handle to pass, or to what is not a socket. On a
    /// socket MSG_NOSIGNAL makes a broken connection EPIPE without SIGPIPE; pipes and terminals
    /// have no such flag.
    #[inline(never)]
    fn attempt_several(&self, bufs: &[uv_buf_t], pass: *mut uv_stream_t) -> Result<usize> {
        let iovecs = iovecs(&bufs[..bufs.len().min(IOV_MAX)]);
        if !pass.is_null() {
            // SAFETY: the handle of a uv_write2 stays alive until the request's callback.
            let pass = unsafe { &*pass };
            if pass.is_closing() {
                return Err(Errno::BADF);
            }
            let pass = passed_fd(pass)?;
            // SAFETY: the program keeps the buffers until the write's callback.
            return unsafe { socket::send_passing(self.fd(), iovecs, pass) };
        }
        if is_nothing(bufs) {
            Ok(0)
        } else if self.io_watcher.is_socket() {
            // SAFETY: the program keeps the buffers until the write's callback.
            unsafe { socket::send(self.fd(), iovecs) }
        } else {
            // SAFETY: the program keeps the buffers until the write's callback.
            unsafe { fd::write_vectored(self.fd(), iovecs) }
        }
    }

    /// Calls the callbacks of the requests that have ended.
    #[inline]
    pub(super) fn write_callbacks(&self) {
        let ended = &self.write_completed_queue;
        let first = ended.next.get();
        if ended.prev.get() != first {
            return self.several_write_callbacks();
        }
        if !ended.is_empty() {
            ended.init();
            self.write_callback(first);
        }
    }

    #[inline(never)]
    fn several_write_callbacks(&self) {
        let round = unlinked();
        self.write_completed_queue.take_into(&round);
        for link in round.drain() {
            self.write_callback(link);
        }
    }

    /// Calls the callback of a request that has left the queue.
    #[inline]
    fn write_callback(&self, link: *mut uv__queue) {
        // SAFETY: a request stays alive until its callback, which comes last.
        let req = unsafe { &*container_of!(link, uv_write_t, queue) };
        self.loop_().req_unregister();
        if !req.bufs.get().is_null() {
            self.release_unsent(req);
        }
        if let Some(callback) = req.cb.get() {
            // SAFETY: the request is alive and not touched afterwards; the stream
            // is alive until its close callback, which is in a later phase.
            unsafe { callback(core::ptr::from_ref(req).cast_mut(), req.error.get()) };
        }
    }

    /// Releases the buffers of a request that has ended before all of it was written.
    #[cold]
    fn release_unsent(&self, req: &uv_write_t) {
        let unsent = bufs::total(req.left());
        self.write_queue_size
            .set(self.write_queue_size.get() - unsent);
        req.release_bufs();
    }
}

/// The descriptor of a handle that is passed to another process.
fn passed_fd(handle: &uv_stream_t) -> Result<c_int> {
    socket_fd(handle).filter(|&fd| fd >= 0).ok_or(Errno::BADF)
}

impl uv_write_t {
    /// Makes this an active write of the stream.
    #[inline]
    pub(super) fn begin(
        &self,
        stream: &uv_stream_t,
        pass: *mut uv_stream_t,
        callback: uv_write_cb,
    ) {
        self.init(stream.loop_(), UV_WRITE);
        self.cb.set(callback);
        self.send_handle.set(pass);
        self.handle.set(core::ptr::from_ref(stream).cast_mut());
        self.error.set(0);
    }
    /// The number of bytes that were written.
    pub(crate) fn written(&self) -> &Cell<usize> {
        // SAFETY: any bytes are a valid integer.
        &unsafe { &self.extra.write_extra }.nwritten
    }
}
