//! Requests on files: [`Call`] fills one in and submits it, `ops` performs it.
//!
//! Without a callback the operation is performed before `submit` returns, and the request borrows
//! the caller's paths and buffers. With one, the request has copies and goes to the thread pool,
//! whatever the operation: each of them may wait for a disk, a server or an on-access scanner,
//! which the loop's thread must not. The program ends the request with `uv_fs_req_cleanup`.

mod copy;
mod dir;
mod link;
mod ops;
pub(crate) mod uring;

use crate::abi::*;
use crate::errno::{Errno, IntoC, Result};
use crate::event_loop::alloc;
use crate::event_loop::flags::LOOP_USE_SQPOLL;
use crate::event_loop::queue::container_of;
use crate::event_loop::threadpool::Pace;
use crate::sys::fd::MAX_BYTES;
use crate::system::append;
use core::ffi::{CStr, c_char, c_int, c_uint};
use core::ptr::null_mut;

/// A request that is being filled in. After a wrong argument the rest is skipped and
/// [`submit`](Call::submit) returns the error.
pub(crate) struct Call<'a>(Result<&'a uv_fs_t>);

impl<'a> Call<'a> {
    /// Initialises `req` for the operation `kind`.
    ///
    /// # Safety
    /// `req` is null or points to a `uv_fs_t` that is not active and lives until its callback has
    /// been called; `loop_` is null or an initialised loop that outlives it.
    pub(crate) unsafe fn new(
        loop_: *mut uv_loop_t,
        req: *mut uv_fs_t,
        kind: uv_fs_type,
        cb: uv_fs_cb,
    ) -> Self {
        // SAFETY: `req` is null or points to a `uv_fs_t` of the program.
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
        Call(Ok(req)).require(cb.is_none() || !loop_.is_null())
    }

    fn and(self, set: impl FnOnce(&uv_fs_t) -> Result) -> Self {
        Call(self.0.and_then(|req| set(req).map(|()| req)))
    }

    fn set(self, set: impl FnOnce(&uv_fs_t)) -> Self {
        Call(self.0.inspect(|req| set(req)))
    }

    /// Makes the request invalid unless `valid`.
    pub(crate) fn require(self, valid: bool) -> Self {
        self.and(|_| valid.then_some(()).ok_or(Errno::INVAL))
    }

    /// Sets the descriptor to work on.
    pub(crate) fn file(self, file: uv_file) -> Self {
        self.set(|req| req.file.set(file))
    }

    /// Sets the flags of the operation.
    pub(crate) fn flags(self, flags: c_int) -> Self {
        self.set(|req| req.flags.set(flags))
    }

    /// Sets the permissions.
    pub(crate) fn mode(self, mode: c_int) -> Self {
        self.set(|req| req.mode.set(mode as libc::mode_t))
    }

    /// Sets a position in the file, or its new length.
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

    /// Sets the times of access and modification.
    pub(crate) fn times(self, access: f64, modification: f64) -> Self {
        self.set(|req| {
            req.atime.set(access);
            req.mtime.set(modification);
        })
    }

    /// Sets the path to work on.
    ///
    /// # Safety
    /// `path` is null or NUL-terminated, and without a callback outlives the request.
    pub(crate) unsafe fn path(self, path: *const c_char) -> Self {
        // SAFETY: `path` is null or a C string.
        self.and(|req| unsafe { req.set_path(path, req.cb.get().is_some()) })
    }

    /// Sets the template of a name. It is always copied, because the name is written over it.
    ///
    /// # Safety
    /// `template` is null or NUL-terminated.
    pub(crate) unsafe fn template(self, template: *const c_char) -> Self {
        // SAFETY: `template` is null or a C string.
        self.and(|req| unsafe { req.set_path(template, true) })
    }

    /// Sets the two paths to work on.
    ///
    /// # Safety
    /// Each is null or NUL-terminated, and without a callback outlives the request.
    pub(crate) unsafe fn paths(self, path: *const c_char, new_path: *const c_char) -> Self {
        // SAFETY: both are null or C strings.
        self.and(|req| unsafe { req.set_paths(path, new_path) })
    }

