//! Reading inotify events and calling the handles.

use super::path::Path;
use super::watches::{Watch, pop};
use crate::abi::{UV_CHANGE, UV_RENAME, uv_fs_event_t, uv_loop_t};
use crate::errno::Errno;
use crate::event_loop::alloc;
use crate::event_loop::queue::unlinked;
use crate::sys::inotify;
use core::ffi::{CStr, c_int};
use core::ptr::null;

/// After so many failed reads in a row the descriptor is given up. The poll keeps reporting it as
/// readable, so the loop would spin.
const MAX_FAILURES: u32 = 100;

/// The name that a callback gets.
#[derive(Clone, Copy)]
enum Name<'a> {
    /// The name of an entry of the watched directory.
    Entry(&'a CStr),
    /// The last part of the path that the handle watches.
    Own,
    /// Null: any file may have changed.
    Unknown,
}

impl uv_fs_event_t {
    /// Calls the callback. The handle is not touched afterwards.
    fn call(&self, name: Name, events: c_int) {
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
        unsafe { callback(core::ptr::from_ref(self).cast_mut(), name, events, 0) };
    }

    /// Stops the handle with `error`, and returns whether it was active.
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
    /// Reads the events of watched files and calls their handles.
    pub(crate) fn read_file_events(&self) {
        let epoch = self.inotify_epoch();
        let mut buffer = inotify::Buffer::new();
        let mut has_read = false;
        loop {
            // After a callback that forks the loop, the rest of the buffer belongs to old
            // watches, whose numbers new watches may have.
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

    /// The number of the loop's inotify descriptor, or `None` if a callback has closed the loop.
    fn inotify_epoch(&self) -> Option<u32> {
        let is_open = !self.inotify_watchers.get().is_null();
        is_open.then(|| self.watches_of_files().epoch.get())
    }

    /// Handles a failed read of a descriptor that was reported as readable. The next turn
    /// retries. If that keeps failing, or the descriptor is gone, stops every handle with the
    /// error, because it would miss changes.
    fn read_has_failed(&self, error: Errno) {
        let watches = self.watches_of_files();
        watches.failures.set(watches.failures.get() + 1);
        if error == Errno::BADF || watches.failures.get() >= MAX_FAILURES {
            self.close_inotify(error != Errno::BADF);
            watches.clear(|watch| {
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
        // The watch has ended while its events were queued.
        let Some(watch) = self.watches_of_files().find(event.wd) else {
            return;
        };
        let events =
            if event.changed { UV_CHANGE } else { 0 } | if event.renamed { UV_RENAME } else { 0 };
        let name = event.name.map_or(Name::Own, Name::Entry);
        self.call_handles(watch, name, events as c_int);
    }

    /// The kernel has dropped events: calls every handle with a null name. Handles that callbacks
    /// start are left out; their watches have higher numbers.
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

    /// Calls each handle of a watch once. Callbacks may stop, close and start handles, run the
    /// loop and fork it.
    fn call_handles(&self, place: *mut Watch, name: Name, events: c_int) {
        // SAFETY: a watch in the table is alive, and stays while it is being called.
        let watch = unsafe { &*place };
        let outer = watch.calling.replace(true);
        let round = unlinked();
        watch.handles.take_into(&round);
        while let Some(handle) = pop(&round) {
            watch.handles.push_back(&handle.watchers);
            handle.call(name, events);
        }
        watch.calling.set(outer);
        if !watch.abandoned.get() {
            self.drop_unused(place);
        } else if !outer {
            while let Some(handle) = watch.pop() {
                if let Err(error) = handle.add_again() {
                    handle.fail(error);
                }
            }
            // SAFETY: it is in no table, and no call of its handles is under way.
            unsafe { alloc::unbox(place) };
        }
    }
}
