//! Directories: the sorted list of `uv_fs_scandir` and the stream of `uv_fs_readdir`.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::event_loop::list::List;
use crate::sys::{dir, fd};
use core::ffi::{CStr, c_char, c_int};
use core::mem::MaybeUninit;
use core::ptr::{null, null_mut};

/// The size in bytes of the buffer for one getdents call.
const CHUNK: usize = 32 * 1024;

/// Returns libuv's type for the `DT_` constant `kind`.
fn entry_type(kind: u8) -> uv_dirent_type_t {
    match kind {
        libc::DT_DIR => UV_DIRENT_DIR,
        libc::DT_REG => UV_DIRENT_FILE,
        libc::DT_LNK => UV_DIRENT_LINK,
        libc::DT_FIFO => UV_DIRENT_FIFO,
        libc::DT_SOCK => UV_DIRENT_SOCKET,
        libc::DT_CHR => UV_DIRENT_CHAR,
        libc::DT_BLK => UV_DIRENT_BLOCK,
        _ => UV_DIRENT_UNKNOWN,
    }
}

/// Reads the entries of a directory, each as one byte for its kind, its name and a NUL, and counts
/// them.
fn collect(path: &CStr) -> Result<(List<u8>, usize)> {
    let mut chunk = List::new();
    chunk.reserve(CHUNK)?;
    let directory = dir::open(path)?;
    let collected = collect_from(directory, chunk.spare());
    let _ = fd::close(directory);
    collected
}

fn collect_from(directory: c_int, chunk: &mut [MaybeUninit<u8>]) -> Result<(List<u8>, usize)> {
    let (mut names, mut count) = (List::new(), 0);
    loop {
        let read = dir::read_entries(directory, chunk)?;
        if read.is_empty() {
            return Ok((names, count));
        }
        for entry in dir::entries(read) {
            names.extend(&[entry.kind])?;
            names.extend(entry.name.to_bytes_with_nul())?;
            count += 1;
        }
    }
}

/// Builds one block: the sorted list of entries, followed by the names that it points to.
fn sorted_list(names: &[u8], count: usize) -> Result<*mut uv_dirent_t> {
    let head = count * size_of::<uv_dirent_t>();
    let block: *mut u8 = alloc::malloc(head + names.len())?;
    let list = block.cast::<uv_dirent_t>();
    // SAFETY: the block has space for `count` entries and the bytes of all the names;
    // each record in those bytes is a kind, a name and a NUL.
    let list = unsafe {
        let mut record = block.add(head);
        record.copy_from_nonoverlapping(names.as_ptr(), names.len());
        for index in 0..count {
            let name = record.add(1).cast::<c_char>();
            list.add(index).write(uv_dirent_t {
                name,
                type_: entry_type(*record),
            });
            record = record.add(CStr::from_ptr(name).to_bytes_with_nul().len() + 1);
        }
        core::slice::from_raw_parts_mut(list, count)
    };
    // SAFETY: the names are the NUL-terminated ones just pointed to.
    let bytes = |entry: &uv_dirent_t| unsafe { CStr::from_ptr(entry.name) }.to_bytes();
    list.sort_unstable_by(|a, b| bytes(a).cmp(bytes(b)));
    Ok(list.as_mut_ptr())
}

/// Frees the names that a `uv_fs_readdir` has returned.
///
/// # Safety
/// `dir` is null or the directory that was read, with its first `count` entries.
pub(super) unsafe fn free_names(dir: *mut uv_dir_t, count: isize) {
    // SAFETY: `dir` is null or an open directory.
    let Some(dir) = (unsafe { dir.as_ref() }) else {
        return;
    };
    let entries = dir.dirents.get();
    if entries.is_null() {
        return;
    }
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: the caller's array has at least as many entries as were answered,
        // and their names are copies that `read_dir` made.
        unsafe {
            let entry = &mut *entries.add(index);
            alloc::free(entry.name.cast_mut().cast());
            entry.name = null();
        }
    }
}

impl uv_fs_t {
    /// Returns the number of entries, and sets `ptr` to their sorted list.
    pub(super) fn scan_dir(&self) -> Result<usize> {
        let (names, count) = collect(self.path_str())?;
        // From here on `nbufs` counts the entries that the program has received.
        self.nbufs.set(0);
        if count > 0 {
            self.ptr.set(sorted_list(names.as_slice(), count)?.cast());
        }
        Ok(count)
    }

    /// Returns the next entry of a scanned directory, `UV_EOF` after the last.
    ///
    /// # Safety
    /// The request is one of `uv_fs_scandir` that is over.
    pub(crate) unsafe fn next_scanned(&self) -> Result<uv_dirent_t> {
        let count = self.result.get();
        if count < 0 {
            return Err(Errno::from_raw(-(count as i32)));
        }
        let list = self.ptr.get().cast::<uv_dirent_t>();
        if list.is_null() {
            return Err(Errno::EOF);
        }
        let index = self.nbufs.get();
        if index as isize == count {
            // SAFETY: the list is the request's block, and this is its last use.
            unsafe { alloc::free(self.ptr.replace(null_mut())) };
            return Err(Errno::EOF);
        }
        self.nbufs.set(index + 1);
        // SAFETY: the list has `count` entries.
        Ok(unsafe { *list.add(index as usize) })
    }

    pub(super) fn open_dir(&self) -> Result {
        let block: *mut uv_dir_t = alloc::calloc(1, size_of::<uv_dir_t>())?;
        let stream = dir::open_stream(self.path_str()).inspect_err(|_| {
            // SAFETY: the block was allocated above and no other code has it.
            unsafe { alloc::free(block.cast()) };
        })?;
        // SAFETY: zeroes are a valid `uv_dir_t`.
        unsafe { &*block }.dir.set(stream);
        self.ptr.set(block.cast());
        Ok(())
    }

    /// Fills the caller's array with the next entries; the names are copies.
    pub(super) fn read_dir(&self) -> Result<usize> {
        // SAFETY: `uv_fs_readdir` has checked that this is an open directory.
        let dir = unsafe { &*self.ptr.get().cast::<uv_dir_t>() };
        let mut count = 0;
        while count < dir.nentries.get() {
            match self.read_one(dir) {
                Ok(None) => break,
                Ok(Some(entry)) => {
                    // SAFETY: the caller's array has `nentries` places.
                    unsafe { dir.dirents.get().add(count).write(entry) };
                    count += 1;
                }
                Err(error) => {
                    // SAFETY: the first `count` names were made here.
                    unsafe { free_names(self.ptr.get().cast(), count as isize) };
                    return Err(error);
                }
            }
        }
        Ok(count)
    }

    fn read_one(&self, dir: &uv_dir_t) -> Result<Option<uv_dirent_t>> {
        // SAFETY: the stream is open; libuv's users read a directory from one request
        // at a time.
        let Some(entry) = (unsafe { dir::next_in_stream(dir.dir.get()) })? else {
            return Ok(None);
        };
        Ok(Some(uv_dirent_t {
            name: alloc::copy_bytes(entry.name.to_bytes())?,
            type_: entry_type(entry.kind),
        }))
    }

    pub(super) fn close_dir(&self) -> Result {
        let block = self.ptr.replace(null_mut());
        // SAFETY: `uv_fs_closedir` has checked that there is a directory; it is not
        // used after this request.
        unsafe {
            let stream = (*block.cast::<uv_dir_t>()).dir.replace(null_mut());
            if !stream.is_null() {
                let _ = dir::close_stream(stream);
            }
            alloc::free(block);
        }
        Ok(())
    }
}
