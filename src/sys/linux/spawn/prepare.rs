//! What the child does before it runs the program.

use super::descriptors::duplicate;
use super::{Plan, Start, end_child};
use crate::errno::Result;
use crate::sys::{call, fd, signal};
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
        let _ = fd::write(error_fd, &number.to_ne_bytes());
    }
    end_child()
}

impl Plan {
    /// Sets up signals, descriptors, directory, user and group of the child.
    unsafe fn prepare(&self, error_fd: &mut c_int) -> Result {
        // The error pipe must not be overwritten by the child's descriptors.
        if *error_fd != -1 && *error_fd < self.slot_count {
            *error_fd = duplicate(*error_fd, self.slot_count)?;
        }
        for signum in 1..=64 {
            // This fails for signals whose disposition cannot change. CLONE_CLEAR_SIGHAND would not
            // reset ignored signals, and to find those takes as many calls.
            let _ = signal::uninstall(signum);
        }
        if self.detached {
            // This fails only for the leader of a process group, which the child is not.
            // SAFETY: setsid takes no arguments.
            let _ = call!(unsafe { libc::setsid() });
        }
        // SAFETY: the slots are as many as the plan says, and the child's alone now.
        let slots =
            unsafe { core::slice::from_raw_parts_mut(self.slots, self.slot_count as usize) };
        // If both fail, libuv returns the error of the first: a child that forks sets its
        // descriptors before its directory, one that does not, after it.
        if self.forks {
            self.move_descriptors(slots)?;
            self.change_dir()?;
        } else {
            self.change_dir()?;
            self.move_descriptors(slots)?;
        }
        if self.uid.is_some() || self.gid.is_some() {
            // Only root may do this, and only root has groups to drop.
            // SAFETY: no groups are passed, so the null list is not read.
            let _ = call!(unsafe { libc::setgroups(0, null()) });
        }
        if let Some(gid) = self.gid {
            // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
            call!(unsafe { libc::setgid(gid) })?;
        }
        if let Some(uid) = self.uid {
            // SAFETY: only numbers are passed, and the kernel refuses invalid ones.
            call!(unsafe { libc::setuid(uid) })?;
        }
        signal::unblock_all();
        Ok(())
    }

    fn change_dir(&self) -> Result {
        if !self.cwd.is_null() {
            // SAFETY: `cwd` is a C string, which the options keep alive.
            call!(unsafe { libc::chdir(self.cwd) })?;
        }
        Ok(())
    }
}
