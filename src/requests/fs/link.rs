//! Paths as answers: what links say, where paths lead, names that are made up.

use crate::abi::uv_fs_t;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::file;
use core::ffi::c_char;

/// The room for what a link says, to begin with.
const SHORT: usize = 256;

/// The end of a template, to be replaced.
const PATTERN: &[u8] = b"XXXXXX";

impl uv_fs_t {
    /// Answers through `ptr` with what the link says, however long that is.
    pub(super) fn read_link(&self) -> Result {
        let mut short = [0; SHORT];
        let len = file::readlink(self.first(), &mut short)?;
        if len < SHORT {
            return self.answer(alloc::copy_bytes(&short[..len]));
        }
        let mut room = SHORT * 8;
        loop {
            let block = alloc::calloc(1, room).cast::<u8>();
            if block.is_null() {
                return Err(Errno::NOMEM);
            }
            // SAFETY: the block has `room` bytes, all set to zero.
            let bytes = unsafe { core::slice::from_raw_parts_mut(block, room) };
            match file::readlink(self.first(), bytes) {
                // A zero is left to end the string.
                Ok(len) if len < room => return self.answer(block.cast()),
                result => {
                    // SAFETY: the block was allocated above and is not used again.
                    unsafe { alloc::free(block.cast()) };
                    result?;
                }
            }
            room *= 2;
        }
    }

    /// Answers through `ptr` with the absolute path that has no links in it.
    pub(super) fn real_path(&self) -> Result {
        let copy = file::realpath(self.first(), |path| alloc::copy_bytes(path.to_bytes()))?;
        self.answer(copy)
    }

    fn answer(&self, text: *mut c_char) -> Result {
        if text.is_null() {
            return Err(Errno::NOMEM);
        }
        self.ptr.set(text.cast());
        Ok(())
    }

    /// Makes a directory and writes its name over the template in `path`.
    pub(super) fn make_temporary_dir(&self) -> Result {
        // SAFETY: the path of this kind of request is its own copy.
        unsafe { file::mkdtemp(self.path.get().cast_mut()) }
    }

    /// Makes a file, writes its name over the template in `path`, and answers with
    /// its descriptor. A failure leaves the path empty.
    pub(super) fn make_temporary_file(&self) -> Result<usize> {
        let template = self.path.get().cast_mut();
        let made = if self.first().to_bytes().ends_with(PATTERN) {
            // SAFETY: the path of this kind of request is its own copy.
            unsafe { file::mkstemp(template) }
        } else {
            Err(Errno::INVAL)
        };
        if made.is_err() {
            // SAFETY: the path is the request's own copy; a C string has at least one byte.
            unsafe { template.write(0) };
        }
        made.map(|fd| fd as usize)
    }
}
