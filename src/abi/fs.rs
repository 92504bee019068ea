//! File system requests and their results.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_char, c_double, c_int, c_uint, c_void};

use super::*;

/// Status of a file.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct uv_stat_t {
    /// Device that holds the file.
    pub st_dev: u64,
    /// Kind of file and permissions.
    pub st_mode: u64,
    /// Number of hard links.
    pub st_nlink: u64,
    /// Owner.
    pub st_uid: u64,
    /// Group.
    pub st_gid: u64,
    /// Device that the file stands for.
    pub st_rdev: u64,
    /// Number of the file in its file system.
    pub st_ino: u64,
    /// Size in bytes.
    pub st_size: u64,
    /// Block size that suits I/O.
    pub st_blksize: u64,
    /// Number of 512 byte blocks.
    pub st_blocks: u64,
    /// Flags of the file; 0 where there are none.
    pub st_flags: u64,
    /// Generation of the file; 0 where there is none.
    pub st_gen: u64,
    /// Last access.
    pub st_atim: uv_timespec_t,
    /// Last change of the content.
    pub st_mtim: uv_timespec_t,
    /// Last change of the status.
    pub st_ctim: uv_timespec_t,
    /// Birth.
    pub st_birthtim: uv_timespec_t,
}

/// State of a file system.
#[repr(C)]
pub struct uv_statfs_t {
    /// Kind of file system.
    pub f_type: u64,
    /// Block size that suits I/O.
    pub f_bsize: u64,
    /// Blocks in all.
    pub f_blocks: u64,
    /// Free blocks.
    pub f_bfree: u64,
    /// Free blocks for users without privileges.
    pub f_bavail: u64,
    /// File nodes in all.
    pub f_files: u64,
    /// Free file nodes.
    pub f_ffree: u64,
    /// Size of a block.
    pub f_frsize: u64,
    /// Reserved.
    pub f_spare: [u64; 3],
}

/// One entry of a directory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct uv_dirent_t {
    /// Its name.
    pub name: *const c_char,
    /// Its kind.
    pub type_: uv_dirent_type_t,
}

/// An open directory.
#[repr(C)]
pub struct uv_dir_t {
    /// The caller's array that `uv_fs_readdir` fills.
    pub dirents: Cell<*mut uv_dirent_t>,
    /// Its length.
    pub nentries: Cell<usize>,
    /// Reserved.
    pub reserved: [Cell<*mut c_void>; 4],
    /// The system's directory stream.
    pub dir: Cell<*mut libc::DIR>,
}

/// A file system request.
#[repr(C)]
pub struct uv_fs_t {
    /// The request part.
    pub base: uv_req_t,
    /// The operation.
    pub fs_type: Cell<uv_fs_type>,
    /// The loop, or null for a synchronous call.
    pub loop_: Cell<*mut uv_loop_t>,
    /// Runs when the operation is over; null for a synchronous request.
    pub cb: Cell<uv_fs_cb>,
    /// Result, or a negative error.
    pub result: Cell<isize>,
    /// Further result.
    pub ptr: Cell<*mut c_void>,
    /// The path worked on.
    pub path: Cell<*const c_char>,
    /// Result of the stat family.
    pub statbuf: UnsafeCell<uv_stat_t>,
    /// The second path.
    pub new_path: Cell<*const c_char>,
    /// The file worked on.
    pub file: Cell<uv_file>,
    /// Flags of the operation.
    pub flags: Cell<c_int>,
    /// Permissions.
    pub mode: Cell<libc::mode_t>,
    /// Number of buffers.
    pub nbufs: Cell<c_uint>,
    /// The buffers: `bufsml` or allocated.
    pub bufs: Cell<*mut uv_buf_t>,
    /// Position in the file.
    pub off: Cell<libc::off_t>,
    /// Owner to set.
    pub uid: Cell<uv_uid_t>,
    /// Group to set.
    pub gid: Cell<uv_gid_t>,
    /// Access time to set.
    pub atime: Cell<c_double>,
    /// Modification time to set.
    pub mtime: Cell<c_double>,
    /// The job in the thread pool.
    pub work_req: uv__work,
    /// Memory for a few buffers without an allocation.
    pub bufsml: UnsafeCell<[uv_buf_t; 4]>,
}

extends! {
    uv_fs_t => uv_req_t;
}
