//! Users and groups, each in one allocated block.

use super::{append, c_str};
use crate::abi::{uv_group_t, uv_passwd_t};
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::host;
use core::ffi::{CStr, c_char};

/// The first size of the buffer for an entry; it doubles until the entry fits.
const FIRST_SIZE: usize = 2048;

/// Looks an entry up with a buffer that grows until the entry fits, and calls `then` with it.
/// `ENOENT` if there is no such entry.
fn with_entry<E, T>(
    look_up: impl Fn(&mut [u8]) -> Result<Option<E>>,
    then: impl FnOnce(&E) -> Result<T>,
) -> Result<T> {
    let mut size = FIRST_SIZE;
    let (buffer, found) = loop {
        let buffer: *mut u8 = alloc::calloc(size, 1)?;
        // SAFETY: the block has `size` bytes, all of them set.
        match look_up(unsafe { core::slice::from_raw_parts_mut(buffer, size) }) {
            // SAFETY: the block is ours, and nothing has been found in it.
            Err(Errno::RANGE) => unsafe { alloc::free(buffer.cast()) },
            found => break (buffer, found),
        }
        size *= 2;
    };
    let result = found.and_then(|entry| then(&entry.ok_or(Errno::NOENT)?));
    // SAFETY: the block is ours, and the entry that points into it has been used.
    unsafe { alloc::free(buffer.cast()) };
    result
}

/// Calls `then` with the home directory of a user.
pub(crate) fn with_home<T>(uid: libc::uid_t, then: impl FnOnce(&CStr) -> Result<T>) -> Result<T> {
    with_entry(
        |buffer| host::user(uid, buffer),
        // SAFETY: the strings of an entry live as long as the buffer.
        |entry| then(unsafe { string(&entry.pw_dir) }),
    )
}

/// Returns a string of an entry; empty if it is null.
///
/// # Safety
/// The pointer is null or to a C string that lives as long as the pointer.
unsafe fn string(pointer: &*mut c_char) -> &CStr {
    // SAFETY: `pointer` is null or points to a C string.
    unsafe { c_str(*pointer) }.unwrap_or(c"")
}

/// Returns a user. The block begins at `username`.
pub(crate) fn user(uid: libc::uid_t) -> Result<uv_passwd_t> {
    with_entry(
        |buffer| host::user(uid, buffer),
        |entry| {
            let strings = [&entry.pw_name, &entry.pw_dir, &entry.pw_shell];
            // SAFETY: the strings of an entry live as long as the buffer.
            let [name, home, program] = strings.map(|text| unsafe { string(text) });
            let size = [name, home, program].map(|text| text.count_bytes() + 1);
            let username: *mut c_char = alloc::malloc(size.iter().sum())?;
            // SAFETY: the block has space for the three strings one behind the other.
            unsafe {
                let homedir = append(username, name);
                let shell = append(homedir, home);
                append(shell, program);
                Ok(uv_passwd_t {
                    username,
                    uid: entry.pw_uid.into(),
                    gid: entry.pw_gid.into(),
                    shell,
                    homedir,
                })
            }
        },
    )
}

/// Returns a group. The block begins at `members`, a list that ends with a null.
pub(crate) fn group(gid: libc::gid_t) -> Result<uv_group_t> {
    with_entry(
        |buffer| host::group(gid, buffer),
        |entry| {
            let members = || {
                (0..).map_while(|index| {
                    // SAFETY: the list ends with a null, which ends this iteration; its
                    // strings live as long as the entry.
                    unsafe {
                        let member = *entry.gr_mem.add(index);
                        (!member.is_null()).then(|| CStr::from_ptr(member))
                    }
                })
            };
            // SAFETY: the strings of an entry live as long as the buffer.
            let name = unsafe { string(&entry.gr_name) };
            let count = members().count();
            let text: usize = members().map(|member| member.count_bytes() + 1).sum();
            let size = (count + 1) * size_of::<*mut c_char>() + text + name.count_bytes() + 1;
            let list: *mut *mut c_char = alloc::malloc(size)?;
            // SAFETY: the block has space for the list, its null, and all the strings.
            unsafe {
                let mut to = list.add(count + 1).cast::<c_char>();
                for (index, member) in members().enumerate() {
                    list.add(index).write(to);
                    to = append(to, member);
                }
                list.add(count).write(core::ptr::null_mut());
                append(to, name);
                Ok(uv_group_t {
                    groupname: to,
                    gid: entry.gr_gid.into(),
                    members: list,
                })
            }
        },
    )
}
