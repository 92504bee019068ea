//! File system events: one inotify descriptor a loop, one watch for each file however
//! many handles watch it.

use crate::abi::*;
use crate::core::interest::Interest;
use crate::core::mem;
use crate::core::queue::{container_of, unlinked};
use crate::core::watcher::Source;
use crate::errno::{Errno, Result};
use crate::sys::{fd, inotify};
use crate::system::outbuf::OutBuf;
use core::cell::Cell;
use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

/// A watch of the kernel's and the handles that share it.
struct Watch {
    wd: c_int,
    /// The path it was first asked for by; all its handles go by this one.
    path: *mut c_char,
    handles: uv__queue,
    /// Its handles are being called: it must stay even without any.
    calling: Cell<bool>,
    /// The loop was forked meanwhile: those called last have yet to join a new watch.
    forked: Cell<bool>,
}

/// The watches of a loop, by number. The kernel numbers upwards, so a new one mostly
/// belongs at the end.
struct Watches {
    items: Cell<*mut *mut Watch>,
    len: Cell<usize>,
    room: Cell<usize>,
}

impl Watch {
    /// # Safety
    /// `path` is NUL-terminated.
    unsafe fn new(wd: c_int, path: *const c_char) -> Result<*mut Watch> {
        // SAFETY: as this function's own contract.
        let path = unsafe { mem::strdup(path) };
        if path.is_null() {
            return Err(Errno::NOMEM);
        }
        let watch = mem::boxed(Watch {
            wd,
            path,
            handles: unlinked(),
            calling: Cell::new(false),
            forked: Cell::new(false),
        });
        match watch {
            // SAFETY: just made.
            Ok(watch) => unsafe { (*watch).handles.init() },
            // SAFETY: the copy above, which nobody has.
            Err(_) => unsafe { mem::free(path.cast()) },
        }
        watch
    }

    /// # Safety
    /// `watch` came from `new` and is not used again.
    unsafe fn free(watch: *mut Watch) {
        // SAFETY: as this function's own contract.
        unsafe {
            mem::free((*watch).path.cast());
            mem::unbox(watch);
        }
    }

    fn file_name(&self) -> &CStr {
        // SAFETY: `new` made a NUL-terminated copy.
        let path = unsafe { CStr::from_ptr(self.path) };
        let bytes = path.to_bytes_with_nul();
        let start = bytes
            .iter()
            .rposition(|byte| *byte == b'/')
            .map_or(0, |at| at + 1);
        CStr::from_bytes_with_nul(&bytes[start..]).unwrap_or(path)
    }
}

impl Watches {
    fn all(&self) -> &[*mut Watch] {
        if self.len.get() == 0 {
            return &[];
        }
        // SAFETY: the block holds that many.
        unsafe { core::slice::from_raw_parts(self.items.get(), self.len.get()) }
    }

    fn position(&self, wd: c_int) -> core::result::Result<usize, usize> {
        // SAFETY: watches in the table are alive.
        self.all()
            .binary_search_by_key(&wd, |watch| unsafe { (**watch).wd })
    }

    fn find(&self, wd: c_int) -> Option<*mut Watch> {
        self.position(wd).ok().map(|at| self.all()[at])
    }

    fn insert(&self, watch: *mut Watch) -> Result {
        let len = self.len.get();
        if len == self.room.get() {
            let room = (len * 2).max(8);
            // SAFETY: the table is null or a block of the allocator.
            let items =
                unsafe { mem::realloc(self.items.get().cast(), room * size_of::<*mut Watch>()) };
            if items.is_null() {
                return Err(Errno::NOMEM);
            }
            self.items.set(items.cast());
            self.room.set(room);
        }
        // SAFETY: the watch is alive; the table has room for one more.
        unsafe {
            let at = self.position((*watch).wd).unwrap_or_else(|at| at);
            let place = self.items.get().add(at);
            place.copy_to(place.add(1), len - at);
            place.write(watch);
        }
        self.len.set(len + 1);
        Ok(())
    }

    fn remove(&self, wd: c_int) {
        if let Ok(at) = self.position(wd) {
            let len = self.len.get() - 1;
            // SAFETY: the entries behind `at` are the table's.
            unsafe {
                let place = self.items.get().add(at);
                place.copy_from(place.add(1), len - at);
            }
            self.len.set(len);
        }
    }
}

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
        self.loop_().open_inotify()?;
        // SAFETY: as this function's own contract.
        unsafe { self.join(path) }?;
        self.cb.set(callback);
        self.base.start();
        Ok(())
    }

    /// Joins the watch of the file that has this path.
    ///
    /// # Safety
    /// As `start`.
    unsafe fn join(&self, path: *const c_char) -> Result {
        let loop_ = self.loop_();
        let watches = loop_.watches_of_files();
        let inotify = loop_.inotify_fd.get();
        // SAFETY: as this function's own contract; the kernel refuses null.
        let wd = unsafe { inotify::add(inotify, path) }?;
        let watch = match watches.find(wd) {
            Some(watch) => watch,
            None => {
                // SAFETY: the kernel has read the path.
                let made = unsafe { Watch::new(wd, path) };
                let watch = made.inspect_err(|_| inotify::remove(inotify, wd))?;
                watches.insert(watch).inspect_err(|_| {
                    inotify::remove(inotify, wd);
                    // SAFETY: nobody has it.
                    unsafe { Watch::free(watch) };
                })?;
                watch
            }
        };
        // SAFETY: a watch in the table is alive.
        let watch = unsafe { &*watch };
        watch.handles.push_back(&self.watchers);
        self.path.set(watch.path);
        self.wd.set(wd);
        Ok(())
    }

    pub(crate) fn stop(&self) {
        if !self.is_active() {
            return;
        }
        let wd = self.wd.replace(-1);
        self.path.set(null_mut());
        self.base.stop();
        self.watchers.remove();
        if let Some(watch) = self.loop_().watches_of_files().find(wd) {
            self.loop_().drop_unused(watch);
        }
    }

    pub(crate) fn close(&self) {
        self.stop();
    }

    pub(crate) fn get_path(&self, out: OutBuf) -> Result {
        if !self.is_active() {
            let _ = out.needs(0);
            return Err(Errno::INVAL);
        }
        // SAFETY: an active handle's path is its watch's, which is NUL-terminated.
        out.put(unsafe { CStr::from_ptr(self.path.get()) }.to_bytes())
    }
}

