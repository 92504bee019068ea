//! The host: its name, and the databases of its users and groups.

use crate::errno::{Errno, Result};
use crate::sys::{call, check};
use core::ffi::{CStr, c_char, c_int};

/// `uname(2)`.
pub(crate) fn uname() -> Result<libc::utsname> {
    // SAFETY: a utsname is plain characters, for which zero is valid.
    let mut name: libc::utsname = unsafe { core::mem::zeroed() };
    // SAFETY: `name` is a utsname.
    call!(unsafe { libc::uname(&mut name) })?;
    Ok(name)
}

/// The host's name, which is written to `buffer`.
pub(crate) fn hostname(buffer: &mut [u8; 256]) -> Result<&CStr> {
    // SAFETY: `buffer` is writable for its length.
    call!(unsafe { libc::gethostname(buffer.as_mut_ptr().cast(), buffer.len()) })?;
    // A name that does not fit need not have one.
    buffer[255] = 0;
    // SAFETY: the last byte, if no other one, is a NUL.
    Ok(unsafe { CStr::from_ptr(buffer.as_ptr().cast()) })
}

/// The type of getpwuid_r and getgrgid_r: the id, the entry, the buffer for its strings, and the
/// found entry or null. They return the error, as pthread functions do.
type LookUp<T> = unsafe extern "C" fn(u32, *mut T, *mut c_char, usize, *mut *mut T) -> c_int;

/// Looks an entry up; repeats a look-up that a signal has interrupted.
///
/// # Safety
/// `look_up` is one of the C library's; a `T` may be all zero.
unsafe fn find<T>(look_up: LookUp<T>, id: u32, buffer: &mut [u8]) -> Result<Option<T>> {
    loop {
        // SAFETY: a `T` may be all zero.
        let mut storage: T = unsafe { core::mem::zeroed() };
        let mut entry = core::ptr::null_mut();
        // SAFETY: the entry and the pointer to it are writable, and `buffer` is for its length.
        let error = unsafe {
            let strings = buffer.as_mut_ptr().cast();
            look_up(id, &mut storage, strings, buffer.len(), &mut entry)
        };
        match check(error) {
            Err(Errno::INTR) => {}
            looked => return looked.map(|()| (!entry.is_null()).then_some(storage)),
        }
    }
}

/// Looks a user up. The strings of the entry are in `buffer`; `ERANGE` if that is too small.
pub(crate) fn user(uid: libc::uid_t, buffer: &mut [u8]) -> Result<Option<libc::passwd>> {
    // SAFETY: a passwd is numbers and pointers, for which zero is valid.
    unsafe { find(libc::getpwuid_r, uid, buffer) }
}

/// Looks a group up. The strings of the entry are in `buffer`; `ERANGE` if that is too small.
pub(crate) fn group(gid: libc::gid_t, buffer: &mut [u8]) -> Result<Option<libc::group>> {
    // SAFETY: a group is numbers and pointers, for which zero is valid.
    unsafe { find(libc::getgrgid_r, gid, buffer) }
}
