//! Terminals: streams on a device whose mode outlives the process and must be restored.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::flags::{BLOCKING_WRITES, READABLE, WRITABLE};
use crate::sys::fd::guess_handle;
use crate::sys::{call, fd, terminal};
use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicBool;
use core::sync::atomic::Ordering::{Acquire, Release};

/// The original settings of the first terminal whose mode was changed.
struct Original {
    /// A spin lock that is only tried: a signal handler may interrupt the thread that holds it.
    locked: AtomicBool,
    fd: Cell<c_int>,
    settings: UnsafeCell<MaybeUninit<libc::termios>>,
}

// SAFETY: the fields beside the lock are used only while it is held.
unsafe impl Sync for Original {}

static ORIGINAL: Original = Original {
    locked: AtomicBool::new(false),
    fd: Cell::new(-1),
    settings: UnsafeCell::new(MaybeUninit::uninit()),
};

impl Original {
    fn try_lock(&self) -> bool {
        !self.locked.swap(true, Acquire)
    }

    fn lock(&self) {
        while !self.try_lock() {
            core::hint::spin_loop();
        }
    }

    fn unlock(&self) {
        self.locked.store(false, Release);
    }

    /// Stores the settings unless there are some.
    fn save(&self, fd: c_int, settings: libc::termios) {
        self.lock();
        if self.fd.get() == -1 {
            // SAFETY: the lock is held.
            unsafe { (*self.settings.get()).write(settings) };
            self.fd.set(fd);
        }
        self.unlock();
    }

    /// Restores the settings, if there are any.
    ///
    /// # Safety
    /// The lock is held.
    unsafe fn restore(&self) -> Result {
        if self.fd.get() == -1 {
            return Ok(());
        }
        // SAFETY: the lock is held, and a descriptor comes with its settings.
        let settings = unsafe { (*self.settings.get()).assume_init_ref() };
        terminal::set_settings(self.fd.get(), settings)
    }

    /// Restores the settings of a terminal that is closed, if they are stored.
    fn restore_and_clear(&self, fd: c_int) {
        self.lock();
        if self.fd.get() == fd {
            // SAFETY: the lock is held. The handle closes whether it works or not.
            let _ = unsafe { self.restore() };
            self.fd.set(-1);
        }
        self.unlock();
    }
}

/// Restores the mode that the terminal had before the first change. Async-signal-safe; `UV_EBUSY`
/// while a thread is changing the mode.
pub(crate) fn reset_mode() -> Result {
    let saved = call::errno();
    if !ORIGINAL.try_lock() {
        return Err(Errno::BUSY);
    }
    // SAFETY: the lock is held.
    let restored = unsafe { ORIGINAL.restore() };
    ORIGINAL.unlock();
    call::set_errno(saved);
    restored
}

/// Raw mode: a key press is delivered at once; output is processed as before.
fn raw(mut settings: libc::termios) -> libc::termios {
    settings.c_iflag &= !(libc::BRKINT | libc::ICRNL | libc::INPCK | libc::ISTRIP | libc::IXON);
    settings.c_oflag |= libc::ONLCR;
    settings.c_cflag |= libc::CS8;
    settings.c_lflag &= !(libc::ECHO | libc::ICANON | libc::IEXTEN | libc::ISIG);
    settings.c_cc[libc::VMIN] = 1;
    settings.c_cc[libc::VTIME] = 0;
    settings
}

/// Opens the terminal again, so that making it non-blocking does not affect other processes that
/// share `file`, and replaces `file` by the new open file. `None` if it cannot be opened.
fn reopened(file: c_int, mode: c_int) -> Result<Option<c_int>> {
    let Ok(fresh) = terminal::reopen(file, mode) else {
        return Ok(None);
    };
    match fd::replace(fresh, file) {
        // The two are the same: another thread has closed `file` meanwhile.
        Ok(()) | Err(Errno::INVAL) => Ok(Some(fresh)),
        Err(error) => {
            let _ = fd::close(fresh);
            Err(error)
        }
    }
}

impl uv_tty_t {
    /// Makes this a stream of the terminal (or pipe, or socket) behind `file`.
    pub(crate) fn init(&self, loop_: &uv_loop_t, file: c_int) -> Result {
        let kind = guess_handle(file);
        // Files and devices that are always ready cannot be watched.
        if kind == UV_FILE || kind == UV_UNKNOWN_HANDLE {
            return Err(Errno::INVAL);
        }
        let mode = fd::status_flags(file)? & libc::O_ACCMODE;
        let readable = if mode == libc::O_WRONLY { 0 } else { READABLE };
        let writable = if mode == libc::O_RDONLY { 0 } else { WRITABLE };
        let (mut file, mut flags) = (file, readable | writable);
        if kind == UV_TTY {
            match reopened(file, mode)? {
                Some(fresh) => file = fresh,
                // The shared open file keeps its mode, so writes block.
                None if writable != 0 => flags |= BLOCKING_WRITES,
                None => {}
            }
        }
        self.base.init(loop_, UV_TTY);
        self.io_watcher.set_socket(kind != UV_TTY);
        if flags & BLOCKING_WRITES == 0 {
            // On failure the stream blocks, as libuv's does.
            let _ = fd::set_nonblocking(file, true);
        }
        self.mode.set(UV_TTY_MODE_NORMAL as c_int);
        self.base.open(file, flags)
    }

    /// Changes the terminal's mode.
    pub(crate) fn set_mode(&self, mode: uv_tty_mode_t) -> Result {
        let mode = match mode {
            // Unix has one raw mode.
            UV_TTY_MODE_RAW_VT => UV_TTY_MODE_RAW,
            UV_TTY_MODE_NORMAL | UV_TTY_MODE_RAW | UV_TTY_MODE_IO => mode,
            _ => return Err(Errno::INVAL),
        };
        if self.mode.get() == mode as c_int {
            return Ok(());
        }
        if self.mode.get() == UV_TTY_MODE_NORMAL as c_int {
            let settings = terminal::settings(self.fd())?;
            // SAFETY: the field belongs to the handle, and no reference to it is kept.
            unsafe { self.orig_termios.get().write(settings) };
            ORIGINAL.save(self.fd(), settings);
        }
        // SAFETY: the settings were kept when the mode ceased to be normal.
        let original = unsafe { self.orig_termios.get().read() };
        let settings = match mode {
            UV_TTY_MODE_RAW => raw(original),
            UV_TTY_MODE_IO => terminal::make_raw(original),
            _ => original,
        };
        terminal::set_settings(self.fd(), &settings)?;
        self.mode.set(mode as c_int);
        Ok(())
    }

    /// Columns and rows.
    pub(crate) fn window_size(&self) -> Result<(c_int, c_int)> {
        terminal::window_size(self.fd())
    }

    /// `uv_close`. Restores the mode of the first terminal whose mode was changed.
    pub(crate) fn close(&self) {
        if self.fd() != -1 {
            ORIGINAL.restore_and_clear(self.fd());
        }
        self.base.close();
    }
}
