//! Flags of `uv_fs_open`. Those that Linux does not have are 0.

use core::ffi::c_int;

/// Open for appending.
pub const UV_FS_O_APPEND: c_int = libc::O_APPEND;
/// Create the file if it does not exist.
pub const UV_FS_O_CREAT: c_int = libc::O_CREAT;
/// Bypass the page cache.
pub const UV_FS_O_DIRECT: c_int = libc::O_DIRECT;
/// Fail unless it is a directory.
pub const UV_FS_O_DIRECTORY: c_int = libc::O_DIRECTORY;
/// Writes wait for the data to be on disk.
pub const UV_FS_O_DSYNC: c_int = libc::O_DSYNC;
/// Fail if the file exists.
pub const UV_FS_O_EXCL: c_int = libc::O_EXCL;
/// Open with an exclusive lock (not on Linux).
pub const UV_FS_O_EXLOCK: c_int = 0;
/// The access goes to memory in chunks (Windows).
pub const UV_FS_O_FILEMAP: c_int = 0;
/// Do not note the time of access.
pub const UV_FS_O_NOATIME: c_int = libc::O_NOATIME;
/// Do not make a terminal the controlling one.
pub const UV_FS_O_NOCTTY: c_int = libc::O_NOCTTY;
/// Fail if it is a symbolic link.
pub const UV_FS_O_NOFOLLOW: c_int = libc::O_NOFOLLOW;
/// Do not block.
pub const UV_FS_O_NONBLOCK: c_int = libc::O_NONBLOCK;
/// Access will be in random order (Windows).
pub const UV_FS_O_RANDOM: c_int = 0;
/// Open for reading.
pub const UV_FS_O_RDONLY: c_int = libc::O_RDONLY;
/// Open for reading and writing.
pub const UV_FS_O_RDWR: c_int = libc::O_RDWR;
/// Access will be in sequence (Windows).
pub const UV_FS_O_SEQUENTIAL: c_int = 0;
/// The file lives only for a short time (Windows).
pub const UV_FS_O_SHORT_LIVED: c_int = 0;
/// Open the symbolic link itself (not on Linux).
pub const UV_FS_O_SYMLINK: c_int = 0;
/// Writes wait for data and status to be on disk.
pub const UV_FS_O_SYNC: c_int = libc::O_SYNC;
/// The file goes away when it is closed (Windows).
pub const UV_FS_O_TEMPORARY: c_int = 0;
/// Empty the file.
pub const UV_FS_O_TRUNC: c_int = libc::O_TRUNC;
/// Open for writing.
pub const UV_FS_O_WRONLY: c_int = libc::O_WRONLY;