    /// Sets the buffers to read into, or to write.
    ///
    /// # Safety
    /// `bufs` is null or points to `count` buffers, which stay valid until the operation is done.
    pub(crate) unsafe fn buffers(self, bufs: *const uv_buf_t, count: c_uint) -> Self {
        // SAFETY: `bufs` is null or points to `count` buffers.
        self.and(|req| unsafe { req.set_buffers(bufs, count) })
    }

    /// Sets the number of bytes to move.
    pub(crate) fn length(self, length: usize) -> Self {
        self.require(length <= MAX_BYTES)
            .set(|req| req.set_length(length))
    }

    /// Sets the open directory to read or to close.
    ///
    /// # Safety
    /// `dir` is null or a directory from `uv_fs_opendir` that has not been closed.
    pub(crate) unsafe fn dir(self, dir: *mut uv_dir_t) -> Self {
        // SAFETY: `dir` is null or a directory from `uv_fs_opendir`.
        let usable = unsafe { dir.as_ref() }.is_some_and(|dir| {
            let can_read = !dir.dir.get().is_null() && !dir.dirents.get().is_null();
            can_read || self.0.is_ok_and(|req| req.fs_type.get() == UV_FS_CLOSEDIR)
        });
        self.require(usable).set(|req| req.ptr.set(dir.cast()))
    }

    /// Performs the operation and returns its result; with a callback, submits the request to the
    /// loop's io_uring or the thread pool and returns 0.
    pub(crate) fn submit(self) -> c_int {
        self.try_submit().into_c()
    }

