//! Internal functions for the fuzz targets. Not part of other builds.

pub use crate::sys::cpu::times;
pub use crate::sys::machine::{meminfo_line, resident_pages};
pub use crate::sys::small_file::Lines;
pub use crate::text::{Cursor, cgroup, idna};
