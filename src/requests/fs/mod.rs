//! File system requests: [`Call`] builds them, `ops` performs them.
//!
//! Without a callback the calling thread performs the operation, and the request borrows the
//! caller's paths and buffers. With one, the request copies them and goes to the thread pool or the
//! io_uring: every operation may block on a disk, a server or an on-access scanner, and the loop's
//! thread must not block. [`uv_fs_t::cleanup`] frees the copies and the results.

mod copy;
mod dir;
mod io;
mod link;
mod ops;
pub(crate) mod uring;

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::flags::LOOP_USE_SQPOLL;
use crate::event_loop::queue::container_of;
use crate::event_loop::threadpool::Pace;
use core::ffi::{CStr, c_char, c_int, c_uint};
use core::ptr::null_mut;

/// The most bytes that one request moves.
pub(crate) const MAX_BYTES: usize = 0x7fff_f000;

/// A request that is being built. [`submit`](Call::submit) returns the first error that any of the
/// methods has found.
pub(crate) struct Call<'a>(Result<&'a uv_fs_t>);

impl<'a> Call<'a> {
    /// Begins the operation `kind` in the memory of `req`.
    ///
    /// # Safety
    /// `req` is null or points to a `uv_fs_t` that no other code uses and that lives until its
    /// callback has run; `loop_` is null or an initialised loop that outlives it.
    pub(crate) unsafe fn new(
        loop_: *mut uv_loop_t,
        req: *mut uv_fs_t,
        kind: uv_fs_type,
        cb: uv_fs_cb,
    ) -> Self {
        // SAFETY: null or a request, as this function asks.
        let Some(req) = (unsafe { req.as_ref() }) else {
            return Call(Err(Errno::INVAL));
        };
        req.base.type_.set(UV_FS);
        req.fs_type.set(kind);
        req.loop_.set(loop_);
        req.cb.set(cb);
        req.result.set(0);
        req.ptr.set(null_mut());
        req.path.set(null_mut());
        req.new_path.set(null_mut());
        req.bufs.set(null_mut());
        req.nbufs.set(0);
        req.work_req.work.set(None);
        req.work_req.wq.init();
        if cb.is_some() && loop_.is_null() {
            return Call(Err(Errno::INVAL));
        }
        Call(Ok(req))
    }

    fn set(self, set: impl FnOnce(&uv_fs_t)) -> Self {
        self.0.inspect(|req| set(req)).into()
    }

    /// Sets the file's descriptor.
    pub(crate) fn file(self, file: uv_file) -> Self {
        self.set(|req| req.file.set(file))
    }

    /// Sets the flags.
    pub(crate) fn flags(self, flags: c_int) -> Self {
        self.set(|req| req.flags.set(flags))
    }

    /// Sets the permissions.
    pub(crate) fn mode(self, mode: c_int) -> Self {
        self.set(|req| req.mode.set(mode as libc::mode_t))
    }

    /// Sets the offset, or the length for a truncation.
    pub(crate) fn offset(self, offset: i64) -> Self {
        self.set(|req| req.off.set(offset))
    }

    /// Sets the owner and the group.
    pub(crate) fn owner(self, uid: uv_uid_t, gid: uv_gid_t) -> Self {
        self.set(|req| {
            req.uid.set(uid);
            req.gid.set(gid);
        })
    }

    /// Sets the access and modification times.
    pub(crate) fn times(self, access: f64, modification: f64) -> Self {
        self.set(|req| {
            req.atime.set(access);
            req.mtime.set(modification);
        })
    }

    /// Sets the path.
    ///
    /// # Safety
    /// `path` is null or NUL-terminated, and without a callback outlives the request.
    pub(crate) unsafe fn path(self, path: *const c_char) -> Self {
        // SAFETY: `path` is null or NUL-terminated.
        self.0
            .and_then(|req| unsafe { req.set_path(path, req.cb.get().is_some()) })
            .into()
    }

    /// Sets the template of a name. It is always copied, because the name is written over it.
    ///
    /// # Safety
    /// `template` is null or NUL-terminated.
    pub(crate) unsafe fn template(self, template: *const c_char) -> Self {
        // SAFETY: `template` is null or NUL-terminated.
        self.0
            .and_then(|req| unsafe { req.set_path(template, true) })
            .into()
    }

    /// Sets both paths.
    ///
    /// # Safety
    /// Each is null or NUL-terminated, and without a callback outlives the request.
    pub(crate) unsafe fn paths(self, path: *const c_char, new_path: *const c_char) -> Self {
        // SAFETY: each path is null or NUL-terminated.
        self.0
            .and_then(|req| unsafe { req.set_paths(path, new_path) })
            .into()
    }

    /// Sets the buffers to read into or to write from.
    ///
    /// # Safety
    /// `bufs` is null or points to `count` buffers, which stay valid until the
    /// operation is over.
    pub(crate) unsafe fn buffers(self, bufs: *const uv_buf_t, count: c_uint) -> Self {
        // SAFETY: `bufs` is null or points to `count` buffers.
        self.0
            .and_then(|req| unsafe { req.set_buffers(bufs, count) })
            .into()
    }

    /// Sets the number of bytes to copy.
    pub(crate) fn length(self, length: usize) -> Self {
        self.0
            .and_then(|req| {
                if length > MAX_BYTES {
                    return Err(Errno::INVAL);
                }
                req.set_length(length);
                Ok(req)
            })
            .into()
    }

