//! Memory of the machine and of the process.

use super::cgroup;
use crate::errno::{Errno, Result};
use crate::sys::{process, small_file, sysinfo, thread};

/// Returns the machine's available memory in bytes (without swapping); 0 if it is not known.
pub(crate) fn free() -> u64 {
    meminfo(b"MemAvailable:")
        .or_else(|| {
            sysinfo::sysinfo()
                .ok()
                .map(|info| info.freeram * u64::from(info.mem_unit))
        })
        .unwrap_or(0)
}

/// Returns the machine's memory in bytes; 0 if it is not known.
pub(crate) fn total() -> u64 {
    meminfo(b"MemTotal:")
        .or_else(|| {
            sysinfo::sysinfo()
                .ok()
                .map(|info| info.totalram * u64::from(info.mem_unit))
        })
        .unwrap_or(0)
}

/// Returns the process's memory limit: of its control group, of the groups above, and its own. 0 if
/// none is known, `u64::MAX` if the groups have no limit.
pub(crate) fn constrained() -> u64 {
    cgroup::memory_limit()
        .into_iter()
        .chain(process::memory_limit())
        .min()
        .unwrap_or(0)
}

/// Returns the memory in bytes that the process can still allocate: the machine's free memory, or
/// less if its control group or one above has a tighter limit.
pub(crate) fn available() -> u64 {
    cgroup::memory_left(total()).unwrap_or_else(free)
}

/// Reads a line of `/proc/meminfo`. Returns bytes.
fn meminfo(what: &[u8]) -> Option<u64> {
    let mut room = [0; 4096];
    let text = small_file::read_into(c"/proc/meminfo", &mut room).ok()?;
    meminfo_line(text, what)
}

/// Parses the line of `/proc/meminfo` that begins with `what`. Returns bytes; `None` for 0.
pub(crate) fn meminfo_line(text: &[u8], what: &[u8]) -> Option<u64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(what))?;
    let value = value.trim_ascii().strip_suffix(b"kB")?.trim_ascii();
    let kilobytes: u64 = core::str::from_utf8(value).ok()?.parse().ok()?;
    kilobytes.checked_mul(1024).filter(|bytes| *bytes != 0)
}

/// Returns the resident set size of the process in bytes.
pub(crate) fn resident() -> Result<usize> {
    let mut room = [0; 1024];
    let text = small_file::read_into(c"/proc/self/stat", &mut room)?;
    let pages = resident_pages(text).ok_or(Errno::INVAL)?;
    pages.checked_mul(thread::page_size()).ok_or(Errno::INVAL)
}

/// Returns field 24 of `/proc/self/stat`. Field 2 is the program's name in parentheses, which may
/// contain spaces and parentheses.
pub(crate) fn resident_pages(text: &[u8]) -> Option<usize> {
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let fields = core::str::from_utf8(&text[end + 1..]).ok()?;
    fields.split_ascii_whitespace().nth(21)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meminfo_lines() {
        let text = b"MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:\t8192 kB\n";
        assert_eq!(meminfo_line(text, b"MemTotal:"), Some(16 << 20));
        assert_eq!(meminfo_line(text, b"MemAvailable:"), Some(8 << 20));
        assert_eq!(meminfo_line(text, b"SwapTotal:"), None);
        assert_eq!(meminfo_line(b"MemTotal: 0 kB\n", b"MemTotal:"), None);
        assert_eq!(meminfo_line(b"A: 18446744073709551615 kB\n", b"A:"), None);
        assert_eq!(meminfo_line(b"A: kB\n", b"A:"), None);
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
