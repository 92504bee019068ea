//! The path that a handle watches, reference-counted: a callback gets its last part as the name,
//! and may use it after it has stopped, closed or freed the handle.

use crate::errno::Result;
use crate::event_loop::alloc;
use core::cell::Cell;
use core::ffi::{CStr, c_char};

/// A reference to a block, which holds the number of references and the path as a C string.
pub(super) struct Path(*mut c_char);

/// The size of the count before the string.
const HEAD: usize = size_of::<Cell<usize>>();

impl Path {
    /// Copies a path.
    pub(super) fn new(path: &CStr) -> Result<Path> {
        let bytes = path.to_bytes_with_nul();
        let block: *mut u8 = alloc::malloc(HEAD + bytes.len())?;
        // SAFETY: the block is fresh, aligned as malloc aligns, and has room for both.
        unsafe {
            block.cast::<Cell<usize>>().write(Cell::new(1));
            let text = block.add(HEAD);
            text.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            Ok(Path(text.cast()))
        }
    }

    /// Turns the reference into a pointer to the string, for a handle.
    pub(super) fn into_raw(self) -> *mut c_char {
        let text = self.0;
        core::mem::forget(self);
        text
    }

    /// Turns the pointer of a handle into a reference again.
    ///
    /// # Safety
    /// `text` came from [`Self::into_raw`] and is not used again.
    pub(super) unsafe fn from_raw(text: *mut c_char) -> Path {
        Path(text)
    }

    /// A new reference to the path of a handle.
    ///
    /// # Safety
    /// `text` came from [`Self::into_raw`] and has not been taken back.
    pub(super) unsafe fn shared(text: *mut c_char) -> Path {
        let path = Path(text);
        path.owners().set(path.owners().get() + 1);
        path
    }

    fn owners(&self) -> &Cell<usize> {
        // SAFETY: the count lies before the string for as long as there are owners.
        unsafe { &*self.0.cast::<u8>().sub(HEAD).cast() }
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        // SAFETY: `new` made a NUL-terminated copy, which lives as long as its owners.
        unsafe { CStr::from_ptr(self.0) }
    }

    /// The part after the last slash.
    pub(super) fn file_name(&self) -> &CStr {
        let bytes = self.as_c_str().to_bytes_with_nul();
        let slash = bytes.iter().rposition(|byte| *byte == b'/');
        let start = slash.map_or(0, |at| at + 1);
        CStr::from_bytes_with_nul(&bytes[start..]).unwrap_or(c"")
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        let left = self.owners().get() - 1;
        self.owners().set(left);
        if left == 0 {
            // SAFETY: the block of the allocator's begins with the count, and this was its
            // last owner.
            unsafe { alloc::free(self.0.cast::<u8>().sub(HEAD).cast()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_outlives_the_handle_that_kept_the_path() {
        let kept = Path::new(c"a/b/name").unwrap().into_raw();
        // SAFETY: kept above, and taken back once, below.
        let shared = unsafe { Path::shared(kept) };
        // SAFETY: not used again.
        drop(unsafe { Path::from_raw(kept) });
        assert_eq!(shared.file_name(), c"name");
        assert_eq!(shared.as_c_str(), c"a/b/name");
    }

    #[test]
    fn names() {
        for (path, name) in [(c"/", c""), (c"a", c"a"), (c"a/", c""), (c"", c"")] {
            assert_eq!(Path::new(path).unwrap().file_name(), name);
        }
    }
}
