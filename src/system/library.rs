//! Shared libraries, and the message of the last error.

use crate::abi::uv_lib_t;
use crate::event_loop::alloc;
use crate::sys::library;
use core::ffi::{CStr, c_char};
use core::ptr;

/// The operation failed, and the message says how.
pub(crate) struct Failed;

impl uv_lib_t {
    /// Loads a library, or the program itself for a null name.
    ///
    /// # Safety
    /// `name` is null or a C string, and the library's initialisers may run.
    pub(crate) unsafe fn open(&self, name: *const c_char) -> Result<(), Failed> {
        // What an earlier failure left must not be taken for this one's.
        library::error();
        self.errmsg.set(ptr::null_mut());
        // SAFETY: `name` is null or NUL-terminated.
        self.handle.set(unsafe { library::open(name) });
        if self.handle.get().is_null() {
            return self.outcome();
        }
        Ok(())
    }

    /// Lets go of the library and of the message.
    ///
    /// # Safety
    /// The library was opened by [`uv_lib_t::open`], and nothing in it is used any more.
    pub(crate) unsafe fn close(&self) {
        self.forget_error();
        let handle = self.handle.replace(ptr::null_mut());
        if !handle.is_null() {
            // SAFETY: the handle came from `open`.
            unsafe { library::close(handle) };
        }
    }

    /// Looks a symbol up. One whose value is null has been found nevertheless.
    ///
    /// # Safety
    /// The library was opened by [`uv_lib_t::open`].
    pub(crate) unsafe fn symbol(
        &self,
        name: &CStr,
        found: &mut *mut core::ffi::c_void,
    ) -> Result<(), Failed> {
        library::error();
        // SAFETY: the handle is null or an open library.
        *found = unsafe { library::symbol(self.handle.get(), name) };
        if found.is_null() {
            return self.outcome();
        }
        Ok(())
    }

    /// The message of the last failure.
    pub(crate) fn error(&self) -> *const c_char {
        match self.errmsg.get() {
            message if message.is_null() => c"no error".as_ptr(),
            message => message,
        }
    }

    /// Keeps what the system says about the last operation.
    fn outcome(&self) -> Result<(), Failed> {
        self.forget_error();
        let Some(message) = library::error() else {
            return Ok(());
        };
        self.errmsg.set(alloc::copy_bytes(message.to_bytes()));
        Err(Failed)
    }

    fn forget_error(&self) {
        let message = self.errmsg.replace(ptr::null_mut());
        // SAFETY: the message is null or a block of ours that no other code refers to.
        unsafe { alloc::free(message.cast()) };
    }
}
