//! Users and the environment. (Miscellaneous utilities)
//!
//! The environment belongs to the C library, which lets no thread change it while another
//! thread reads it.

use crate::abi::{uv_env_item_t, uv_group_t, uv_passwd_t, uv_uid_t};
use crate::errno::{Errno, IntoC};
use crate::event_loop::alloc;
use crate::sys;
use crate::system::{OutBuf, c_str, env, users};
use core::ffi::{c_char, c_int};
use core::ptr;

/// Looks up the user that the process acts as, in the system's database.
///
/// Free the result with `uv_os_free_passwd`.
///
/// Returns 0, `UV_EINVAL` when `pwd` is null, `UV_ENOENT` when there is no such user,
/// `UV_ENOMEM`, or what the system says.
///
/// # Safety
/// `pwd` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_passwd(pwd: *mut uv_passwd_t) -> c_int {
    // SAFETY: the caller keeps the same contract.
    unsafe { uv_os_get_passwd2(pwd, sys::process::effective_uid()) }
}

/// Looks up the user with the id `uid`, in the system's database.
///
/// Free the result with `uv_os_free_passwd`.
///
/// Returns 0, `UV_EINVAL` when `pwd` is null, `UV_ENOENT` when there is no such user,
/// `UV_ENOMEM`, or what the system says.
///
/// # Safety
/// `pwd` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_passwd2(pwd: *mut uv_passwd_t, uid: uv_uid_t) -> c_int {
    if pwd.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes a place for the entry.
    users::user(uid)
        .map(|user| unsafe { pwd.write(user) })
        .into_c()
}

/// Frees what `uv_os_get_passwd` or `uv_os_get_passwd2` gave and sets its pointers to null.
///
/// # Safety
/// `pwd` is such an entry, one that this function has been called for already, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_free_passwd(pwd: *mut uv_passwd_t) {
    // SAFETY: the caller passes an entry or null.
    if let Some(pwd) = unsafe { pwd.as_mut() } {
        // SAFETY: all strings of an entry are in the block that its name begins.
        unsafe { alloc::free(pwd.username.cast()) };
        pwd.username = ptr::null_mut();
        pwd.shell = ptr::null_mut();
        pwd.homedir = ptr::null_mut();
    }
}

/// Looks up the group with the id `gid`, in the system's database.
///
/// Free the result with `uv_os_free_group`.
///
/// Returns 0, `UV_EINVAL` when `grp` is null, `UV_ENOENT` when there is no such group,
/// `UV_ENOMEM`, or what the system says.
///
/// # Safety
/// `grp` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_group(grp: *mut uv_group_t, gid: uv_uid_t) -> c_int {
    if grp.is_null() {
        return Errno::INVAL.raw();
    }
    // SAFETY: the caller passes a place for the entry.
    users::group(gid)
        .map(|group| unsafe { grp.write(group) })
        .into_c()
}

/// Frees what `uv_os_get_group` gave and sets its pointers to null.
///
/// # Safety
/// `grp` is such an entry, one that this function has been called for already, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_free_group(grp: *mut uv_group_t) {
    // SAFETY: the caller passes an entry or null.
    if let Some(grp) = unsafe { grp.as_mut() } {
        // SAFETY: all strings of an entry are in the block that its members begin.
        unsafe { alloc::free(grp.members.cast()) };
        grp.members = ptr::null_mut();
        grp.groupname = ptr::null_mut();
    }
}

/// Lists the variables of the environment.
///
/// `*envitems` becomes an array of `*count` elements, to be freed with
/// `uv_os_free_environ`.
///
/// Returns 0, or `UV_ENOMEM`: then they are null and 0.
///
/// # Safety
/// Both pointers are writable; no thread changes the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_environ(
    envitems: *mut *mut uv_env_item_t,
    count: *mut c_int,
) -> c_int {
    let list = env::list();
    let (first, length) = list.unwrap_or((ptr::null_mut(), 0));
    // SAFETY: the caller passes places for both.
    unsafe {
        *envitems = first;
        *count = length as c_int;
    }
    list.map(drop).into_c()
}

/// Frees what `uv_os_environ` gave.
///
/// # Safety
/// `envitems` and `count` came from `uv_os_environ`, and the list is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_free_environ(envitems: *mut uv_env_item_t, count: c_int) {
    // SAFETY: the caller passes a list of ours and its length.
    unsafe { env::free(envitems, usize::try_from(count).unwrap_or(0)) };
}

/// Writes the value of the environment's variable `name`.
///
/// It is what getenv(3) says, also in a program that runs with more rights than its caller:
/// do not trust it there.
///
/// `*size` is the room in `buffer` and becomes the length of the value without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, `UV_ENOENT` when there is
/// no such variable, or `UV_ENOBUFS` when the value does not fit: then `*size` is the room
/// that it needs, its NUL included.
///
/// # Safety
/// `name` is a C string or null; `size` is valid or null; `buffer` is null or writable for
/// `*size` bytes; no thread changes the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_getenv(
    name: *const c_char,
    buffer: *mut c_char,
    size: *mut usize,
) -> c_int {
    // SAFETY: the caller passes a C string, a buffer and its size, or null.
    match unsafe { (c_str(name), OutBuf::new(buffer, size)) } {
        (Ok(name), Ok(out)) => env::get(name, out).into_c(),
        _ => Errno::INVAL.raw(),
    }
}

/// Sets the environment's variable `name` to `value`.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `name` is empty or contains `=`, or
/// `UV_ENOMEM`.
///
/// # Safety
/// Both are C strings or null; no other thread uses the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_setenv(name: *const c_char, value: *const c_char) -> c_int {
    // SAFETY: the caller passes C strings or null.
    match unsafe { (c_str(name), c_str(value)) } {
        (Ok(name), Ok(value)) => sys::env::set(name, value).into_c(),
        _ => Errno::INVAL.raw(),
    }
}

/// Removes the environment's variable `name`, if there is one.
///
/// Returns 0, or `UV_EINVAL` when `name` is null or empty or contains `=`.
///
/// # Safety
/// `name` is a C string or null; no other thread uses the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_unsetenv(name: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(name) }.and_then(sys::env::unset).into_c()
}

/// Writes the home directory: the variable `HOME`, or what the database says of the user
/// that the process acts as.
///
/// A program that runs with more rights than its caller (set-user-ID, set-group-ID, file
/// capabilities; see secure_getenv(3)) does not use the variable.
///
/// `*size` is the room in `buffer` and becomes the length of the path without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, `UV_ENOBUFS` when the path
/// does not fit (then `*size` is the room that it needs, its NUL included), or as
/// `uv_os_get_passwd` does.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes; no thread changes
/// the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_homedir(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(env::homedir)
        .into_c()
}

/// Writes the directory for temporary files: the first there is of the variables `TMPDIR`,
/// `TMP`, `TEMP` and `TEMPDIR`, or `/tmp`, without a slash at its end.
///
/// A program that runs with more rights than its caller (set-user-ID, set-group-ID, file
/// capabilities; see secure_getenv(3)) does not use the variables.
///
/// `*size` is the room in `buffer` and becomes the length of the path without its NUL.
///
/// Returns 0, `UV_EINVAL` when a pointer is null or `*size` is 0, or `UV_ENOBUFS` when the
/// path does not fit: then `*size` is the room that it needs, its NUL included.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes; no thread changes
/// the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_tmpdir(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::new(buffer, size) }
        .and_then(env::tmpdir)
        .into_c()
}
