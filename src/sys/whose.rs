//! What a thread has for itself: its number, its directories, its user, its waits.

use super::call;
use crate::errno::Result;
use core::ffi::c_int;

const KCMP_FS: c_int = 3;

/// The calling thread's number.
pub(crate) fn thread_id() -> c_int {
    // SAFETY: gettid takes no arguments and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as c_int }
}

/// Whether two threads share their working directory and root, and with them the mount
/// namespace. An error where that cannot be told.
pub(crate) fn share_directories(one: c_int, other: c_int) -> Result<bool> {
    call!(syscall(libc::SYS_kcmp, one, other, KCMP_FS, 0, 0)).map(|order| order == 0)
}

/// The user as whom the calling thread accesses files.
pub(crate) fn file_system_user() -> u32 {
    // SAFETY: -1 is no user: the call changes nothing and answers with the present one.
    unsafe { libc::setfsuid(libc::uid_t::MAX) as u32 }
}

/// How often the calling thread has slept.
pub(crate) fn sleeps() -> Result<i64> {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut usage: libc::rusage = unsafe { core::mem::zeroed() };
    call!(getrusage(libc::RUSAGE_THREAD, &mut usage))?;
    Ok(usage.ru_nvcsw as i64)
}
