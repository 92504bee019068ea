//! What the system says about itself.

use crate::errno::Result;
use crate::sys::call;
use core::ffi::CStr;

/// `uname(2)`.
pub(crate) fn uname() -> Result<libc::utsname> {
    // SAFETY: a utsname is plain characters, for which zero is valid.
    let mut name: libc::utsname = unsafe { core::mem::zeroed() };
    call!(uname(&mut name))?;
    Ok(name)
}

/// The host's name, which is written to `room`.
pub(crate) fn hostname(room: &mut [u8; 256]) -> Result<&CStr> {
    call!(gethostname(room.as_mut_ptr().cast(), room.len()))?;
    // A name that does not fit need not have one.
    room[255] = 0;
    // SAFETY: the last byte, if no other one, is a NUL.
    Ok(unsafe { CStr::from_ptr(room.as_ptr().cast()) })
}
