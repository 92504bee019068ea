//! `uv_fs_sendfile` and `uv_fs_copyfile`.

use crate::abi::*;
use crate::errno::{Errno, Result};
use crate::sys::fd::{self, MAX_BYTES};
use crate::sys::stat::{self, Target};
use crate::sys::{copy, file};
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};

const CEPHFS: u32 = 0x00c3_6400;
const SMB: u32 = 0x0000_517b;
const SMB2: u32 = 0xfe53_4d42;
const CIFS: u32 = 0xff53_4d42;

fn is_windows_share(fd: c_int) -> bool {
    matches!(stat::file_system_type(fd), SMB | SMB2 | CIFS)
}

/// Copies with copy_file_range(2). Returns `None` if its error means that another call may succeed.
fn try_copy_range(from: c_int, offset: &mut i64, to: c_int, len: usize) -> Option<Result<usize>> {
    static UNKNOWN: AtomicBool = AtomicBool::new(false);
    if UNKNOWN.load(Ordering::Relaxed) {
        return None;
    }
    let result = copy::copy_file_range(from, offset, to, len);
    let try_another = match result {
        Err(Errno::NOSYS) => {
            UNKNOWN.store(true, Ordering::Relaxed);
            true
        }
        // The file systems do not support it.
        Err(Errno::NOTSUP | Errno::XDEV) => true,
        // In old kernels Ceph's servers refuse it.
        Err(Errno::ACCES) => stat::file_system_type(from) == CEPHFS,
        // On SMB shares the call sometimes fails without a reason.
        Err(Errno::PERM) => is_windows_share(to),
        _ => false,
    };
    if try_another { None } else { Some(result) }
}

/// Copies up to `len` bytes from `*offset` on with the best call that the descriptors support, and
/// advances `*offset`.
fn send(from: c_int, offset: &mut i64, to: c_int, len: usize) -> Result<usize> {
    let start = *offset;
    let result = match try_copy_range(from, offset, to, len) {
        // For a file in /proc, which has no size, 0 is not the end.
        None | Some(Ok(0)) => copy::sendfile(to, from, offset, len),
        Some(result) => result,
    };
    match result {
        Ok(_) => Ok((*offset - start) as usize),
        Err(_) if *offset > start => Ok((*offset - start) as usize),
        // Neither call takes these descriptors: read and write instead.
        Err(Errno::INVAL | Errno::IO | Errno::NOTSOCK | Errno::XDEV) => {
            copy_by_reads(from, offset, to, len)
        }
        Err(error) => Err(error),
    }
}

/// Copies with reads and writes. A failed read is an error only if nothing has been written. A
/// failed write is always one, because bytes that were read are lost.
fn copy_by_reads(from: c_int, offset: &mut i64, to: c_int, len: usize) -> Result<usize> {
    let mut buf = [0u8; 8192];
    let mut sent = 0;
    let mut positional = true;
    while sent < len {
        let iov = libc::iovec {
            iov_base: buf.as_mut_ptr().cast(),
            iov_len: buf.len().min(len - sent),
        };
        let at = if positional { *offset } else { -1 };
        // SAFETY: `iov` describes the beginning of `buf`.
        let got = match unsafe { file::read(from, &[iov], at) } {
            Ok(0) => break,
            Ok(got) => got,
            Err(Errno::INTR) => continue,
            // A pipe has no offset.
            Err(Errno::SPIPE) if positional && sent == 0 => {
                positional = false;
                continue;
            }
            // With another offset, a read at the file's position would read other bytes.
            Err(Errno::IO) if positional && *offset == 0 => {
                positional = false;
                continue;
            }
            Err(error) if sent == 0 => return Err(error),
            Err(_) => break,
        };
        write_all(to, &buf[..got])?;
        *offset += got as i64;
        sent += got;
    }
    Ok(sent)
}

/// Copies all that can be read without blocking.
fn copy_to_end(from: c_int, to: c_int) -> Result {
    let mut buf = [0u8; 8192];
    loop {
        match fd::read_into(from, &mut buf) {
            Ok(0) | Err(Errno::AGAIN) => return Ok(()),
            Ok(got) => write_all(to, &buf[..got])?,
            Err(error) => return Err(error),
        }
    }
}

