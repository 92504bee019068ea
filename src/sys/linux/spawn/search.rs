//! Finds the program in PATH and runs it.

use super::Plan;
use crate::errno::Errno;
use crate::sys::call;
use crate::text::Cursor;
use core::ffi::{CStr, c_char};
use core::ptr::null;

impl Plan {
    /// Runs the program, which is searched in the child's PATH. Returns only if that fails.
    pub(super) unsafe fn exec(&self) -> Errno {
        // SAFETY: the file's name is NUL-terminated.
        let file = unsafe { CStr::from_ptr(self.file) }.to_bytes();
        if file.contains(&b'/') {
            // SAFETY: the file's name is NUL-terminated.
            return unsafe { self.exec_path(self.file) };
        }
        if file.len() > NAME_MAX {
            return Errno::NAMETOOLONG;
        }
        if file.is_empty() && self.forks {
            // As execvp does; posix_spawnp would try to run the directories themselves.
            return Errno::NOENT;
        }
        // SAFETY: the environment ends in null, and its strings in NUL.
        let path = unsafe { find_path(self.env) }.unwrap_or(DEFAULT_PATH);
        let mut denied = false;
        let mut error = Errno::NOENT;
        for folder in path.split(|byte| *byte == b':') {
            if folder.len() >= PATH_MAX {
                continue;
            }
            let mut candidate = [0u8; PATH_MAX + NAME_MAX + 2];
            let mut text = Cursor::new(&mut candidate);
            text.push_all(folder);
            if !folder.is_empty() {
                text.push(b'/');
            }
            text.push_all(file);
            // SAFETY: the rest of the candidate is zero, so it is NUL-terminated.
            error = unsafe { self.exec_path(candidate.as_ptr().cast()) };
            match error {
                Errno::ACCES => denied = true,
                Errno::NOENT | Errno::NOTDIR => {}
                _ => return error,
            }
        }
        if denied { Errno::ACCES } else { error }
    }

    unsafe fn exec_path(&self, path: *const c_char) -> Errno {
        // SAFETY: the path is a C string, and both lists of C strings end with null.
        let Err(error) = call!(unsafe { libc::execve(path, self.args, self.env) }) else {
            return Errno::NOEXEC;
        };
        if error == Errno::NOEXEC && self.forks {
            // As execvp does, run the file with the shell.
            // SAFETY: there is space for the program's arguments and three more.
            unsafe { self.write_script_args(path) };
            // SAFETY: the path is a C string, and both lists of C strings end with null.
            let _ = call!(unsafe { libc::execve(SHELL.as_ptr(), self.script_args, self.env) });
        }
        error
    }

    /// Writes the shell's arguments: its name, the script, and the script's arguments.
    unsafe fn write_script_args(&self, script: *const c_char) {
        // SAFETY: `script_args` has space for one more than the arguments, which end with null.
        unsafe {
            self.script_args.write(SHELL.as_ptr());
            self.script_args.add(1).write(script);
            let mut next = 2;
            if !self.args.is_null() && !(*self.args).is_null() {
                while !(*self.args.add(next - 1)).is_null() {
                    let arg = *self.args.add(next - 1);
                    self.script_args.add(next).write(arg);
                    next += 1;
                }
            }
            self.script_args.add(next).write(null());
        }
    }
}

const SHELL: &CStr = c"/bin/sh";
const PATH_MAX: usize = libc::PATH_MAX as usize;
const NAME_MAX: usize = 255;
/// The PATH if the environment has none.
const DEFAULT_PATH: &[u8] = b"/usr/bin:/bin";

/// Returns the value of PATH in an environment.
///
/// # Safety
/// `env` is null or ends in null, and its strings in NUL.
unsafe fn find_path<'a>(mut env: *const *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the environment is null or ends with a null pointer; its entries are
    // NUL-terminated.
    unsafe {
        while !env.is_null() && !(*env).is_null() {
            let entry = CStr::from_ptr(*env).to_bytes();
            if let Some(path) = entry.strip_prefix(b"PATH=") {
                return Some(path);
            }
            env = env.add(1);
        }
    }
    None
}
