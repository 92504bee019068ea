//! Printing the handles of a loop.

use crate::abi::{uv_handle_t, uv_loop_t};
use crate::event_loop::flags::{ACTIVE, INTERNAL, REF};
use crate::event_loop::handle::type_name;
use crate::event_loop::lifecycle;
use crate::sys::stdio;

/// Prints a line for each handle of the loop to `stream`. Null stands for the default loop, and
/// for standard error.
///
/// # Safety
/// The loop is initialised; the stream is open.
pub(crate) unsafe fn print_handles(
    loop_: *mut uv_loop_t,
    stream: *mut libc::FILE,
    only_active: bool,
) {
    let stream = stdio::or_stderr(stream);
    let loop_ = match loop_.is_null() {
        true => lifecycle::default_loop(),
        false => loop_,
    };
    // SAFETY: the loop is initialised, or null when the default one could not be.
    let Some(loop_) = (unsafe { loop_.as_ref() }) else {
        // SAFETY: `stream` is open.
        return unsafe { stdio::print(stream, c"uv_default_loop() failed\n") };
    };
    for link in loop_.handle_queue.iter() {
        let handle = uv_handle_t::of_link(link);
        // SAFETY: the members of this queue are the loop's handles, which stay alive and
        // linked while they are only printed; the stream is open.
        unsafe {
            if !only_active || (*handle).is_active() {
                print_handle(stream, &*handle);
            }
        }
    }
}

/// # Safety
/// The stream is open.
unsafe fn print_handle(stream: *mut libc::FILE, handle: &uv_handle_t) {
    let flags = [(REF, b'R'), (ACTIVE, b'A'), (INTERNAL, b'I')].map(|(flag, letter)| {
        if handle.flags.get() & flag == 0 {
            b'-'
        } else {
            letter
        }
    });
    let kind = match type_name(handle.type_.get()) {
        unknown if unknown.is_null() => c"<unknown>".as_ptr(),
        name => name,
    };
    let address = core::ptr::from_ref(handle).cast();
    // SAFETY: `stream` is open; the name is a C string.
    unsafe { stdio::print_handle(stream, flags, kind, address) };
}