fn write_all(to: c_int, mut bytes: &[u8]) -> Result {
    while !bytes.is_empty() {
        match fd::write(to, bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::AGAIN) if fd::wait_writable(to) == Ok(libc::POLLOUT) => {}
            Err(Errno::AGAIN) => return Err(Errno::IO),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Sets the times, the owner and the permissions of the original on an open copy.
fn copy_attributes(status: &uv_stat_t, to: c_int) -> Result {
    let time = |at: uv_timespec_t| libc::timespec {
        tv_sec: at.tv_sec,
        tv_nsec: at.tv_nsec,
    };
    let _ = file::set_open_times(to, &[time(status.st_atim), time(status.st_mtim)]);
    // Only root may change the owner; cp -p ignores this error too.
    let _ = file::fchown(to, status.st_uid as uv_uid_t, status.st_gid as uv_gid_t);
    match file::fchmod(to, status.st_mode as libc::mode_t) {
        // SMB shares refuse it to every user.
        Err(Errno::PERM) if is_windows_share(to) => Ok(()),
        result => result,
    }
}

/// Truncates an existing destination. Returns false if it is the same file as the original, so that
/// there is nothing to copy.
fn prepare(original: &uv_stat_t, to: c_int) -> Result<bool> {
    let present = stat::stat(Target::File(to))?;
    if is_same_file(&present, original) {
        return Ok(false);
    }
    match file::truncate(to, 0) {
        // Ceph's FUSE client refuses to truncate a file that was created without write permission;
        // an empty one need not be truncated.
        Err(Errno::ACCES) if present.st_size == 0 => Ok(true),
        result => result.map(|()| true),
    }
}

fn is_same_file(one: &uv_stat_t, other: &uv_stat_t) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// Copies attributes and content to an empty file.
fn fill(from: c_int, original: &uv_stat_t, to: c_int, flags: c_int) -> Result {
    copy_attributes(original, to)?;
    if flags & (UV_FS_COPYFILE_FICLONE | UV_FS_COPYFILE_FICLONE_FORCE) != 0 {
        match copy::clone_file(from, to) {
            Err(_) if flags & UV_FS_COPYFILE_FICLONE_FORCE == 0 => {}
            result => return result,
        }
    }
    let mut left = original.st_size;
    // Files in /proc and /sys have content but no size. Devices and FIFOs may have no end.
    if left == 0 && is_kind(original, libc::S_IFREG) {
        // Reading some of them, such as /proc/kmsg, would block.
        fd::set_nonblocking(from, true)?;
        return copy_to_end(from, to);
    }
    let mut offset = 0;
    while left > 0 {
        match send(from, &mut offset, to, left.min(MAX_BYTES as u64) as usize)? {
            // The original was truncated meanwhile.
            0 => break,
            sent => left -= sent as u64,
        }
    }
    Ok(())
}

fn is_kind(status: &uv_stat_t, kind: libc::mode_t) -> bool {
    status.st_mode as libc::mode_t & libc::S_IFMT == kind
}

impl uv_fs_t {
    /// Moves bytes between open files: `flags` is the descriptor to read from.
    pub(super) fn sendfile(&self) -> Result<usize> {
        let mut offset = self.off.get();
        let result = send(
            self.flags.get(),
            &mut offset,
            self.file.get(),
            self.length(),
        );
        if result.is_ok() {
            self.off.set(offset);
        }
        result
    }

    /// Copies a file with its attributes. If copying fails, removes the destination if this call
    /// created it.
    pub(super) fn copy_file(&self) -> Result {
        let from = file::open(self.path_str(), libc::O_RDONLY, 0)?;
        let opened = self.copy_opened(from);
        let (result, made) = opened.unwrap_or_else(|error| (Err(error), None));
        let result = result.and(fd::close(from));
        if let (Err(_), Some(made)) = (result, made) {
            self.remove_copy(&made);
        }
        result
    }

    /// Copies from an open file. Returns the result, and the status of the destination if this call
    /// created it.
    fn copy_opened(&self, from: c_int) -> Result<(Result, Option<uv_stat_t>)> {
        let original = stat::stat(Target::File(from))?;
        let (to, is_new) = self.open_destination(original.st_mode as libc::mode_t)?;
        let made = is_new.then(|| stat::stat(Target::File(to)).ok()).flatten();
        let ready = match is_new {
            // Checked before the destination is truncated.
            _ if is_kind(&original, libc::S_IFDIR) => Err(Errno::ISDIR),
            true => Ok(true),
            false => prepare(&original, to),
        };
        let result = match ready {
            Ok(true) => fill(from, &original, to, self.flags.get()),
            result => result.map(drop),
        };
        Ok((result.and(fd::close(to)), made))
    }

    /// Opens the destination. Returns whether this call created it. A dangling symbolic link counts
    /// as existing: the file to which it leads is created, and not removed after an error.
    fn open_destination(&self, mode: libc::mode_t) -> Result<(c_int, bool)> {
        let flags = libc::O_WRONLY | libc::O_CREAT;
        match file::open(self.new_path_str(), flags | libc::O_EXCL, mode) {
            Ok(to) => Ok((to, true)),
            Err(error) if self.flags.get() & UV_FS_COPYFILE_EXCL != 0 => Err(error),
            Err(_) => file::open(self.new_path_str(), flags, mode).map(|to| (to, false)),
        }
    }

    /// Removes a copy, unless its path leads to another file by now.
    fn remove_copy(&self, made: &uv_stat_t) {
        let present = stat::stat(Target::Link(self.new_path_str()));
        if present.is_ok_and(|present| is_same_file(&present, made)) {
            let _ = file::unlink(self.new_path_str());
        }
    }
}
