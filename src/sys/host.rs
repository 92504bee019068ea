//! What the system says about itself.

use super::call;
use crate::errno::Result;
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

/// `sysinfo(2)`: memory and load.
pub(crate) fn sysinfo() -> Result<libc::sysinfo> {
    // SAFETY: a sysinfo is plain numbers, for which zero is valid.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    call!(sysinfo(&mut info))?;
    Ok(info)
}
