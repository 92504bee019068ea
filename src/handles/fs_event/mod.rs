//! File system events: one inotify descriptor for each loop, and one watch for each file, which
//! handles share.

mod events;
mod path;
mod watches;

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::io::interest::Interest;
use crate::event_loop::io::watcher::Source;
use crate::sys::{fd, inotify};
use crate::system::outbuf::OutBuf;
use core::ffi::{CStr, c_char};
use core::ptr::null_mut;
use path::Path;
use watches::{Watch, Watches};

impl uv_fs_event_t {
    pub(crate) fn init(&self, loop_: &uv_loop_t) {
        self.base.init(loop_, UV_FS_EVENT);
        self.path.set(null_mut());
        self.cb.set(None);
        self.watchers.init();
        self.wd.set(-1);
    }

    /// # Safety
    /// `path` is null or NUL-terminated.
    pub(crate) unsafe fn start(&self, callback: uv_fs_event_cb, path: *const c_char) -> Result {
        if self.is_active() || self.is_closing() {
            return Err(Errno::INVAL);
        }
        if path.is_null() {
            return Err(Errno::FAULT);
        }
        // SAFETY: it is not null, so it is NUL-terminated.
        let path = Path::new(unsafe { CStr::from_ptr(path) })?;
        self.add_to_watch(path.as_c_str())?;
        self.path.set(path.into_raw());
        self.cb.set(callback);
        self.base.start();
        Ok(())
    }

    /// Adds the handle to the watch of a file, which is created if there is none.
    fn add_to_watch(&self, path: &CStr) -> Result {
        let loop_ = self.loop_();
        loop_.open_inotify()?;
        let watches = loop_.watches_of_files();
        let inotify = loop_.inotify_fd.get();
        let wd = inotify::add(inotify, path)?;
        let watch = match watches.find(wd) {
            Some(watch) => watch,
            None => {
                let watch = Watch::new(wd).inspect_err(|_| inotify::remove(inotify, wd))?;
                watches.insert(watch).inspect_err(|_| {
                    inotify::remove(inotify, wd);
                    // SAFETY: just made, and in no table.
                    unsafe { alloc::unbox(watch) };
                })?;
                watch
            }
        };
        // SAFETY: a watch in the table is alive.
        unsafe { (*watch).handles.push_back(&self.watchers) };
        self.wd.set(wd);
        Ok(())
    }

    /// Adds the handle to a watch again, after the old inotify descriptor was closed.
    fn add_again(&self) -> Result {
        // SAFETY: an active handle keeps a path.
        let path = unsafe { Path::shared(self.path.get()) };
        self.add_to_watch(path.as_c_str())
    }

    /// Removes an active handle from its watch and marks it inactive.
    fn stop_watching(&self) {
        self.watchers.remove();
        self.wd.set(-1);
        self.base.stop();
        // SAFETY: an active handle keeps a path, and this one is none any more.
        drop(unsafe { Path::from_raw(self.path.replace(null_mut())) });
    }

    pub(crate) fn stop(&self) {
        if !self.is_active() {
            return;
        }
        let wd = self.wd.get();
        self.stop_watching();
        if let Some(watch) = self.loop_().watches_of_files().find(wd) {
            self.loop_().drop_unused(watch);
        }
    }

    pub(crate) fn get_path(&self, out: OutBuf) -> Result {
        if !self.is_active() {
            let _ = out.needs(0);
            return Err(Errno::INVAL);
        }
        // SAFETY: an active handle keeps a path.
        let path = unsafe { Path::shared(self.path.get()) };
        out.put(path.as_c_str().to_bytes())
    }
}

impl uv_loop_t {
    fn watches_of_files(&self) -> &Watches {
        // SAFETY: made with the inotify descriptor, without which nothing asks, and alive
        // as long as the loop.
        unsafe { &*self.inotify_watchers.get().cast() }
    }

    fn open_inotify(&self) -> Result {
        if self.inotify_fd.get() != -1 {
            return Ok(());
        }
        if self.inotify_watchers.get().is_null() {
            let watches = alloc::boxed(Watches::new())?;
            self.inotify_watchers.set(watches.cast());
        }
        let inotify = inotify::open()?;
        let watcher = &self.inotify_read_watcher;
        watcher.init(Source::Inotify, inotify);
        watcher.want(self, Interest::READABLE).inspect_err(|_| {
            let _ = fd::close(inotify);
        })?;
        self.inotify_fd.set(inotify);
        Ok(())
    }

    /// Stops polling the descriptor. Closes it unless the program has done so, when the number
    /// may belong to another file.
    fn close_inotify(&self, is_ours: bool) {
        let inotify = self.inotify_fd.replace(-1);
        if inotify != -1 {
            self.inotify_read_watcher.close(self);
            if is_ours {
                let _ = fd::close(inotify);
            }
        }
    }

    /// Removes a watch without handles.
    fn drop_unused(&self, watch: *mut Watch) {
        // SAFETY: a watch in the table is alive.
        let unused = unsafe { !(*watch).calling.get() && (*watch).handles.is_empty() };
        if unused {
            // SAFETY: it is alive until it is freed here, after which no handle and no
            // table has it.
            unsafe {
                self.watches_of_files().remove((*watch).wd);
                inotify::remove(self.inotify_fd.get(), (*watch).wd);
                alloc::unbox(watch);
            }
        }
    }

    /// Watches the same files with a new descriptor, in a forked child. Stops handles whose file
    /// cannot be watched, and returns the first error.
    pub(crate) fn renew_inotify(&self) -> Result {
        if self.inotify_fd.get() == -1 {
            return Ok(());
        }
        self.close_inotify(true);
        let mut result = Ok(());
        self.watches_of_files().clear(|watch| {
            while let Some(handle) = watch.pop() {
                let added = handle.add_again().inspect_err(|_| handle.stop_watching());
                result = result.and(added);
            }
        });
        result
    }

    /// Closes the descriptor; the loop closes. A callback of a handle that is gone may still be
    /// running.
    pub(crate) fn end_inotify(&self) {
        self.close_inotify(true);
        let watches = self.inotify_watchers.replace(null_mut()).cast::<Watches>();
        if !watches.is_null() {
            // SAFETY: `open_inotify` made it, and no handle is left to ask for it.
            unsafe {
                (*watches).clear(|_| {});
                alloc::unbox(watches);
            }
        }
    }
}
