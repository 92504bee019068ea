//! Memory and load of the machine.

use crate::errno::Result;
use crate::sys::call;

/// `sysinfo(2)`: memory and load.
pub(crate) fn sysinfo() -> Result<libc::sysinfo> {
    // SAFETY: a sysinfo is plain numbers, for which zero is valid.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    call!(sysinfo(&mut info))?;
    Ok(info)
}
