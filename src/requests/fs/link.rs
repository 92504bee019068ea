//! Requests whose result is a path: readlink, realpath, mkdtemp and mkstemp.

use crate::abi::uv_fs_t;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::file;

/// The first size of the buffer for a link's target.
const SHORT: usize = 256;

/// The end of a template, which is replaced.
const PATTERN: &[u8] = b"XXXXXX";

impl uv_fs_t {
    /// Sets `ptr` to the target of the link, whatever its length.
    pub(super) fn read_link(&self) -> Result {
        let mut short = [0; SHORT];
        let len = file::readlink(self.path_str(), &mut short)?;
        if len < SHORT {
            self.ptr.set(alloc::copy_bytes(&short[..len])?.cast());
            return Ok(());
        }
        let mut capacity = SHORT * 8;
        loop {
            let block: *mut u8 = alloc::calloc(1, capacity)?;
            // SAFETY: the block has `capacity` bytes, all set to zero.
            let bytes = unsafe { core::slice::from_raw_parts_mut(block, capacity) };
            match file::readlink(self.path_str(), bytes) {
                // The block is zeroed, so a NUL follows.
                Ok(len) if len < capacity => {
                    self.ptr.set(block.cast());
                    return Ok(());
                }
                result => {
                    // SAFETY: the block was allocated above and is not used again.
                    unsafe { alloc::free(block.cast()) };
                    result?;
                }
            }
            capacity *= 2;
        }
    }

    /// Sets `ptr` to the absolute path without symbolic links.
    pub(super) fn real_path(&self) -> Result {
        let copy = file::realpath(self.path_str(), |path| alloc::copy_bytes(path.to_bytes()))?;
        self.ptr.set(copy.cast());
        Ok(())
    }

    /// Makes a directory and writes its name over the template in `path`.
    pub(super) fn make_temporary_dir(&self) -> Result {
        // SAFETY: the path of this kind of request is its own copy.
        unsafe { file::mkdtemp(self.path.get().cast_mut()) }
    }

    /// Makes a file, writes its name over the template in `path`, and returns its descriptor. After
    /// an error the path is empty.
    pub(super) fn make_temporary_file(&self) -> Result<usize> {
        let template = self.path.get().cast_mut();
        let made = if self.path_str().to_bytes().ends_with(PATTERN) {
            // SAFETY: the path of this kind of request is its own copy.
            unsafe { file::mkstemp(template) }
        } else {
            Err(Errno::INVAL)
        };
        if made.is_err() {
            // SAFETY: `template` is the request's own copy, which has at least the NUL at its end.
            unsafe { template.write(0) };
        }
        made.map(|fd| fd as usize)
    }
}
