//! The environment, and the home and temporary directories.

use super::{OutBuf, users};
use crate::abi::uv_env_item_t;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::{env, process};
use core::ffi::CStr;

/// Writes the value of a variable; `ENOENT` if it does not exist.
pub(crate) fn get(name: &CStr, out: OutBuf) -> Result {
    out.put(env::get(name).ok_or(Errno::NOENT)?.to_bytes())
}

/// Writes the home directory: `HOME`, or else the one in the user database.
pub(crate) fn homedir(out: OutBuf) -> Result {
    match env::secure_get(c"HOME") {
        Some(home) => out.put(home.to_bytes()),
        None => users::with_home(process::effective_uid(), |home| out.put(home.to_bytes())),
    }
}

/// Writes the directory for temporary files, without a trailing slash.
pub(crate) fn tmpdir(out: OutBuf) -> Result {
    let names = [c"TMPDIR", c"TMP", c"TEMP", c"TEMPDIR"];
    let set = names.into_iter().find_map(env::secure_get);
    let path = set.unwrap_or(c"/tmp").to_bytes();
    out.put(path)?;
    if path.len() > 1 && path.ends_with(b"/") {
        out.finish(path.len() - 1);
    }
    Ok(())
}

/// Returns a list of all variables: one block for the list, and one for each variable with its name
/// and value.
pub(crate) fn list() -> Result<(*mut uv_env_item_t, usize)> {
    let capacity = env::all().count();
    let items = alloc::calloc(capacity.max(1), size_of::<uv_env_item_t>())?;
    let mut count = 0;
    for entry in env::all().take(capacity) {
        let Some(at) = entry.to_bytes().iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let item = split(entry.to_bytes(), at).inspect_err(|_| {
            // SAFETY: the first `count` items are initialised, in a block of ours.
            unsafe { free(items, count) };
        })?;
        // SAFETY: `count` is below `capacity`.
        unsafe { items.add(count).write(item) };
        count += 1;
    }
    Ok((items, count))
}

/// Copies `name=value`, whose `=` is at `at`, into two strings in one block.
fn split(entry: &[u8], at: usize) -> Result<uv_env_item_t> {
    let name = alloc::copy_bytes(entry)?;
    // SAFETY: `at` lies within the copy, and behind it there is at least the NUL.
    unsafe {
        name.add(at).write(0);
        Ok(uv_env_item_t {
            name,
            value: name.add(at + 1),
        })
    }
}

/// Frees a list from [`list`].
///
/// # Safety
/// `items` is null with a `count` of 0, or a list from [`list`] with its count, which is
/// not used again.
pub(crate) unsafe fn free(items: *mut uv_env_item_t, count: usize) {
    for index in 0..count {
        // SAFETY: every item up to `count` has a name in a block of ours.
        unsafe { alloc::free((*items.add(index)).name.cast()) };
    }
    // SAFETY: the list is a block of ours, or null.
    unsafe { alloc::free(items.cast()) };
}