    /// Sets the open directory to read or to close.
    ///
    /// # Safety
    /// `dir` is null or a directory from `uv_fs_opendir` that has not been closed.
    pub(crate) unsafe fn dir(self, dir: *mut uv_dir_t) -> Self {
        // SAFETY: null or a directory, as this function asks.
        let usable = unsafe { dir.as_ref() }.is_some_and(|dir| {
            let room = !dir.dir.get().is_null() && !dir.dirents.get().is_null();
            room || self.0.is_ok_and(|req| req.fs_type.get() == UV_FS_CLOSEDIR)
        });
        self.require(usable).set(|req| req.ptr.set(dir.cast()))
    }

    /// Makes the request fail with `UV_EINVAL` unless `valid`.
    pub(crate) fn require(self, valid: bool) -> Self {
        self.0
            .and_then(|req| if valid { Ok(req) } else { Err(Errno::INVAL) })
            .into()
    }

    /// Performs the operation and returns its result. With a callback, submits it to the pool or
    /// the io_uring and returns 0.
    pub(crate) fn submit(self) -> Result<c_int> {
        let req = self.0?;
        if req.cb.get().is_none() {
            req.perform();
            return Ok(req.result.get() as c_int);
        }
        // SAFETY: a request with a callback has a loop, which outlives it.
        let loop_ = unsafe { &*req.loop_.get() };
        loop_.req_register();
        let uses_uring = loop_.flags.get() & LOOP_USE_SQPOLL != 0;
        if uses_uring && req.submit_to_uring(loop_) {
            return Ok(0);
        }
        req.work_req
            .submit(loop_, Pace::Quick, Some(run), Some(done))
            .inspect_err(|_| loop_.req_unregister())?;
        Ok(0)
    }
}

impl<'a> From<Result<&'a uv_fs_t>> for Call<'a> {
    fn from(req: Result<&'a uv_fs_t>) -> Self {
        Call(req)
    }
}

fn request<'a>(job: *mut uv__work) -> &'a uv_fs_t {
    // SAFETY: the job is the one in a file request, which its owner keeps alive until
    // its callback has begun.
    unsafe { &*container_of!(job, uv_fs_t, work_req) }
}

unsafe extern "C" fn run(job: *mut uv__work) {
    request(job).perform();
}

unsafe extern "C" fn done(job: *mut uv__work, status: c_int) {
    let req = request(job);
    // SAFETY: the loop waits for its active requests, and this is one.
    unsafe { &*req.loop_.get() }.req_unregister();
    if status != 0 {
        req.result.set(status as isize);
    }
    if let Some(cb) = req.cb.get() {
        // SAFETY: the callback was given for this request. It may free it.
        unsafe { cb(core::ptr::from_ref(req).cast_mut()) };
    }
}

impl uv_fs_t {
    /// # Safety
    /// `path` is null or NUL-terminated, and outlives the request unless copied.
    unsafe fn set_path(&self, path: *const c_char, copy: bool) -> Result<&Self> {
        if path.is_null() {
            return Err(Errno::INVAL);
        }
        self.path.set(path);
        if copy {
            // SAFETY: the path is NUL-terminated.
            self.path.set(unsafe { alloc::strdup(path) });
            if self.path.get().is_null() {
                return Err(Errno::NOMEM);
            }
        }
        Ok(self)
    }

    /// # Safety
    /// `set_path` for both paths.
    unsafe fn set_paths(&self, path: *const c_char, new_path: *const c_char) -> Result<&Self> {
        if path.is_null() || new_path.is_null() {
            return Err(Errno::INVAL);
        }
        self.path.set(path);
        self.new_path.set(new_path);
        if self.cb.get().is_none() {
            return Ok(self);
        }
        // SAFETY: both are NUL-terminated.
        let (first, second) = unsafe { (CStr::from_ptr(path), CStr::from_ptr(new_path)) };
        let (first, second) = (first.to_bytes_with_nul(), second.to_bytes_with_nul());
        // One block for both; `cleanup` frees `path`.
        let block = alloc::malloc(first.len() + second.len()).cast::<u8>();
        self.path.set(block.cast());
        self.new_path.set(null_mut());
        if block.is_null() {
            return Err(Errno::NOMEM);
        }
        // SAFETY: the fresh block has room for one behind the other.
        unsafe {
            let behind = block.add(first.len());
            block.copy_from_nonoverlapping(first.as_ptr(), first.len());
            behind.copy_from_nonoverlapping(second.as_ptr(), second.len());
            self.new_path.set(behind.cast());
        }
        Ok(self)
    }

    /// Frees all memory that the library has allocated for the request, also the result at `ptr`
    /// unless that is an open directory.
    pub(crate) fn cleanup(&self) {
        let kind = self.fs_type.get();
        let made_name = kind == UV_FS_MKDTEMP || kind == UV_FS_MKSTEMP;
        if made_name || self.cb.get().is_some() {
            // SAFETY: in these cases the path is the request's own copy, or null.
            unsafe { alloc::free(self.path.get().cast_mut().cast()) };
        }
        self.path.set(null_mut());
        self.new_path.set(null_mut());
        self.free_buffers();
        let ptr = self.ptr.replace(null_mut());
        match kind {
            // A directory belongs to uv_fs_closedir, also when that was cancelled.
            UV_FS_OPENDIR | UV_FS_CLOSEDIR => {}
            // SAFETY: `ptr` of this kind is null or the directory that was read.
            UV_FS_READDIR => unsafe { dir::free_names(ptr.cast(), self.result.get()) },
            _ if ptr == self.statbuf.get().cast() => {}
            // SAFETY: the other kinds answer with null or one block of the allocator.
            _ => unsafe { alloc::free(ptr) },
        }
    }
}
