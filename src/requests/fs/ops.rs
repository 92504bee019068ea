//! What each kind of file request does. Runs on any thread.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::event_loop::alloc;
use crate::sys::fd::{self, MAX_BYTES};
use crate::sys::file;
use crate::sys::stat::{self, Target};
use crate::system::c_str;
use core::ffi::CStr;

impl uv_fs_t {
    /// Performs the operation and sets `result`, and `ptr` if the operation returns more.
    pub(super) fn perform(&self) {
        self.result.set(match self.operate() {
            Ok(result) => result as isize,
            Err(error) => error.raw() as isize,
        });
    }

    /// Performs the operation and returns what `result` is on success: a descriptor, a number of
    /// bytes or entries, or 0.
    fn operate(&self) -> Result<usize> {
        match self.fs_type.get() {
            UV_FS_OPEN => {
                file::open(self.path_str(), self.flags.get(), self.mode.get()).map(|fd| fd as usize)
            }
            UV_FS_READ => self.read(),
            UV_FS_WRITE => self.write(),
            UV_FS_SENDFILE => self.sendfile(),
            UV_FS_SCANDIR => self.scan_dir(),
            UV_FS_READDIR => self.read_dir(),
            UV_FS_MKSTEMP => self.make_temporary_file(),
            _ => self.operate_on_file().map(|()| 0),
        }
    }

    fn operate_on_file(&self) -> Result {
        let file = self.file.get();
        match self.fs_type.get() {
            UV_FS_CLOSE => fd::close(file),
            UV_FS_FSTAT => self.stat(Target::File(file)),
            UV_FS_FSYNC => file::sync(file, false),
            UV_FS_FDATASYNC => file::sync(file, true),
            UV_FS_FTRUNCATE => file::truncate(file, self.off.get()),
            UV_FS_FCHMOD => file::fchmod(file, self.mode.get()),
            UV_FS_FCHOWN => file::fchown(file, self.uid.get(), self.gid.get()),
            UV_FS_FUTIME => file::set_open_times(file, &self.timespecs()),
            UV_FS_CLOSEDIR => self.close_dir(),
            _ => self.operate_on_path(),
        }
    }

    fn operate_on_path(&self) -> Result {
        let path = self.path_str();
        match self.fs_type.get() {
            UV_FS_STAT => self.stat(Target::Path(path)),
            UV_FS_LSTAT => self.stat(Target::Link(path)),
            UV_FS_STATFS => self.statfs(),
            UV_FS_ACCESS => file::access(path, self.flags.get()),
            UV_FS_CHMOD => file::chmod(path, self.mode.get()),
            UV_FS_CHOWN => file::chown(path, self.uid.get(), self.gid.get(), true),
            UV_FS_LCHOWN => file::chown(path, self.uid.get(), self.gid.get(), false),
            UV_FS_UTIME => file::set_times(path, &self.timespecs(), true),
            UV_FS_LUTIME => file::set_times(path, &self.timespecs(), false),
            UV_FS_LINK => file::link(path, self.new_path_str()),
            UV_FS_SYMLINK => file::symlink(path, self.new_path_str()),
            UV_FS_RENAME => file::rename(path, self.new_path_str()),
            UV_FS_UNLINK => file::unlink(path),
            UV_FS_COPYFILE => self.copy_file(),
            UV_FS_READLINK => self.read_link(),
            UV_FS_REALPATH => self.real_path(),
            UV_FS_MKDIR => file::mkdir(path, self.mode.get()),
            UV_FS_MKDTEMP => self.make_temporary_dir(),
            UV_FS_RMDIR => file::rmdir(path),
            UV_FS_OPENDIR => self.open_dir(),
            _ => Err(Errno::NOSYS),
        }
    }

    /// The first `IOV_MAX` buffers, which one call takes.
    pub(super) fn buffers(&self) -> &[libc::iovec] {
        let count = (self.nbufs.get() as usize).min(file::IOV_MAX);
        // SAFETY: `set_buffers` stored a list of `nbufs` buffers, and a `uv_buf_t` has the layout
        // of an `iovec`.
        unsafe { core::slice::from_raw_parts(self.bufs.get().cast(), count) }
    }

    /// Makes one read call. It leaves out the buffers that would exceed the most bytes of a call.
    pub(super) fn read(&self) -> Result<usize> {
        let list = self.buffers();
        let list = match list {
            [one] => &[capped(one)],
            _ => within_limit(list),
        };
        // SAFETY: the program keeps the buffers until the request is over.
        let result = unsafe { file::read(self.file.get(), list, self.off.get()) };
        self.free_buffers();
        result
    }

