//! Constants, and the tables that the header's constants are printed from, in this order. libuv's
//! enums are in `enums`, the names of the kinds of handles and requests in `names`.

use core::ffi::{CStr, c_int, c_uint};

/// How C declares an enum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// `typedef enum { … } name;`
    Typedef,
    /// `enum name { … };`
    Tag,
    /// `enum { … };`
    Unnamed,
    /// Printed from another table.
    Elsewhere,
}

/// One constant of the header.
pub struct Const {
    /// Its name in C.
    pub name: &'static str,
    /// Its value.
    pub value: i64,
    /// Its documentation, line by line.
    pub doc: &'static [&'static str],
}

/// One enum of the header.
pub struct Enum {
    /// Its name in C.
    pub name: &'static str,
    /// How it is declared.
    pub form: Form,
    /// Its documentation, line by line.
    pub doc: &'static [&'static str],
    /// Its constants in C's order.
    pub consts: &'static [Const],
}

macro_rules! c_macros {
    ($( $(#[doc = $doc:literal])* $name:ident: $ty:ty = $value:expr; )*) => {
        $( $(#[doc = $doc])* pub const $name: $ty = $value; )*
        /// Every numeric macro of the header, apart from the versions.
        pub const MACROS: &[Const] = &[$(
            Const { name: stringify!($name), value: $name as i64, doc: &[$($doc),*] },
        )*];
    };
}

mod enums;
mod names;

pub use enums::*;
pub use names::*;

c_macros! {
    /// Process priority: low.
    UV_PRIORITY_LOW: c_int = 19;
    /// Process priority: below normal.
    UV_PRIORITY_BELOW_NORMAL: c_int = 10;
    /// Process priority: normal.
    UV_PRIORITY_NORMAL: c_int = 0;
    /// Process priority: above normal.
    UV_PRIORITY_ABOVE_NORMAL: c_int = -7;
    /// Process priority: high.
    UV_PRIORITY_HIGH: c_int = -14;
    /// Process priority: highest.
    UV_PRIORITY_HIGHEST: c_int = -20;
    /// `uv_fs_copyfile`: fail when the destination exists.
    UV_FS_COPYFILE_EXCL: c_int = 0x0001;
    /// `uv_fs_copyfile`: share the blocks where the file system can, else copy.
    UV_FS_COPYFILE_FICLONE: c_int = 0x0002;
    /// `uv_fs_copyfile`: share the blocks or fail.
    UV_FS_COPYFILE_FICLONE_FORCE: c_int = 0x0004;
    /// `uv_fs_symlink`: the target is a directory (Windows).
    UV_FS_SYMLINK_DIR: c_int = 0x0001;
    /// `uv_fs_symlink`: make a junction (Windows).
    UV_FS_SYMLINK_JUNCTION: c_int = 0x0002;
}

/// Major version; programs built for another one do not run.
pub const UV_VERSION_MAJOR: c_uint = 1;
/// Minor version.
pub const UV_VERSION_MINOR: c_uint = 53;
/// Patch level.
pub const UV_VERSION_PATCH: c_uint = 0;
/// Nonzero for a release.
pub const UV_VERSION_IS_RELEASE: c_uint = 1;
/// What follows the version's numbers; empty for a release.
pub const UV_VERSION_SUFFIX: &CStr = c"";
/// The version as one number.
pub const UV_VERSION_HEX: c_uint =
    (UV_VERSION_MAJOR << 16) | (UV_VERSION_MINOR << 8) | UV_VERSION_PATCH;
/// Version of the extensions in `uvx.h`.
pub const UVX_VERSION_MAJOR: c_uint = 1;
/// Its minor part, which changes when functions are added.
pub const UVX_VERSION_MINOR: c_uint = 0;
/// Its patch part.
pub const UVX_VERSION_PATCH: c_uint = 0;

/// Longest host name that getnameinfo(3) gives, with its end.
pub const NI_MAXHOST: usize = 1025;
/// Longest service name that getnameinfo(3) gives, with its end.
pub const NI_MAXSERV: usize = 32;
