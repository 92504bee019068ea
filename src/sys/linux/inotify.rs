//! inotify(7).

use crate::errno::{Errno, Result};
use crate::sys::call;
use core::ffi::{CStr, c_int};

/// Opens a non-blocking, close-on-exec inotify descriptor.
pub(crate) fn open() -> Result<c_int> {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    call!(unsafe { libc::inotify_init1(libc::IN_NONBLOCK | libc::IN_CLOEXEC) })
}

const EVENTS: u32 = libc::IN_ATTRIB
    | libc::IN_CREATE
    | libc::IN_MODIFY
    | libc::IN_DELETE
    | libc::IN_DELETE_SELF
    | libc::IN_MOVE_SELF
    | libc::IN_MOVED_FROM
    | libc::IN_MOVED_TO;

/// Watches a path and returns the watch descriptor, which is the same for all paths of one file.
pub(crate) fn add(inotify: c_int, path: &CStr) -> Result<c_int> {
    // SAFETY: `path` is a C string.
    call!(unsafe { libc::inotify_add_watch(inotify, path.as_ptr(), EVENTS) })
}

/// Removes a watch. The kernel may have removed it already.
pub(crate) fn remove(inotify: c_int, wd: c_int) {
    // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
    let _ = call!(unsafe { libc::inotify_rm_watch(inotify, wd) });
}

/// One event.
pub(crate) struct Event<'a> {
    /// The watch.
    pub(crate) wd: c_int,
    /// Content or attributes have changed.
    pub(crate) changed: bool,
    /// Something else has happened.
    pub(crate) renamed: bool,
    /// The kernel's queue was full, and events of any watches were dropped.
    pub(crate) overflow: bool,
    /// The file in a watched directory; `None` for the watched file or directory itself.
    pub(crate) name: Option<&'a CStr>,
}

/// A buffer for many events, aligned as the kernel writes them.
#[repr(C, align(8))]
pub(crate) struct Buffer([u8; 4096]);

impl Buffer {
    pub(crate) const fn new() -> Self {
        Self([0; 4096])
    }

    /// Reads events and returns their length in bytes, which is never 0. An interrupted read is
    /// not repeated: a filter that always returns EINTR would make that endless.
    pub(crate) fn read(&mut self, inotify: c_int) -> Result<usize> {
        let (base, len) = (self.0.as_mut_ptr().cast(), self.0.len());
        // SAFETY: `base` is the start of `len` bytes of the buffer.
        match call!(unsafe { libc::read(inotify, base, len) })? {
            // Old kernels return 0 if the buffer is too small for an event.
            0 => Err(Errno::INVAL),
            len => Ok(len as usize),
        }
    }

    /// Calls `report` for each event in the first `len` bytes until it returns false; returns
    /// whether it never did.
    pub(crate) fn events(&self, len: usize, mut report: impl FnMut(&Event) -> bool) -> bool {
        let mut rest = &self.0[..len];
        while let Some((event, name, behind)) = split(rest) {
            rest = behind;
            let change = libc::IN_ATTRIB | libc::IN_MODIFY;
            let event = Event {
                wd: event.wd,
                changed: event.mask & change != 0,
                renamed: event.mask & !change != 0,
                overflow: event.mask & libc::IN_Q_OVERFLOW != 0,
                name,
            };
            if !report(&event) {
                return false;
            }
        }
        true
    }
}

/// The first event, the name of its file, and the bytes after it.
fn split(bytes: &[u8]) -> Option<(libc::inotify_event, Option<&CStr>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(size_of::<libc::inotify_event>())?;
    // SAFETY: the kernel wrote a whole event, of which every byte pattern is one.
    let event = unsafe { head.as_ptr().cast::<libc::inotify_event>().read_unaligned() };
    let (name, rest) = rest.split_at_checked(event.len as usize)?;
    Some((event, CStr::from_bytes_until_nul(name).ok(), rest))
}