impl uv_loop_t {
    fn watches_of_files(&self) -> &Watches {
        // SAFETY: made with the inotify descriptor, without which nobody asks.
        unsafe { &*self.inotify_watchers.get().cast() }
    }

    fn open_inotify(&self) -> Result {
        if self.inotify_fd.get() != -1 {
            return Ok(());
        }
        if self.inotify_watchers.get().is_null() {
            let watches = mem::boxed(Watches {
                items: Cell::new(null_mut()),
                len: Cell::new(0),
                room: Cell::new(0),
            })?;
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

    fn close_inotify(&self) {
        let inotify = self.inotify_fd.replace(-1);
        if inotify != -1 {
            self.inotify_read_watcher.close(self);
            let _ = fd::close(inotify);
        }
    }

    /// Ends a watch that no handle has any more.
    fn drop_unused(&self, watch: *mut Watch) {
        // SAFETY: a watch in the table is alive.
        let unused = unsafe { !(*watch).calling.get() && (*watch).handles.is_empty() };
        if unused {
            // SAFETY: as above; after this nobody has it.
            unsafe {
                self.watches_of_files().remove((*watch).wd);
                inotify::remove(self.inotify_fd.get(), (*watch).wd);
                Watch::free(watch);
            }
        }
    }

    /// Something has happened to watched files.
    pub(crate) fn read_file_events(&self) {
        let mut buffer = inotify::Buffer::new();
        while buffer.read(self.inotify_fd.get(), |event| self.report(&event)) {}
    }

    fn report(&self, event: &inotify::Event) {
        // None is left of a watch that has ended with events on their way.
        let Some(place) = self.watches_of_files().find(event.wd) else {
            return;
        };
        // SAFETY: a watch in the table is alive, and stays while it is being called.
        let watch = unsafe { &*place };
        let name = event.name.unwrap_or(watch.file_name()).as_ptr();
        let events =
            if event.changed { UV_CHANGE } else { 0 } | if event.renamed { UV_RENAME } else { 0 };
        let outer = watch.calling.replace(true);
        let round = unlinked();
        watch.handles.take_into(&round);
        loop {
            let link = round.pop_front();
            if link.is_null() {
                break;
            }
            // SAFETY: a handle in the round is alive: stopping takes it out.
            let handle = unsafe { &*container_of!(link, uv_fs_event_t, watchers) };
            watch.handles.push_back(&handle.watchers);
            if let Some(callback) = handle.cb.get() {
                // SAFETY: the handle is alive and not touched afterwards; the name is
                // the event's or the watch's, and both last.
                unsafe {
                    callback(
                        core::ptr::from_ref(handle).cast_mut(),
                        name,
                        events as c_int,
                        0,
                    )
                };
            }
        }
        watch.calling.set(outer);
        if !watch.forked.get() {
            self.drop_unused(place);
        } else if !outer {
            // Who could not join is stopped; the fork has returned already.
            let _ = self.join_anew(place, Ok(()));
        }
    }

    /// In a forked child: watches the same files with a descriptor of its own. What
    /// cannot be watched any more is stopped, and the first error returned.
    pub(crate) fn renew_inotify(&self) -> Result {
        if self.inotify_fd.get() == -1 {
            return Ok(());
        }
        self.close_inotify();
        let opened = self.open_inotify();
        let watches = self.watches_of_files();
        let mut result = opened;
        // The table is empty while the handles join again.
        let (items, len) = (watches.items.replace(null_mut()), watches.len.replace(0));
        watches.room.set(0);
        for at in 0..len {
            // SAFETY: the old table had `len` watches.
            let joined = self.join_anew(unsafe { *items.add(at) }, opened);
            result = result.and(joined);
        }
        // SAFETY: the old table is not used any more.
        unsafe { mem::free(items.cast()) };
        result
    }

    /// Has the handles of a parent's watch join one of the loop's own, and frees the old
    /// one, which is in no table, unless more of its handles are being called.
    fn join_anew(&self, old: *mut Watch, opened: Result) -> Result {
        let mut result = Ok(());
        // SAFETY: a parent's watch lives until it is freed here.
        unsafe {
            loop {
                let link = (*old).handles.pop_front();
                if link.is_null() {
                    break;
                }
                let handle = &*container_of!(link, uv_fs_event_t, watchers);
                let joined = opened.and_then(|()| handle.join((*old).path));
                if joined.is_err() {
                    handle.path.set(null_mut());
                    handle.wd.set(-1);
                    handle.base.stop();
                    result = joined;
                }
            }
            (*old).forked.set(true);
            if !(*old).calling.get() {
                Watch::free(old);
            }
        }
        result
    }

    /// The loop closes; no handle is left.
    pub(crate) fn end_inotify(&self) {
        self.close_inotify();
        let watches = self.inotify_watchers.replace(null_mut()).cast::<Watches>();
        if !watches.is_null() {
            // SAFETY: no handle means no watch; the table is the allocator's.
            unsafe {
                mem::free((*watches).items.get().cast());
                mem::unbox(watches);
            }
        }
    }
}