    /// As [`submit`](Call::submit).
    pub(crate) fn try_submit(self) -> Result<c_int> {
        let req = self.0?;
        if req.cb.get().is_none() {
            req.perform();
            return Ok(req.result.get() as c_int);
        }
        // SAFETY: `new` refuses a callback without a loop, and the loop outlives the request.
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

/// The request that contains `job`.
fn request<'a>(job: *mut uv__work) -> &'a uv_fs_t {
    // SAFETY: only `Call::submit` submits jobs with these callbacks, and the program keeps the
    // request until its own callback has been called.
    unsafe { &*container_of!(job, uv_fs_t, work_req) }
}

unsafe extern "C" fn run(job: *mut uv__work) {
    request(job).perform();
}

unsafe extern "C" fn done(job: *mut uv__work, status: c_int) {
    let req = request(job);
    // SAFETY: a loop with an active request is not closed.
    unsafe { &*req.loop_.get() }.req_unregister();
    if status != 0 {
        req.result.set(status as isize);
    }
    if let Some(cb) = req.cb.get() {
        // SAFETY: the program gave this callback for this request. The callback may free it, so it
        // is not accessed afterwards.
        unsafe { cb(core::ptr::from_ref(req).cast_mut()) };
    }
}

impl uv_fs_t {
    /// # Safety
    /// `path` is null or NUL-terminated, and outlives the request unless copied.
    unsafe fn set_path(&self, path: *const c_char, copy: bool) -> Result {
        if path.is_null() {
            return Err(Errno::INVAL);
        }
        let path = if copy {
            // SAFETY: `path` is a C string, since it is not null.
            unsafe { alloc::strdup(path)? }
        } else {
            path
        };
        self.path.set(path);
        Ok(())
    }

    /// # Safety
    /// Each path is null or NUL-terminated, and without a callback outlives the request.
    unsafe fn set_paths(&self, path: *const c_char, new_path: *const c_char) -> Result {
        if path.is_null() || new_path.is_null() {
            return Err(Errno::INVAL);
        }
        if self.cb.get().is_none() {
            self.path.set(path);
            self.new_path.set(new_path);
            return Ok(());
        }
        // SAFETY: both are C strings, since neither is null.
        let (first, second) = unsafe { (CStr::from_ptr(path), CStr::from_ptr(new_path)) };
        // One block for both: `cleanup` frees `path`.
        let block = alloc::malloc(first.count_bytes() + second.count_bytes() + 2)?;
        self.path.set(block);
        // SAFETY: the fresh block has space for the first path and the second one behind it.
        unsafe {
            let behind = append(block, first);
            append(behind, second);
            self.new_path.set(behind);
        }
        Ok(())
    }

    /// Whether `bufs` is the caller's own list: a read without a callback does not change it. A
    /// write advances in its list, so it always has a copy.
    fn borrows_buffers(&self) -> bool {
        self.fs_type.get() == UV_FS_READ && self.cb.get().is_none()
    }

    fn small_buffers(&self) -> *mut uv_buf_t {
        self.bufsml.get().cast()
    }

    /// # Safety
    /// `bufs` is null or points to `count` buffers that stay valid until the operation is done.
    unsafe fn set_buffers(&self, bufs: *const uv_buf_t, count: c_uint) -> Result {
        if bufs.is_null() || count == 0 {
            return Err(Errno::INVAL);
        }
        // SAFETY: the caller passes `count` buffers.
        let list = unsafe { core::slice::from_raw_parts(bufs, count as usize) };
        let bytes = || {
            list.iter()
                .fold(0, |sum: usize, buf| sum.saturating_add(buf.len))
        };
        if self.fs_type.get() != UV_FS_READ && bytes() > MAX_BYTES {
            return Err(Errno::INVAL);
        }
        self.nbufs.set(count);
        if self.borrows_buffers() {
            self.bufs.set(bufs.cast_mut());
            return Ok(());
        }
        // SAFETY: only the length of the array is read, which its type says.
        let small = list.len() <= unsafe { (*self.bufsml.get()).len() };
        let copy = if small {
            self.small_buffers()
        } else {
            alloc::malloc(size_of_val(list))?
        };
        // SAFETY: `copy` has space for the list, and only this request refers to it.
        unsafe { copy.copy_from_nonoverlapping(bufs, list.len()) };
        self.bufs.set(copy);
        Ok(())
    }

    /// Removes the list of buffers, and frees it if it was allocated.
    fn free_buffers(&self) {
        let bufs = self.bufs.replace(null_mut());
        self.nbufs.set(0);
        if bufs != self.small_buffers() && !self.borrows_buffers() {
            // SAFETY: `set_buffers` allocated the list, or it is null.
            unsafe { alloc::free(bufs.cast()) };
        }
    }

    /// Stores a number of bytes where a request without buffers has space: in `bufsml`.
    fn set_length(&self, length: usize) {
        // SAFETY: `bufsml` is memory of the request, to which nothing else refers.
        unsafe { (*self.small_buffers()).len = length };
    }

    /// The number that `set_length` stored.
    fn length(&self) -> usize {
        // SAFETY: `set_length` has initialised the field.
        unsafe { (*self.small_buffers()).len }
    }

    /// Frees what the library allocated for the request, and what it returned through `ptr`, except
    /// an open directory.
    pub(crate) fn cleanup(&self) {
        let kind = self.fs_type.get();
        let made_name = kind == UV_FS_MKDTEMP || kind == UV_FS_MKSTEMP;
        if made_name || self.cb.get().is_some() {
            // SAFETY: in these cases the path is a copy that the request owns, or null.
            unsafe { alloc::free(self.path.get().cast_mut().cast()) };
        }
        self.path.set(null_mut());
        self.new_path.set(null_mut());
        self.free_buffers();
        let ptr = self.ptr.replace(null_mut());
        match kind {
            // `uv_fs_closedir` frees the directory, even if the first such request was cancelled.
            UV_FS_OPENDIR | UV_FS_CLOSEDIR => {}
            // SAFETY: `ptr` is null or the directory that was read.
            UV_FS_READDIR => unsafe { dir::free_names(ptr.cast(), self.result.get()) },
            _ if ptr == self.statbuf.get().cast() => {}
            // SAFETY: other operations set `ptr` to null or to one block of the allocator.
            _ => unsafe { alloc::free(ptr) },
        }
    }
}
