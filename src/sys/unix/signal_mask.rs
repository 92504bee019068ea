//! The calling thread's signal mask.

/// Blocks or unblocks one signal for the calling thread.
pub(crate) fn set_blocked(signum: i32, blocked: bool) {
    let how = if blocked {
        libc::SIG_BLOCK
    } else {
        libc::SIG_UNBLOCK
    };
    // SAFETY: sigemptyset fills the set before anything reads it; the old mask is not asked for.
    unsafe {
        let mut set = core::mem::zeroed::<libc::sigset_t>();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, signum);
        libc::pthread_sigmask(how, &set, core::ptr::null_mut());
    }
}
