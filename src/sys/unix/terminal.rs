//! Terminals.

use crate::errno::{Errno, Result};
use crate::sys::{call, call_retry};
use core::ffi::{CStr, c_char, c_int};
use core::mem::zeroed;
use libc::termios;

/// Returns the terminal's settings.
pub(crate) fn settings(fd: c_int) -> Result<termios> {
    // SAFETY: all zeroes is a valid termios.
    let mut settings: termios = unsafe { zeroed() };
    // SAFETY: `settings` is a termios.
    call_retry!(unsafe { libc::tcgetattr(fd, &mut settings) })?;
    Ok(settings)
}

/// Changes the terminal's settings at once. Async-signal-safe.
pub(crate) fn set_settings(fd: c_int, settings: &termios) -> Result {
    // SAFETY: `settings` is a termios.
    call_retry!(unsafe { libc::tcsetattr(fd, libc::TCSANOW, settings) }).map(drop)
}

/// Raw settings: bytes are passed unchanged.
pub(crate) fn make_raw(mut settings: termios) -> termios {
    // SAFETY: the pointer is to a whole termios.
    unsafe { libc::cfmakeraw(&mut settings) };
    settings
}

/// Returns the size of the window: columns and rows.
pub(crate) fn window_size(fd: c_int) -> Result<(c_int, c_int)> {
    // SAFETY: all zeroes is a valid winsize.
    let mut size: libc::winsize = unsafe { zeroed() };
    // SAFETY: the request writes one object of the type that is passed.
    call_retry!(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &mut size) })?;
    Ok((c_int::from(size.ws_col), c_int::from(size.ws_row)))
}

/// Returns whether `fd` is the controlling side of a pseudo-terminal.
fn is_master(fd: c_int) -> bool {
    let mut number: c_int = 0;
    // SAFETY: the request writes one object of the type that is passed.
    call!(unsafe { libc::ioctl(fd, libc::TIOCGPTN, &mut number) }).is_ok()
}

/// Opens the terminal of `fd` a second time, close-on-exec. Fails for the controlling side of a
/// pseudo-terminal, because its name opens a new one.
pub(crate) fn reopen(fd: c_int, mode: c_int) -> Result<c_int> {
    let mut path = [0 as c_char; 256];
    // SAFETY: `path` is valid for writes of its length.
    if is_master(fd) || unsafe { libc::ttyname_r(fd, path.as_mut_ptr(), path.len()) } != 0 {
        return Err(Errno::NOTTY);
    }
    // SAFETY: ttyname_r ended the path with a NUL.
    let path = unsafe { CStr::from_ptr(path.as_ptr()) };
    crate::sys::file::open(path, mode | libc::O_NOCTTY | libc::O_CLOEXEC, 0)
}
