//! Reading inotify's events and telling the handles.

use super::path::Path;
use super::watches::{Watch, pop};
use crate::abi::{UV_CHANGE, UV_RENAME, uv_fs_event_t, uv_loop_t};
use crate::errno::Errno;
use crate::event_loop::alloc;
use crate::event_loop::queue::unlinked;
use crate::sys::inotify;
use core::ffi::{CStr, c_int};
use core::ptr::null;

/// So many reads in a row may fail before the descriptor is given up. The poll goes on
/// reporting it as readable, so without an end the loop would spin.
const MAX_FAILURES: u32 = 100;

/// Which name a callback is given.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// That of an entry of the watched directory.
    Entry(&'a CStr),
    /// The last part of the path that the handle watches.
    Own,
    /// None: any may have changed.
    Unknown,
}

impl uv_fs_event_t {
    /// Calls the callback. The handle is not touched afterwards.
    fn call(&self, name: Name, events: c_int, status: c_int) {
        let Some(callback) = self.cb.get() else {
            return;
        };
        // SAFETY: an active handle keeps a path.
        let path = unsafe { Path::shared(self.path.get()) };
        let name = match name {
            Name::Entry(name) => name.as_ptr(),
            Name::Own => path.file_name().as_ptr(),
            Name::Unknown => null(),
        };
        // SAFETY: the handle is alive; the name is null, the event's, or in the path, of
        // which this frame is an owner.
        unsafe { callback(core::ptr::from_ref(self).cast_mut(), name, events, status) };
    }

    /// Nothing can be watched any more: stops with `error`, if the handle is started; says
    /// whether it was.
    pub(crate) fn fail(&self, error: Errno) -> bool {
        if !self.is_active() {
            return false;
        }
        self.stop();
        if let Some(callback) = self.cb.get() {
            let handle = core::ptr::from_ref(self).cast_mut();
            // SAFETY: the handle is alive until its close callback, in a later phase, and
            // not touched afterwards.
            unsafe { callback(handle, null(), 0, error.raw()) };
        }
        true
    }
}

impl uv_loop_t {
    /// Something has happened to watched files.
    pub(crate) fn read_file_events(&self) {
        let epoch = self.inotify_epoch();
        let mut buffer = inotify::Buffer::new();
        let mut has_read = false;
        loop {
            // What is left in the buffer when a callback has forked the loop, say, is about
            // watches that are no more; their numbers may be those of new ones.
            let report = |event: &inotify::Event| {
                self.record(event);
                self.inotify_epoch() == epoch
            };
            match buffer.read(self.inotify_fd.get()) {
                Ok(len) => {
                    self.watches_of_files().failures.set(0);
                    has_read = true;
                    if !buffer.events(len, report) {
                        return;
                    }
                }
                Err(Errno::AGAIN) if has_read => return,
                Err(error) => return self.read_has_failed(error),
            }
        }
    }

    /// Which inotify descriptor of the loop's this is; none once the loop is closed, which a
    /// callback that runs the loop may do.
    fn inotify_epoch(&self) -> Option<u32> {
        let is_open = !self.inotify_watchers.get().is_null();
        is_open.then(|| self.watches_of_files().epoch.get())
    }

    /// Nothing could be read although the poll reported the descriptor as readable. The next
    /// turn tries again. When it goes on, or when there is no descriptor any more, every
    /// handle is stopped and told the error: they would miss changes.
    fn read_has_failed(&self, error: Errno) {
        let watches = self.watches_of_files();
        watches.failures.set(watches.failures.get() + 1);
        if error == Errno::BADF || watches.failures.get() >= MAX_FAILURES {
            self.close_inotify(error != Errno::BADF);
            watches.abandon(|watch| {
                while let Some(handle) = watch.pop() {
                    handle.fail(error);
                }
            });
        }
    }

    fn record(&self, event: &inotify::Event) {
        if event.overflow {
            return self.report_overflow();
        }
        // None is left of a watch that has ended with events on their way.
        let Some(watch) = self.watches_of_files().find(event.wd) else {
            return;
        };
        let events =
            if event.changed { UV_CHANGE } else { 0 } | if event.renamed { UV_RENAME } else { 0 };
        let name = event.name.map_or(Name::Own, Name::Entry);
        self.call_handles(watch, name, events as c_int);
    }

    /// The kernel has dropped events, of which watches it does not say: tells every handle
    /// that something may have changed. Handles that are started meanwhile have missed
    /// nothing; their watches have higher numbers.
    fn report_overflow(&self) {
        let watches = self.watches_of_files();
        let epoch = self.inotify_epoch();
        // SAFETY: watches in the table are alive, wherever this is called.
        let number = |watch: *mut Watch| unsafe { (*watch).wd };
        let last = watches.all().last().map_or(0, |watch| number(*watch));
        let mut next = 0;
        while let Some(watch) = watches.find_from(next)
            && number(watch) <= last
        {
            next = number(watch).saturating_add(1);
            self.call_handles(watch, Name::Unknown, UV_CHANGE as c_int);
            if self.inotify_epoch() != epoch {
                return;
            }
        }
    }

    /// Calls each handle that shares a watch, once. Callbacks may stop, close and start
    /// handles, run the loop and fork it.
    fn call_handles(&self, place: *mut Watch, name: Name, events: c_int) {
        // SAFETY: a watch in the table is alive, and stays while it is being called.
        let watch = unsafe { &*place };
        let outer = watch.calling.replace(true);
        let round = unlinked();
        watch.handles.take_into(&round);
        while let Some(handle) = pop(&round) {
            watch.handles.push_back(&handle.watchers);
            handle.call(name, events, 0);
        }
        watch.calling.set(outer);
        if !watch.abandoned.get() {
            self.drop_unused(place);
        } else if !outer {
            while let Some(handle) = watch.pop() {
                if let Err(error) = handle.rejoin() {
                    handle.fail(error);
                }
            }
            // SAFETY: it is in no table, and no call of its handles is under way.
            unsafe { alloc::unbox(place) };
        }
    }
}
