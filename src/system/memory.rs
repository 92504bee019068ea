//! How much memory there is.

use super::cgroup::Group;
use crate::errno::{Errno, Result};
use crate::sys::{host, process, small_file, thread};

/// What can be had without swapping, in bytes; 0 where that is not known.
pub(crate) fn free() -> u64 {
    meminfo("MemAvailable:")
        .or_else(|| {
            host::sysinfo()
                .ok()
                .map(|info| info.freeram * u64::from(info.mem_unit))
        })
        .unwrap_or(0)
}

/// What the machine has, in bytes; 0 where that is not known.
pub(crate) fn total() -> u64 {
    meminfo("MemTotal:")
        .or_else(|| {
            host::sysinfo()
                .ok()
                .map(|info| info.totalram * u64::from(info.mem_unit))
        })
        .unwrap_or(0)
}

/// What the process may have, by its control group and its limits; 0 where neither says
/// anything, `u64::MAX` where the group says that there is no limit.
pub(crate) fn constrained() -> u64 {
    let group = Group::current().and_then(|group| group.memory_limit());
    group
        .into_iter()
        .chain(process::memory_limit())
        .min()
        .unwrap_or(0)
}

/// What the process can still have, in bytes: what is free in the machine, unless its
/// control group sets a tighter limit.
pub(crate) fn available() -> u64 {
    let limited = || {
        let group = Group::current()?;
        let limit = group.memory_limit().filter(|limit| *limit <= total())?;
        // For a moment a group may use more than its limit.
        Some(limit.saturating_sub(group.memory_usage()))
    };
    limited().unwrap_or_else(free)
}

/// A line of `/proc/meminfo`, in bytes.
fn meminfo(what: &str) -> Option<u64> {
    let mut room = [0; 4096];
    let text = small_file::read_into(c"/proc/meminfo", &mut room).ok()?;
    meminfo_line(core::str::from_utf8(text).ok()?, what)
}

fn meminfo_line(text: &str, what: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(what))?;
    let kilobytes: u64 = value.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    Some(kilobytes * 1024).filter(|bytes| *bytes != 0)
}

/// How much of the process is in memory, in bytes.
pub(crate) fn resident() -> Result<usize> {
    let mut room = [0; 1024];
    let text = small_file::read_into(c"/proc/self/stat", &mut room)?;
    let pages = resident_pages(text).ok_or(Errno::INVAL)?;
    Ok(pages * thread::page_size())
}

/// Field 24 of `/proc/self/stat`. The second is the program's name in parentheses, in
/// which anything may occur.
fn resident_pages(text: &[u8]) -> Option<usize> {
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let fields = core::str::from_utf8(&text[end + 1..]).ok()?;
    fields.split_ascii_whitespace().nth(21)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_lines() {
        let text = "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:\t8192 kB\n";
        assert_eq!(meminfo_line(text, "MemTotal:"), Some(16 << 20));
        assert_eq!(meminfo_line(text, "MemAvailable:"), Some(8 << 20));
        assert_eq!(meminfo_line(text, "SwapTotal:"), None);
        assert_eq!(meminfo_line("MemTotal: 0 kB\n", "MemTotal:"), None);
    }

    #[test]
    fn names_with_parentheses_do_not_shift_the_fields() {
        let text =
            b"1 (a) b) c\xFF) S 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 4321 23\n";
        assert_eq!(resident_pages(text), Some(4321));
        assert_eq!(resident_pages(b"1 (a) S 2"), None);
        assert_eq!(resident_pages(b"nothing"), None);
    }

    #[test]
    fn the_process_fits_into_the_machine() {
        let resident = resident().unwrap() as u64;
        assert!(resident > 0);
        assert!(resident <= total());
        assert!(free() <= total());
    }
}
