//! Internal functions for the fuzz targets. Not part of other builds.

use crate::errno::IntoC;
use crate::sys::small_file::Lines;
use crate::sys::{cpu, machine};
use crate::text::idna;
use core::ffi::CStr;

/// Writes the ASCII form of a host name. Returns its length, or libuv's error.
pub fn idna(host: &[u8], out: &mut [u8]) -> isize {
    match idna::to_ascii(host, out) {
        Ok(length) => length as isize,
        Err(why) => Err::<(), _>(why).into_c() as isize,
    }
}

/// Parses a line of `/proc/stat`. Returns the processor's number.
pub fn processor(line: &[u8]) -> Option<u32> {
    cpu::times(line).map(|(number, _)| number)
}

/// Parses a line of `/proc/meminfo`. Returns bytes.
pub fn meminfo(text: &[u8], what: &[u8]) -> Option<u64> {
    machine::meminfo_line(text, what)
}

/// Parses the resident pages in `/proc/self/stat`.
pub fn resident_pages(text: &[u8]) -> Option<usize> {
    machine::resident_pages(text)
}

/// Calls `found` with each line of a file.
pub fn lines(path: &CStr, mut found: impl FnMut(&[u8])) {
    let Ok(mut lines) = Lines::open(path) else {
        return;
    };
    while let Ok(Some(line)) = lines.next_line() {
        found(line);
    }
}

/// The parsers of `text/cgroup.rs`.
pub mod cgroup {
    use crate::text::{Cursor, cgroup};

    /// A line of `/proc/self/cgroup`.
    pub fn membership(line: &[u8]) -> Option<(&[u8], &[u8])> {
        cgroup::membership(line)
    }

    /// A line of `/proc/self/mountinfo`.
    pub fn mount<'a>(line: &'a [u8], controller: Option<&[u8]>) -> Option<(&'a [u8], &'a [u8])> {
        cgroup::mount(line, controller)
    }

    /// A path of `/proc/self/mountinfo`: how long it is, if it fits.
    pub fn unescape(path: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut out = Cursor::new(out);
        cgroup::unescape(path, &mut out);
        (!out.overflowed()).then(|| out.len())
    }

    /// The path of a group below another.
    pub fn below<'a>(path: &'a [u8], root: &[u8]) -> Option<&'a [u8]> {
        cgroup::below(path, root)
    }

    /// `cpu.max`.
    pub fn cpu_max(text: &[u8]) -> Option<u64> {
        cgroup::cpu_max(text)
    }

    /// `cpu.cfs_quota_us` and `cpu.cfs_period_us`.
    pub fn cfs_quota(quota: &[u8], period: &[u8]) -> Option<u64> {
        cgroup::cfs_quota(quota, period)
    }

    /// A file about memory.
    pub fn memory(text: &[u8], page_size: u64) -> Option<u64> {
        cgroup::memory(text, page_size)
    }
}
