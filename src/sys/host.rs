//! What the system says about itself.

use super::call;
use crate::errno::Result;

/// `uname(2)`.
pub(crate) fn uname() -> Result<libc::utsname> {
    // SAFETY: a utsname is plain characters, for which zero is valid.
    let mut name: libc::utsname = unsafe { core::mem::zeroed() };
    call!(uname(&mut name))?;
    Ok(name)
}

/// Writes the host's name to `name`.
pub(crate) fn hostname(name: &mut [u8]) -> Result {
    call!(gethostname(name.as_mut_ptr().cast(), name.len())).map(drop)
}

/// `sysinfo(2)`: memory and load.
pub(crate) fn sysinfo() -> Result<libc::sysinfo> {
    // SAFETY: a sysinfo is plain numbers, for which zero is valid.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    call!(sysinfo(&mut info))?;
    Ok(info)
}
