//! The process's title: what `ps` shows in place of the program's arguments.
//!
//! The kernel shows the memory in which the arguments were passed. `setup` copies the arguments
//! elsewhere, and from then on that memory holds the title.

use super::append;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::affinity;
use crate::sys::monitor::{Held, Monitor};
use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int};
use core::ptr;

struct Title {
    /// The block with the copy of the arguments; null if there is none.
    arguments: *mut *mut c_char,
    /// The memory of the title.
    text: *mut c_char,
    /// The length of the title.
    length: usize,
    /// The size of that memory, with the NUL.
    size: usize,
}

// SAFETY: the pointers are to memory of the process, which only the holder of the
// mutex around the title touches.
unsafe impl Send for Title {}

struct Shared(UnsafeCell<Monitor<Title>>);

// SAFETY: the cell is written only by a forked child that has one thread.
unsafe impl Sync for Shared {}

static TITLE: Shared = Shared(UnsafeCell::new(Monitor::new(Title {
    arguments: ptr::null_mut(),
    text: ptr::null_mut(),
    length: 0,
    size: 0,
})));

/// Locks and returns the title; `ENOBUFS` before `setup`.
fn title() -> Result<Held<'static, Title>> {
    let title = lock();
    if title.arguments.is_null() {
        return Err(Errno::NOBUFS);
    }
    Ok(title)
}

fn lock() -> Held<'static, Title> {
    // SAFETY: no reference exists while the cell is written: only a forked child with one thread
    // does that.
    unsafe { &*TITLE.0.get() }.lock()
}

/// Resets the lock in a forked child: another thread may have held it, and `exit` would wait for
/// ever.
pub(crate) fn forked() {
    // SAFETY: the child has only the thread that forked, and that is in fork.
    unsafe { Monitor::reset(TITLE.0.get()) };
}

/// Copies the arguments into one block and takes their memory over. Returns the copy, or `argv` if
/// it is empty or there is no memory.
///
/// # Safety
/// `argv` holds `argc` C strings, which are the process's own arguments and are not used
/// again.
pub(crate) unsafe fn setup(argc: c_int, argv: *mut *mut c_char) -> *mut *mut c_char {
    let Some(count) = usize::try_from(argc).ok().filter(|count| *count > 0) else {
        return argv;
    };
    // SAFETY: there are `count` pointers, to C strings.
    let argument = |index: usize| unsafe { CStr::from_ptr(*argv.add(index)) };
    let length = |index: usize| argument(index).count_bytes() + 1;
    let text: usize = (0..count).map(length).sum();
    let size = (count + 1) * size_of::<*mut c_char>() + text;
    let Ok(copies) = alloc::malloc::<*mut c_char>(size) else {
        return argv;
    };
    // SAFETY: the block has space for the pointers, a null, and the text.
    unsafe {
        let mut end = copies.add(count + 1).cast::<c_char>();
        for index in 0..count {
            copies.add(index).write(end);
            end = append(end, argument(index));
        }
        copies.add(count).write(ptr::null_mut());
    }
    // The kernel stores the arguments one after the other. If a program passes other arguments, the
    // title ends where that order ends.
    let mut size = length(0);
    for index in 1..count {
        if argument(index).as_ptr() != argument(0).as_ptr().wrapping_add(size) {
            break;
        }
        size += length(index);
    }
    *lock() = Title {
        arguments: copies,
        // SAFETY: there is at least one pointer.
        text: unsafe { *argv },
        length: length(0) - 1,
        size,
    };
    copies
}

/// Sets the title. One that is too long is cut, as libuv documents.
pub(crate) fn set(text: &CStr) -> Result {
    let mut title = title()?;
    let length = text.count_bytes().min(title.size - 1);
    // SAFETY: the title's memory has `size` bytes, and the lock makes them ours.
    // The new text may be the old one's memory, hence a copy that may overlap.
    unsafe {
        title.text.copy_from(text.as_ptr(), length);
        title.text.add(length).write_bytes(0, title.size - length);
        affinity::set_command(CStr::from_ptr(title.text));
    }
    title.length = length;
    Ok(())
}

/// Writes the title and a NUL; `ENOBUFS` if it does not fit.
///
/// # Safety
/// `buffer` is writable for `size` bytes.
pub(crate) unsafe fn get(buffer: *mut c_char, size: usize) -> Result {
    let title = title()?;
    if size <= title.length {
        return Err(Errno::NOBUFS);
    }
    // SAFETY: the title has `length` bytes, which fit with a NUL behind them.
    unsafe {
        buffer.copy_from(title.text, title.length);
        buffer.add(title.length).write(0);
    }
    Ok(())
}

/// Frees the copy of the arguments, in `uv_library_shutdown`.
pub(crate) fn clean_up() {
    let mut title = lock();
    // SAFETY: the block is ours; who shuts the library down no longer uses it.
    unsafe { alloc::free(title.arguments.cast()) };
    title.arguments = ptr::null_mut();
}
