//! Users and the environment. (Miscellaneous utilities)
//!
//! These functions belong to no loop. The environment belongs to the C library: no thread
//! may change it while another thread reads it. Apart from that they may be called from any
//! thread.

use super::store;
use crate::abi::{uv_env_item_t, uv_group_t, uv_passwd_t, uv_uid_t};
use crate::errno::IntoC;
use crate::event_loop::alloc;
use crate::sys;
use crate::system::{OutBuf, c_str, env, users};
use core::ffi::{c_char, c_int};
use core::ptr;

/// Looks up the entry of the effective user of the process in the system's user database.
///
/// It fills in `pwd->username`, `uid`, `gid`, `shell` and `homedir`. A string that the
/// entry lacks is empty. Free them with `uv_os_free_passwd`. The look-up may wait for files
/// or servers.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `pwd` is null; `UV_ENOENT` if
/// there is no such user; `UV_ENOMEM`; or the negated error of getpwuid_r(3). With an error
/// `pwd` is not written.
///
/// Since libuv 1.9.
///
/// # Safety
/// `pwd` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_passwd(pwd: *mut uv_passwd_t) -> c_int {
    // SAFETY: the caller keeps the same contract.
    unsafe { uv_os_get_passwd2(pwd, sys::process::effective_uid()) }
}

/// Looks up the entry of the user with the id `uid` in the system's user database.
///
/// It fills in `pwd->username`, `uid`, `gid`, `shell` and `homedir`. A string that the
/// entry lacks is empty. Free them with `uv_os_free_passwd`. The look-up may wait for files
/// or servers.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `pwd` is null; `UV_ENOENT` if
/// there is no such user; `UV_ENOMEM`; or the negated error of getpwuid_r(3). With an error
/// `pwd` is not written.
///
/// Since libuv 1.45.
///
/// # Safety
/// `pwd` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_passwd2(pwd: *mut uv_passwd_t, uid: uv_uid_t) -> c_int {
    // SAFETY: the caller passes a place for the entry, or null.
    unsafe { store(pwd, || users::user(uid)) }
}

/// Frees the strings that `uv_os_get_passwd` or `uv_os_get_passwd2` gave and sets the
/// pointers to null.
///
/// `*pwd` itself stays the caller's. A null `pwd` and a second call do nothing. May be
/// called from any thread.
///
/// Since libuv 1.9.
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

/// Looks up the entry of the group with the id `gid` in the system's group database.
///
/// It fills in `grp->groupname`, `gid` and `members`, a list of names that ends with a null
/// pointer. Free them with `uv_os_free_group`. The look-up may wait for files or servers.
///
/// May be called from any thread. Returns 0; `UV_EINVAL` if `grp` is null; `UV_ENOENT` if
/// there is no such group; `UV_ENOMEM`; or the negated error of getgrgid_r(3). With an
/// error `grp` is not written.
///
/// Since libuv 1.45.
///
/// # Safety
/// `grp` is writable or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_get_group(grp: *mut uv_group_t, gid: uv_uid_t) -> c_int {
    // SAFETY: the caller passes a place for the entry, or null.
    unsafe { store(grp, || users::group(gid)) }
}

/// Frees what `uv_os_get_group` gave and sets the pointers to null.
///
/// `*grp` itself stays the caller's. A null `grp` and a second call do nothing. May be
/// called from any thread.
///
/// Since libuv 1.45.
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

/// Copies all variables of the environment to a new array.
///
/// `*envitems` becomes the array and `*count` the number of its elements, each with a
/// `name` and a `value`. Free it with `uv_os_free_environ`, also if `*count` is 0. Neither
/// pointer may be null.
///
/// No thread may change the environment meanwhile. Returns 0, or `UV_ENOMEM`: then
/// `*envitems` is null and `*count` is 0.
///
/// Since libuv 1.31.
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

