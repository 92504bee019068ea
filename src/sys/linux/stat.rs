//! The status of files and of file systems.
#![allow(
    clippy::unnecessary_cast,
    reason = "the fields differ between architectures"
)]

use crate::abi::{uv_stat_t, uv_statfs_t, uv_timespec_t};
use crate::errno::{Errno, Result};
use crate::sys::{call, call_retry};
use core::ffi::{CStr, c_int};
use core::mem::{MaybeUninit, zeroed};
use core::sync::atomic::{AtomicBool, Ordering};

/// The file whose status is read.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    /// A path. A symbolic link is followed.
    Path(&'a CStr),
    /// A path; a link at its end is not followed.
    Link(&'a CStr),
    /// An open file.
    File(c_int),
}

/// Returns the status of a file, with its birth time if the file system has one.
pub(crate) fn stat(target: Target<'_>) -> Result<uv_stat_t> {
    let mut status = MaybeUninit::uninit();
    stat_into(target, &mut status)?;
    // SAFETY: `stat_into` writes all of it when it succeeds.
    Ok(unsafe { status.assume_init() })
}

/// Like [`stat`], writes the status to `status`, which is unchanged after an error.
pub(crate) fn stat_into(target: Target<'_>, status: &mut MaybeUninit<uv_stat_t>) -> Result {
    static WITHOUT_STATX: AtomicBool = AtomicBool::new(false);
    if !WITHOUT_STATX.load(Ordering::Relaxed) {
        match statx(target) {
            Ok(found) => {
                status.write(to_status(&found));
                return Ok(());
            }
            // An old kernel, or a seccomp filter that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => WITHOUT_STATX.store(true, Ordering::Relaxed),
            // Some network file systems return these.
            Err(Errno::NOTSUP | Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
    }
    plain_stat(target).map(|found| {
        status.write(found);
    })
}

fn statx(target: Target<'_>) -> Result<libc::statx> {
    let (dir, path, flags) = match target {
        Target::Path(path) => (libc::AT_FDCWD, path, 0),
        Target::Link(path) => (libc::AT_FDCWD, path, libc::AT_SYMLINK_NOFOLLOW),
        Target::File(fd) => (fd, c"", libc::AT_EMPTY_PATH),
    };
    let mask = libc::STATX_BASIC_STATS | libc::STATX_BTIME;
    let mut buf = MaybeUninit::<libc::statx>::uninit();
    let out = buf.as_mut_ptr();
    // statx returns 0 or −1; any other value comes from a broken sandbox.
    // SAFETY: the path is a C string, and the place for the answer has the kernel's layout.
    if call_retry!(unsafe { libc::syscall(libc::SYS_statx, dir, path.as_ptr(), flags, mask, out) })?
        != 0
    {
        return Err(Errno::NOSYS);
    }
    // SAFETY: the kernel writes the whole structure when it succeeds.
    Ok(unsafe { buf.assume_init() })
}

fn to_status(buf: &libc::statx) -> uv_stat_t {
    let time = |at: libc::statx_timestamp| timespec(at.tv_sec, at.tv_nsec.into());
    uv_stat_t {
        st_dev: libc::makedev(buf.stx_dev_major, buf.stx_dev_minor),
        st_mode: buf.stx_mode.into(),
        st_nlink: buf.stx_nlink.into(),
        st_uid: buf.stx_uid.into(),
        st_gid: buf.stx_gid.into(),
        st_rdev: libc::makedev(buf.stx_rdev_major, buf.stx_rdev_minor),
        st_ino: buf.stx_ino,
        st_size: buf.stx_size,
        st_blksize: buf.stx_blksize.into(),
        st_blocks: buf.stx_blocks,
        st_flags: 0,
        st_gen: 0,
        st_atim: time(buf.stx_atime),
        st_mtim: time(buf.stx_mtime),
        st_ctim: time(buf.stx_ctime),
        st_birthtim: time(buf.stx_btime),
    }
}

/// Reads the status without statx: the time of the last status change replaces that of birth.
fn plain_stat(target: Target<'_>) -> Result<uv_stat_t> {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut buf: libc::stat = unsafe { zeroed() };
    let out = &raw mut buf;
    match target {
        // SAFETY: `path` is a C string, and `out` points to a stat.
        Target::Path(path) => call_retry!(unsafe { libc::stat(path.as_ptr(), out) })?,
        // SAFETY: `path` is a C string, and `out` points to a stat.
        Target::Link(path) => call_retry!(unsafe { libc::lstat(path.as_ptr(), out) })?,
        // SAFETY: the call writes to a place for one stat.
        Target::File(fd) => call_retry!(unsafe { libc::fstat(fd, out) })?,
    };
    let changed = timespec(buf.st_ctime, buf.st_ctime_nsec);
    Ok(uv_stat_t {
        st_dev: buf.st_dev as u64,
        st_mode: buf.st_mode as u64,
        st_nlink: buf.st_nlink as u64,
        st_uid: buf.st_uid as u64,
        st_gid: buf.st_gid as u64,
        st_rdev: buf.st_rdev as u64,
        st_ino: buf.st_ino as u64,
        st_size: buf.st_size as u64,
        st_blksize: buf.st_blksize as u64,
        st_blocks: buf.st_blocks as u64,
        st_flags: 0,
        st_gen: 0,
        st_atim: timespec(buf.st_atime, buf.st_atime_nsec),
        st_mtim: timespec(buf.st_mtime, buf.st_mtime_nsec),
        st_ctim: changed,
        st_birthtim: changed,
    })
}

fn timespec(seconds: i64, nanoseconds: i64) -> uv_timespec_t {
    uv_timespec_t {
        tv_sec: seconds,
        tv_nsec: nanoseconds,
    }
}

/// Returns whether the file is a pipe or a socket.
pub(crate) fn is_stream(fd: c_int) -> bool {
    let kind = statx(Target::File(fd)).map(|found| u32::from(found.stx_mode) & libc::S_IFMT);
    matches!(kind, Ok(libc::S_IFIFO | libc::S_IFSOCK))
}

/// Returns the state of the file system that holds `path`.
pub(crate) fn statfs(path: &CStr) -> Result<uv_statfs_t> {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut buf: libc::statfs = unsafe { zeroed() };
    // SAFETY: `path` is a C string, and `buf` is a statfs.
    call_retry!(unsafe { libc::statfs(path.as_ptr(), &mut buf) })?;
    Ok(uv_statfs_t {
        f_type: buf.f_type as u64,
        f_bsize: buf.f_bsize as u64,
        f_blocks: buf.f_blocks as u64,
        f_bfree: buf.f_bfree as u64,
        f_bavail: buf.f_bavail as u64,
        f_files: buf.f_files as u64,
        f_ffree: buf.f_ffree as u64,
        f_frsize: buf.f_frsize as u64,
        f_spare: [0; 3],
    })
}

/// The magic number of an open file's file system; 0 if it cannot be read.
pub(crate) fn file_system_type(fd: c_int) -> u32 {
    // SAFETY: a structure of integers; all zeroes is a value of it.
    let mut buf: libc::statfs = unsafe { zeroed() };
    // SAFETY: `buf` is a statfs.
    call!(unsafe { libc::fstatfs(fd, &mut buf) }).map_or(0, |_| buf.f_type as u32)
}
