//! What the child does before it runs the program.

use super::descriptors::duplicate;
use super::{Plan, Start, end_child};
use crate::errno::Result;
use crate::sys::{call, call_retry, signal};
use core::ffi::{c_int, c_void};
use core::ptr::null;
use core::sync::atomic::Ordering::Release;

/// The child, which never returns.
pub(super) extern "C" fn enter(argument: *mut c_void) -> c_int {
    // SAFETY: the parent's frame is alive: it sleeps, or this is a copy of it.
    let start = unsafe { &*argument.cast::<Start>() };
    let mut error_fd = start.error_fd;
    // SAFETY: the plan is what `spawn` was promised.
    let error = unsafe {
        match start.plan.prepare(&mut error_fd) {
            Ok(()) => start.plan.exec(),
            Err(error) => error,
        }
    };
    let number = -error.raw();
    if error_fd == -1 {
        start.error.store(number, Release);
    } else {
        let bytes = number.to_ne_bytes();
        let _ = call_retry!(write(error_fd, bytes.as_ptr().cast(), bytes.len()));
    }
    end_child()
}

impl Plan {
    /// Makes the child what it is to be, short of running the program.
    unsafe fn prepare(&self, error_fd: &mut c_int) -> Result {
        // The report must survive the moving of descriptors.
        if *error_fd != -1 && *error_fd < self.slot_count {
            *error_fd = duplicate(*error_fd, self.slot_count)?;
        }
        for signum in 1..=64 {
            // Some cannot be changed, and need not be. CLONE_CLEAR_SIGHAND would leave
            // those that are ignored, and to ask which they are takes as many calls.
            let _ = signal::uninstall(signum);
        }
        if self.detached {
            // It fails only for a process group's leader, which a child is not.
            let _ = call!(setsid());
        }
        // SAFETY: the slots are as many as the plan says, and the child's alone now.
        let slots =
            unsafe { core::slice::from_raw_parts_mut(self.slots, self.slot_count as usize) };
        // Of two things that are wrong libuv tells the first it meets: a child that
        // forks has its descriptors before its place, one that does not, after.
        if self.forks {
            self.move_descriptors(slots)?;
            self.change_dir()?;
        } else {
            self.change_dir()?;
            self.move_descriptors(slots)?;
        }
        if self.uid.is_some() || self.gid.is_some() {
            // Only root may, and only root has groups to lose.
            let _ = call!(setgroups(0, null()));
        }
        if let Some(gid) = self.gid {
            call!(setgid(gid))?;
        }
        if let Some(uid) = self.uid {
            call!(setuid(uid))?;
        }
        signal::unblock_all();
        Ok(())
    }

    fn change_dir(&self) -> Result {
        if !self.cwd.is_null() {
            call!(chdir(self.cwd))?;
        }
        Ok(())
    }
}
