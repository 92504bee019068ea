//! The user and group databases.

use crate::errno::{Errno, Result};
use core::ffi::c_int;

/// The result of one of the look-ups: they return the error number.
fn found<T>(error: c_int, entry: *mut T, storage: T) -> Result<Option<T>> {
    match error {
        0 => Ok((!entry.is_null()).then_some(storage)),
        error => Err(Errno::from_raw(error)),
    }
}

/// Looks a user up; the strings of the entry lie in `room`. `ERANGE`: it is too small.
pub(crate) fn user(uid: libc::uid_t, room: &mut [u8]) -> Result<Option<libc::passwd>> {
    loop {
        // SAFETY: a passwd is numbers and pointers, for which zero is valid.
        let mut user: libc::passwd = unsafe { core::mem::zeroed() };
        let mut entry = core::ptr::null_mut();
        // SAFETY: every pointer is to live memory of the size that is named.
        let error = unsafe {
            libc::getpwuid_r(
                uid,
                &mut user,
                room.as_mut_ptr().cast(),
                room.len(),
                &mut entry,
            )
        };
        if error != libc::EINTR {
            return found(error, entry, user);
        }
    }
}

/// Looks a group up; the strings of the entry lie in `room`. `ERANGE`: it is too small.
pub(crate) fn group(gid: libc::gid_t, room: &mut [u8]) -> Result<Option<libc::group>> {
    loop {
        // SAFETY: a group is numbers and pointers, for which zero is valid.
        let mut group: libc::group = unsafe { core::mem::zeroed() };
        let mut entry = core::ptr::null_mut();
        // SAFETY: every pointer is to live memory of the size that is named.
        let error = unsafe {
            libc::getgrgid_r(
                gid,
                &mut group,
                room.as_mut_ptr().cast(),
                room.len(),
                &mut entry,
            )
        };
        if error != libc::EINTR {
            return found(error, entry, group);
        }
    }
}
