//! What Linux's files and sysinfo(2) say about the machine and the process: uptime, load, memory,
//! and the path of the program.

use super::small_file;
use crate::errno::{Errno, Result};
use crate::sys::{call, clock, thread};
use crate::text;
use core::ffi::{CStr, c_char};

/// `sysinfo(2)`: memory and load, where the files of /proc cannot be read.
fn sysinfo() -> Option<libc::sysinfo> {
    // SAFETY: a sysinfo is plain numbers, for which zero is valid.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    // SAFETY: `info` is a sysinfo.
    call!(unsafe { libc::sysinfo(&mut info) })
        .ok()
        .map(|_| info)
}

/// Returns the uptime of the machine in seconds.
pub(crate) fn uptime() -> Result<f64> {
    // Read the file first: in a container it may have the container's uptime.
    let mut buffer = [0; 128];
    match decimals(c"/proc/uptime", &mut buffer) {
        Some([seconds]) => Ok(seconds),
        None => clock::read(libc::CLOCK_BOOTTIME).map(|since| since.tv_sec as f64),
    }
}

/// Returns the load over the last 1, 5 and 15 minutes.
pub(crate) fn load() -> Option<[f64; 3]> {
    let mut buffer = [0; 128];
    decimals(c"/proc/loadavg", &mut buffer).or_else(|| {
        let loads = sysinfo()?.loads;
        Some(loads.map(|load| load as f64 / 65536.0))
    })
}

/// Reads the decimal numbers at the start of a file.
fn decimals<const N: usize>(path: &CStr, buffer: &mut [u8]) -> Option<[f64; N]> {
    let text = small_file::read_into(path, buffer).ok()?;
    let mut words = core::str::from_utf8(text).ok()?.split_ascii_whitespace();
    let mut numbers = [0.0; N];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    Some(numbers)
}

/// Returns the machine's available memory in bytes (without swapping); 0 if it is not known.
pub(crate) fn free_memory() -> u64 {
    meminfo(b"MemAvailable:", |info| info.freeram)
}

/// Returns the machine's memory in bytes; 0 if it is not known.
pub(crate) fn total_memory() -> u64 {
    meminfo(b"MemTotal:", |info| info.totalram)
}

/// Reads a line of `/proc/meminfo`, or the field of `sysinfo(2)`. Returns bytes.
fn meminfo(what: &[u8], field: impl FnOnce(&libc::sysinfo) -> libc::c_ulong) -> u64 {
    let text = &mut [0; 4096];
    small_file::read_into(c"/proc/meminfo", text)
        .ok()
        .and_then(|text| meminfo_line(text, what))
        .or_else(|| sysinfo().map(|info| field(&info) * u64::from(info.mem_unit)))
        .unwrap_or(0)
}

/// Parses the line of `/proc/meminfo` that begins with `what`. Returns bytes; `None` for 0.
pub fn meminfo_line(text: &[u8], what: &[u8]) -> Option<u64> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(what))?;
    let value = value.trim_ascii().strip_suffix(b"kB")?.trim_ascii();
    let kilobytes: u64 = text::parse(value)?;
    kilobytes.checked_mul(1024).filter(|bytes| *bytes != 0)
}

/// Returns the resident set size of the process in bytes.
pub(crate) fn resident_memory() -> Result<usize> {
    let mut buffer = [0; 1024];
    let text = small_file::read_into(c"/proc/self/stat", &mut buffer)?;
    let pages = resident_pages(text).ok_or(Errno::INVAL)?;
    pages.checked_mul(thread::page_size()).ok_or(Errno::INVAL)
}

/// Returns field 24 of `/proc/self/stat`. Field 2 is the program's name in parentheses, which may
/// contain spaces and parentheses.
pub fn resident_pages(text: &[u8]) -> Option<usize> {
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let fields = core::str::from_utf8(&text[end + 1..]).ok()?;
    fields.split_ascii_whitespace().nth(21)?.parse().ok()
}

/// Writes the path of the running program, at most `size` bytes without a NUL; returns their
/// number.
///
/// # Safety
/// `buffer` is writable for `size` bytes.
pub(crate) unsafe fn exe(buffer: *mut c_char, size: usize) -> Result<usize> {
    // SAFETY: `buffer` is writable for `size` bytes.
    let length = call!(unsafe { libc::readlink(c"/proc/self/exe".as_ptr(), buffer, size) })?;
    Ok(length as usize)
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
    fn the_machine_is_up_and_has_a_load() {
        assert!(uptime().unwrap() > 0.0);
        assert!(load().unwrap().iter().all(|load| *load >= 0.0));
        assert_eq!(decimals::<1>(c"/proc/self/status", &mut [0; 64]), None);
    }

    #[test]
    fn the_process_fits_into_the_machine() {
        let resident = resident_memory().unwrap() as u64;
        assert!(resident > 0);
        assert!(resident <= total_memory());
        assert!(free_memory() <= total_memory());
    }
}