/// Frees the array that `uv_os_environ` gave, with all its strings. `count` is the number
/// that it gave.
///
/// A null `envitems` with a `count` of 0 does nothing. May be called from any thread.
///
/// Since libuv 1.31.
///
/// # Safety
/// `envitems` and `count` came from `uv_os_environ`, and the list is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_free_environ(envitems: *mut uv_env_item_t, count: c_int) {
    // SAFETY: the caller passes a list of ours and its length.
    unsafe { env::free(envitems, usize::try_from(count).unwrap_or(0)) };
}

/// Copies the value of the environment's variable `name` and a NUL to `buffer`.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of the value, without
/// the NUL.
///
/// The value is what getenv(3) gives, also in a program that runs with more rights than its
/// caller (set-user-ID and the like): do not trust it there. No thread may change the
/// environment meanwhile.
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENOENT` if there is no
/// such variable; `UV_ENOBUFS` if the value does not fit: then `*size` becomes the size
/// that it needs, its NUL included.
///
/// Since libuv 1.12.
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
    unsafe { c_str(name).and_then(|name| OutBuf::fill(buffer, size, |out| env::get(name, out))) }
        .into_c()
}

/// Sets the environment's variable `name` to `value`, whether it exists or not. Both are
/// copied.
///
/// No other thread may use the environment meanwhile. Returns 0; `UV_EINVAL` if a pointer
/// is null, or `name` is empty or contains `=`; `UV_ENOMEM` without memory.
///
/// Since libuv 1.12.
///
/// # Safety
/// Both are C strings or null; no other thread uses the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_setenv(name: *const c_char, value: *const c_char) -> c_int {
    // SAFETY: the caller passes C strings or null.
    unsafe { c_str(name).and_then(|name| sys::env::set(name, c_str(value)?)) }.into_c()
}

/// Removes the environment's variable `name`. It is no error if there is none.
///
/// No other thread may use the environment meanwhile. Returns 0, or `UV_EINVAL` if `name`
/// is null or empty or contains `=`.
///
/// Since libuv 1.12.
///
/// # Safety
/// `name` is a C string or null; no other thread uses the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_unsetenv(name: *const c_char) -> c_int {
    // SAFETY: the caller passes a C string or null.
    unsafe { c_str(name) }.and_then(sys::env::unset).into_c()
}

/// Copies the path of the home directory and a NUL to `buffer`: the variable `HOME`, or if
/// it is not set, what the user database says of the effective user.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of the path, without the
/// NUL. The path is not checked.
///
/// A program that runs with more rights than its caller (set-user-ID, set-group-ID, file
/// capabilities; see secure_getenv(3)) does not use the variable. No thread may change the
/// environment meanwhile.
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENOBUFS` if the path
/// does not fit: then `*size` becomes the size that it needs, its NUL included; `UV_ENOENT`
/// if there is no variable and no such user; `UV_ENOMEM`; or the negated error of
/// getpwuid_r(3).
///
/// Since libuv 1.6.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes; no thread changes
/// the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_homedir(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, env::homedir) }.into_c()
}

/// Copies the path of the directory for temporary files and a NUL to `buffer`: the first
/// variable that is set of `TMPDIR`, `TMP`, `TEMP` and `TEMPDIR`, or else `/tmp`.
///
/// `*size` is the size of `buffer` in bytes and becomes the length of the path, without the
/// NUL. A slash at its end is left out, unless the path is `/`. The path is not checked.
///
/// A program that runs with more rights than its caller (set-user-ID, set-group-ID, file
/// capabilities; see secure_getenv(3)) does not use the variables. No thread may change the
/// environment meanwhile.
///
/// Returns 0; `UV_EINVAL` if a pointer is null or `*size` is 0; `UV_ENOBUFS` if the path
/// does not fit: then `*size` becomes the size that it needs, its NUL included.
///
/// Since libuv 1.9.
///
/// # Safety
/// `size` is valid or null; `buffer` is null or writable for `*size` bytes; no thread changes
/// the environment meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uv_os_tmpdir(buffer: *mut c_char, size: *mut usize) -> c_int {
    // SAFETY: the caller passes a buffer and its size.
    unsafe { OutBuf::fill(buffer, size, env::tmpdir) }.into_c()
}
