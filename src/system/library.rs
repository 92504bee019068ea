//! `uv_dlopen` and its kin, and the message of the last error.

use crate::abi::uv_lib_t;
use crate::event_loop::alloc;
use crate::sys::library;
use core::ffi::{CStr, c_char};
use core::ptr;

/// The operation failed. The library's `errmsg` says why.
pub(crate) struct Failed;

impl uv_lib_t {
    /// Loads a library, or opens the program itself if `name` is null.
    ///
    /// # Safety
    /// `name` is null or a C string, and the library's initialisers may run.
    pub(crate) unsafe fn open(&self, name: *const c_char) -> Result<(), Failed> {
        // Clear the message of an earlier failure.
        library::error();
        self.errmsg.set(ptr::null_mut());
        // SAFETY: `name` is null or a C string; the caller accepts that initialisers run.
        self.handle.set(unsafe { library::open(name) });
        if self.handle.get().is_null() {
            return self.outcome();
        }
        Ok(())
    }

    /// Closes the library and frees the message.
    ///
    /// # Safety
    /// The library was opened by [`uv_lib_t::open`], and nothing in it is used any more.
    pub(crate) unsafe fn close(&self) {
        self.free_message();
        let handle = self.handle.replace(ptr::null_mut());
        if !handle.is_null() {
            // SAFETY: the handle came from `open`.
            unsafe { library::close(handle) };
        }
    }

    /// Looks a symbol up. A symbol whose value is null is not an error.
    ///
    /// # Safety
    /// The library was opened by [`uv_lib_t::open`].
    pub(crate) unsafe fn symbol(
        &self,
        name: &CStr,
        found: &mut *mut core::ffi::c_void,
    ) -> Result<(), Failed> {
        library::error();
        // SAFETY: the library is open, and `name` is a C string.
        *found = unsafe { library::symbol(self.handle.get(), name) };
        if found.is_null() {
            return self.outcome();
        }
        Ok(())
    }

    /// Returns the message of the last failure.
    pub(crate) fn error(&self) -> *const c_char {
        match self.errmsg.get() {
            message if message.is_null() => c"no error".as_ptr(),
            message => message,
        }
    }

    /// Stores the system's message for the last operation, if it failed.
    fn outcome(&self) -> Result<(), Failed> {
        self.free_message();
        let Some(message) = library::error() else {
            return Ok(());
        };
        let message = alloc::copy_bytes(message.to_bytes());
        self.errmsg.set(message.unwrap_or(ptr::null_mut()));
        Err(Failed)
    }

    fn free_message(&self) {
        let message = self.errmsg.replace(ptr::null_mut());
        // SAFETY: the message is null or a block of ours that no other code refers to.
        unsafe { alloc::free(message.cast()) };
    }
}