    /// Writes all buffers, with as many calls as that takes. If a call fails after others have
    /// written, returns what they wrote.
    pub(super) fn write(&self) -> Result<usize> {
        let count = self.nbufs.get() as usize;
        // SAFETY: `set_buffers` copied `nbufs` buffers there for this request alone, and a
        // `uv_buf_t` has the layout of an `iovec`.
        let mut left: &mut [libc::iovec] =
            unsafe { core::slice::from_raw_parts_mut(self.bufs.get().cast(), count) };
        let mut offset = self.off.get();
        let mut written = 0;
        let mut outcome = Ok(0);
        while !left.is_empty() {
            let next = &left[..left.len().min(file::IOV_MAX)];
            // SAFETY: the program keeps the buffers until the request is over, and `advance` stays
            // within them.
            match unsafe { file::write(self.file.get(), next, offset) } {
                Ok(0) => break,
                Ok(n) => {
                    written += n;
                    if offset >= 0 {
                        offset += n as i64;
                    }
                    left = advance(left, n);
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.off.set(offset);
        self.free_buffers();
        if written > 0 { Ok(written) } else { outcome }
    }

    /// The path to work on.
    pub(super) fn path_str(&self) -> &CStr {
        // SAFETY: null, or the program's C string or a copy of it, which `Call` has stored.
        unsafe { c_str(self.path.get()) }.unwrap_or(c"")
    }

    /// The second path of a link, a rename or a copy.
    pub(super) fn new_path_str(&self) -> &CStr {
        // SAFETY: null, or the program's C string or a copy of it, which `Call` has stored.
        unsafe { c_str(self.new_path.get()) }.unwrap_or(c"")
    }

    fn stat(&self, target: Target<'_>) -> Result {
        // SAFETY: nothing else refers to `statbuf` until the operation is done.
        let status = unsafe { &mut *self.statbuf.get().cast() };
        stat::stat_into(target, status)?;
        self.ptr.set(self.statbuf.get().cast());
        Ok(())
    }

    fn statfs(&self) -> Result {
        let status = stat::statfs(self.path_str())?;
        self.ptr.set(alloc::boxed(status)?.cast());
        Ok(())
    }

    fn timespecs(&self) -> [libc::timespec; 2] {
        [timespec(self.atime.get()), timespec(self.mtime.get())]
    }
}

fn capped(buf: &libc::iovec) -> libc::iovec {
    libc::iovec {
        iov_base: buf.iov_base,
        iov_len: buf.iov_len.min(MAX_BYTES),
    }
}

/// The first buffers of `list` whose bytes one call can move, at least one.
fn within_limit(list: &[libc::iovec]) -> &[libc::iovec] {
    let mut left = MAX_BYTES;
    let fits = list.iter().take_while(|buf| {
        let fits = buf.iov_len <= left;
        left = left.saturating_sub(buf.iov_len);
        fits
    });
    let count = fits.count().max(1);
    &list[..count]
}

/// What is left of the buffers after their first `n` bytes.
fn advance(list: &mut [libc::iovec], mut n: usize) -> &mut [libc::iovec] {
    let mut whole = 0;
    while whole < list.len() && list[whole].iov_len <= n {
        n -= list[whole].iov_len;
        whole += 1;
    }
    let left = &mut list[whole..];
    if let Some(first) = left.first_mut() {
        first.iov_base = first.iov_base.cast::<u8>().wrapping_add(n).cast();
        first.iov_len -= n;
    }
    left
}

/// Converts seconds for the kernel: infinity to `UTIME_NOW`, not-a-number to `UTIME_OMIT`.
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
    // Nanoseconds count forward before 1970 too.
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
    use super::*;

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

    fn iov(lens: &[usize]) -> Vec<libc::iovec> {
        let iov = |&iov_len| libc::iovec {
            iov_base: 0x1000 as *mut _,
            iov_len,
        };
        lens.iter().map(iov).collect()
    }

    #[test]
    fn advancing_drops_whole_buffers_and_trims_one() {
        let mut list = iov(&[4, 0, 6, 8]);
        let rest = advance(&mut list, 7);
        assert_eq!(rest.len(), 2);
        assert_eq!((rest[0].iov_base as usize, rest[0].iov_len), (0x1003, 3));
        assert!(advance(rest, 11).is_empty());
    }

    #[test]
    fn buffers_beyond_one_call_are_left_out() {
        assert_eq!(within_limit(&iov(&[10, MAX_BYTES - 10, 1])).len(), 2);
        assert_eq!(within_limit(&iov(&[MAX_BYTES + 1, 1])).len(), 1);
        assert_eq!(within_limit(&iov(&[1, MAX_BYTES])).len(), 1);
    }
}
