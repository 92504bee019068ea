//! What each kind of file request does. Runs on any thread.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::stat::{self, Target};
use crate::sys::{fd, file};
use core::ffi::{CStr, c_char};

/// Converts the result of an operation that returns only success.
fn done(result: Result) -> Result<usize> {
    result.map(|()| 0)
}

impl uv_fs_t {
    /// Performs the operation and sets `result`, and `ptr` if the operation returns more.
    pub(super) fn perform(&self) {
        self.finish(self.operate());
    }

    fn finish(&self, outcome: Result<usize>) {
        self.result.set(match outcome {
            Ok(result) => result as isize,
            Err(error) => error.raw() as isize,
        });
    }

    fn operate(&self) -> Result<usize> {
        match self.fs_type.get() {
            UV_FS_OPEN | UV_FS_CLOSE | UV_FS_READ | UV_FS_WRITE | UV_FS_SENDFILE
            | UV_FS_COPYFILE => self.operate_on_data(),
            UV_FS_SCANDIR | UV_FS_OPENDIR | UV_FS_READDIR | UV_FS_CLOSEDIR | UV_FS_READLINK
            | UV_FS_REALPATH | UV_FS_MKDTEMP | UV_FS_MKSTEMP => self.operate_on_names(),
            UV_FS_STAT => self.stat(Target::Path(self.first())),
            UV_FS_LSTAT => self.stat(Target::Link(self.first())),
            UV_FS_FSTAT => self.stat(Target::File(self.file.get())),
            UV_FS_STATFS => self.statfs(),
            UV_FS_FSYNC => done(file::sync(self.file.get(), false)),
            UV_FS_FDATASYNC => done(file::sync(self.file.get(), true)),
            UV_FS_FTRUNCATE => done(file::truncate(self.file.get(), self.off.get())),
            UV_FS_FCHMOD => done(file::fchmod(self.file.get(), self.mode.get())),
            UV_FS_FCHOWN => done(file::fchown(
                self.file.get(),
                self.uid.get(),
                self.gid.get(),
            )),
            UV_FS_FUTIME => done(file::set_open_times(self.file.get(), &self.timespecs())),
            _ => done(self.operate_on_path()),
        }
    }

    fn operate_on_data(&self) -> Result<usize> {
        match self.fs_type.get() {
            UV_FS_OPEN => {
                file::open(self.first(), self.flags.get(), self.mode.get()).map(|fd| fd as usize)
            }
            UV_FS_CLOSE => done(fd::close(self.file.get())),
            UV_FS_READ => self.read(),
            UV_FS_WRITE => self.write(),
            UV_FS_SENDFILE => self.sendfile(),
            _ => done(self.copy_file()),
        }
    }

    fn operate_on_names(&self) -> Result<usize> {
        match self.fs_type.get() {
            UV_FS_SCANDIR => self.scan_dir(),
            UV_FS_OPENDIR => done(self.open_dir()),
            UV_FS_READDIR => self.read_dir(),
            UV_FS_CLOSEDIR => done(self.close_dir()),
            UV_FS_READLINK => done(self.read_link()),
            UV_FS_REALPATH => done(self.real_path()),
            UV_FS_MKDTEMP => done(self.make_temporary_dir()),
            _ => self.make_temporary_file(),
        }
    }

    fn operate_on_path(&self) -> Result {
        let path = self.first();
        match self.fs_type.get() {
            UV_FS_ACCESS => file::access(path, self.flags.get()),
            UV_FS_CHMOD => file::chmod(path, self.mode.get()),
            UV_FS_CHOWN => file::chown(path, self.uid.get(), self.gid.get(), true),
            UV_FS_LCHOWN => file::chown(path, self.uid.get(), self.gid.get(), false),
            UV_FS_UTIME => file::set_times(path, &self.timespecs(), true),
            UV_FS_LUTIME => file::set_times(path, &self.timespecs(), false),
            UV_FS_LINK => file::link(path, self.second()),
            UV_FS_SYMLINK => file::symlink(path, self.second()),
            UV_FS_RENAME => file::rename(path, self.second()),
            UV_FS_UNLINK => file::unlink(path),
            UV_FS_MKDIR => file::mkdir(path, self.mode.get()),
            UV_FS_RMDIR => file::rmdir(path),
            _ => Err(Errno::NOSYS),
        }
    }

    /// Returns the path.
    pub(super) fn first(&self) -> &CStr {
        c_str(self.path.get())
    }

    /// Returns the second path.
    pub(super) fn second(&self) -> &CStr {
        c_str(self.new_path.get())
    }

    fn stat(&self, target: Target<'_>) -> Result<usize> {
        // SAFETY: until the request is over no other code looks at its `statbuf`.
        let status = unsafe { &mut *self.statbuf.get().cast() };
        stat::stat_into(target, status)?;
        self.ptr.set(self.statbuf.get().cast());
        Ok(0)
    }

    fn statfs(&self) -> Result<usize> {
        self.ptr
            .set(alloc::boxed(stat::statfs(self.first())?)?.cast());
        Ok(0)
    }

    fn timespecs(&self) -> [libc::timespec; 2] {
        [timespec(self.atime.get()), timespec(self.mtime.get())]
    }
}

fn c_str<'a>(path: *const c_char) -> &'a CStr {
    if path.is_null() {
        return c"";
    }
    // SAFETY: `Call` has put the caller's NUL-terminated path there, or a copy of it.
    unsafe { CStr::from_ptr(path) }
}

/// Converts seconds to a timespec. Infinity means now; NaN leaves the time unchanged.
fn timespec(seconds: f64) -> libc::timespec {
    let special = |tv_nsec| libc::timespec { tv_sec: 0, tv_nsec };
    if seconds.is_infinite() {
        return special(libc::UTIME_NOW);
    }
    if seconds.is_nan() {
        return special(libc::UTIME_OMIT);
    }
    let mut whole = seconds as i64;
    let mut nanos = ((seconds - whole as f64) * 1e9) as i64;
    // Before 1970, too, nanoseconds are not negative.
    if nanos < 0 {
        nanos += 1_000_000_000;
        whole = whole.wrapping_sub(1);
    }
    libc::timespec {
        tv_sec: whole,
        tv_nsec: nanos,
    }
}

#[cfg(test)]
mod tests {
    use super::timespec;

    fn parts(seconds: f64) -> (i64, i64) {
        let time = timespec(seconds);
        (time.tv_sec, time.tv_nsec)
    }

    #[test]
    fn times_split_into_seconds_and_nanoseconds() {
        assert_eq!(parts(0.0), (0, 0));
        assert_eq!(parts(1.5), (1, 500_000_000));
        assert_eq!(parts(-1.25), (-2, 750_000_000));
        assert_eq!(parts(-0.5), (-1, 500_000_000));
        assert_eq!(parts(1e300).0, i64::MAX);
    }

    #[test]
    fn special_times_keep_their_meaning() {
        assert_eq!(parts(f64::INFINITY).1, libc::UTIME_NOW);
        assert_eq!(parts(f64::NAN).1, libc::UTIME_OMIT);
    }
}
