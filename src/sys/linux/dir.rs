//! Directories.

use crate::errno::{Errno, Result};
use crate::sys::{call, call_retry, not_null};
use core::ffi::{CStr, c_int};
use core::mem::{MaybeUninit, offset_of};

/// A directory entry.
pub(crate) struct Entry<'a> {
    /// The name without a directory.
    pub(crate) name: &'a CStr,
    /// One of the `DT_` constants.
    pub(crate) kind: u8,
}

impl Entry<'_> {
    /// Returns whether this is the directory itself or the one above.
    fn is_dot(&self) -> bool {
        matches!(self.name.to_bytes(), b"." | b"..")
    }
}

/// Opens a directory for [`read_entries`].
pub(crate) fn open(path: &CStr) -> Result<c_int> {
    let flags = libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    // SAFETY: `path` is a C string.
    call_retry!(unsafe { libc::open(path.as_ptr(), flags) })
}

/// Reads the next entries of an open directory into `buf` and returns the part that is filled,
/// for [`entries`]. It is empty at the end.
pub(crate) fn read_entries(fd: c_int, buf: &mut [MaybeUninit<u8>]) -> Result<&[u8]> {
    // SAFETY: `buf` is writable for its length.
    let read = call_retry!(unsafe {
        libc::syscall(libc::SYS_getdents64, fd, buf.as_mut_ptr(), buf.len())
    })?;
    let read = &buf[..(read as usize).min(buf.len())];
    // SAFETY: the kernel has written these.
    Ok(unsafe { core::slice::from_raw_parts(read.as_ptr().cast(), read.len()) })
}

/// Returns the entries in a buffer from [`read_entries`], without `.` and `..`.
pub(crate) fn entries(read: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = read;
    core::iter::from_fn(move || {
        let length = offset_of!(libc::dirent64, d_reclen);
        let length = u16::from_ne_bytes(rest.get(length..length + 2)?.try_into().ok()?);
        let record = rest.get(..length.into())?;
        rest = rest.get(length.into()..)?;
        let name = record.get(offset_of!(libc::dirent64, d_name)..)?;
        Some(Entry {
            name: CStr::from_bytes_until_nul(name).ok()?,
            kind: *record.get(offset_of!(libc::dirent64, d_type))?,
        })
    })
    .filter(|entry| !entry.is_dot())
}

/// Opens a directory stream.
pub(crate) fn open_stream(path: &CStr) -> Result<*mut libc::DIR> {
    loop {
        // SAFETY: `path` is NUL-terminated.
        match not_null(unsafe { libc::opendir(path.as_ptr()) }) {
            Err(Errno::INTR) => {}
            opened => return opened,
        }
    }
}

/// The next entry of a stream, without `.` and `..`; `None` at its end. The entry is valid until
/// the stream is used again.
///
/// # Safety
/// `stream` is open and no other thread uses it.
pub(crate) unsafe fn next_in_stream<'a>(stream: *mut libc::DIR) -> Result<Option<Entry<'a>>> {
    loop {
        // The end and an error both return null; only errno differs.
        crate::sys::call::set_errno(0);
        // SAFETY: the stream is open, and no other thread uses it.
        let entry = unsafe { libc::readdir64(stream) };
        if entry.is_null() {
            return match crate::sys::call::errno() {
                0 => Ok(None),
                _ => Err(Errno::last()),
            };
        }
        // SAFETY: readdir's entry is valid until the next call; its name ends in NUL.
        let entry = unsafe {
            Entry {
                name: CStr::from_ptr((&raw const (*entry).d_name).cast()),
                kind: (*entry).d_type,
            }
        };
        if !entry.is_dot() {
            return Ok(Some(entry));
        }
    }
}

/// Closes a directory stream.
///
/// # Safety
/// `stream` is open and is not used again.
pub(crate) unsafe fn close_stream(stream: *mut libc::DIR) -> Result {
    // SAFETY: `stream` is open, and the caller does not use it again.
    call!(unsafe { libc::closedir(stream) }).map(drop)
}
