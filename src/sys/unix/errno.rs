//! The calling thread's `errno`.

use crate::errno::Errno;
use core::ffi::c_int;

impl Errno {
    /// A connect is under way; it never reaches C.
    pub(crate) const INPROGRESS: Errno = Errno::from_raw(libc::EINPROGRESS);
    /// There is no such child to wait for; it never reaches C.
    pub(crate) const CHILD: Errno = Errno::from_raw(libc::ECHILD);

    /// What the last failed call of this thread left.
    pub(crate) fn last() -> Errno {
        Errno::from_raw(save())
    }
}

/// The present `errno`, for [`restore`].
pub(crate) fn save() -> c_int {
    // SAFETY: the location is the calling thread's own and always valid.
    unsafe { *libc::__errno_location() }
}

/// Sets `errno` back.
pub(crate) fn restore(errno: c_int) {
    // SAFETY: the location is the calling thread's own and always valid.
    unsafe { *libc::__errno_location() = errno };
}
