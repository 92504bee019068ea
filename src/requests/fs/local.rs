//! Which file systems are on this machine. The pool's threads find out, since on others
//! even that question waits for a server.

use crate::abi::uv_stat_t;
use crate::sys::{cached, fd, stat};
use core::ffi::{CStr, c_int};
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Magic numbers of file systems that never wait for another machine or process.
const LOCAL: [u32; 10] = [
    0x0000_ef53, // ext2, ext3, ext4
    0x5846_5342, // xfs
    0x9123_683e, // btrfs
    0x0102_1994, // tmpfs
    0x8584_58f6, // ramfs
    0x794c_7630, // overlayfs
    0xf2f5_2010, // f2fs
    0x2fc1_2fc1, // zfs
    0x7371_7368, // squashfs
    0xe0f5_e1e2, // erofs
];

/// No disk has smaller blocks.
const SECTOR: u64 = 512;

/// Devices and whether their file systems are local: the number doubled, plus 1 if so.
static DEVICES: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];
static NEXT_DEVICE: AtomicUsize = AtomicUsize::new(0);
/// A device was looked for that is not among them.
static CURIOUS: AtomicBool = AtomicBool::new(false);

pub(super) fn is_known(device: u64) -> Option<bool> {
    let entries = DEVICES.iter().map(|entry| entry.load(Relaxed));
    entries
        .filter(|entry| entry >> 1 == device)
        .map(|entry| entry & 1 == 1)
        .next()
}

pub(super) fn is_local(device: u64) -> bool {
    let known = is_known(device);
    CURIOUS.fetch_or(known.is_none(), Relaxed);
    known == Some(true)
}

/// Whether a device should be asked about.
pub(super) fn is_curious() -> bool {
    CURIOUS.load(Relaxed)
}

/// Finds out about a device, unless it is known; says whether it is local.
pub(super) fn remember(device: u64, file_system: impl FnOnce() -> u32) -> bool {
    CURIOUS.store(false, Relaxed);
    is_known(device).unwrap_or_else(|| {
        let local = LOCAL.contains(&file_system());
        let place = NEXT_DEVICE.fetch_add(1, Relaxed) % DEVICES.len();
        DEVICES[place].store(device << 1 | u64::from(local), Relaxed);
        local
    })
}

/// A descriptor that is closed when it goes out of use.
pub(super) struct Opened(pub(super) c_int);

impl Opened {
    /// Leaves it open.
    pub(super) fn keep(self) -> c_int {
        let fd = self.0;
        core::mem::forget(self);
        fd
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let _ = fd::close(self.0);
    }
}

/// Whether a name's own file system is local, that of the link where the name is one.
pub(super) fn learn_name(path: &CStr, device: u64) -> bool {
    let opened = cached::open(path, libc::O_PATH | libc::O_NOFOLLOW).map(Opened);
    opened.is_ok_and(|opened| {
        let status = stat::stat_here(opened.0);
        status.is_ok_and(|status| status.st_dev == device)
            && remember(device, || stat::file_system_type(opened.0))
    })
}

/// Finds out about the device of an open file.
pub(super) fn learn_file(file: c_int) {
    if let Ok(status) = stat::stat_here(file) {
        remember(status.st_dev, || stat::file_system_type(file));
    }
}

/// Whether it is a file of this kind, an `S_IF` constant.
pub(super) fn is_kind(status: &uv_stat_t, kind: libc::mode_t) -> bool {
    status.st_mode as libc::mode_t & libc::S_IFMT == kind
}

/// Whether a read of so many bytes that stopped at `position` may have stopped there for
/// want of cached pages. Only files and disks have those; others give what they have.
pub(super) fn is_more_behind(file: c_int, position: i64, read: usize) -> bool {
    // What is wanting begins with a page or a disk's block.
    if read > 0 && position as u64 % SECTOR != 0 {
        return false;
    }
    let Ok(status) = stat::stat_here(file) else {
        return false;
    };
    let at_end = is_local(status.st_dev) && position as u64 >= status.st_size;
    is_kind(&status, libc::S_IFBLK) || is_kind(&status, libc::S_IFREG) && !at_end
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn a_read_may_have_stopped_for_want_of_pages_at_a_block_of_a_file_before_its_end() {
        let path = std::env::temp_dir().join(format!("uv-local-{}", std::process::id()));
        std::fs::write(&path, [0; 1024]).unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let fd = file.as_raw_fd();
        learn_file(fd);
        assert!(is_more_behind(fd, 512, 512) && is_more_behind(fd, 3, 0));
        assert!(!is_more_behind(fd, 1000, 1000));
        // Elsewhere the size may be that of a moment ago.
        let local = is_known(stat::stat_here(fd).unwrap().st_dev).unwrap();
        assert_eq!(is_more_behind(fd, 1024, 1024), !local);
        let (socket, _peer) = UnixStream::pair().unwrap();
        assert!(!is_more_behind(socket.as_raw_fd(), 512, 512));
    }
}
