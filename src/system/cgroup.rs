//! The limits of the control group (cgroup) that the process is in.
//!
//! Version 2 has one tree for everything, version 1 one for each controller. Inside a
//! container the group's own path is often not visible and its limits are found at
//! the root of the mount: version 1 therefore falls back to that.

use crate::sys::small_file;
use crate::text::Cursor;
use core::ffi::CStr;

const MOUNT: &[u8] = b"/sys/fs/cgroup/";

/// What `/proc/self/cgroup` says.
pub(crate) struct Group {
    room: [u8; 4096],
    length: usize,
}

/// The limits on memory, in bytes: 0 for "not known", `u64::MAX` for "none".
struct MemoryLimits {
    /// Above this the group is slowed down.
    high: u64,
    /// Above this it is killed.
    max: u64,
}

impl Group {
    /// Reads the group of the calling process, where there are groups at all.
    pub(crate) fn current() -> Option<Group> {
        let mut room = [0; 4096];
        let length = small_file::read_into(c"/proc/self/cgroup", &mut room)
            .ok()?
            .len();
        Some(Group { room, length })
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.room[..self.length].split(|byte| *byte == b'\n')
    }

    /// The path of the group, without a leading slash, where version 2 is all there is.
    fn v2(&self) -> Option<&[u8]> {
        self.lines().next()?.strip_prefix(b"0::/")
    }

    /// The path of the group of one controller of version 1.
    fn v1(&self, controller: &[u8]) -> Option<&[u8]> {
        self.lines().find_map(|line| {
            // hierarchy:controller,controller:/path
            let mut fields = line.splitn(3, |byte| *byte == b':').skip(1);
            let mut controllers = fields.next()?.split(|byte| *byte == b',');
            let path = fields.next()?;
            controllers
                .any(|name| name == controller)
                .then(|| path.strip_prefix(b"/").unwrap_or(path))
        })
    }

    /// How much memory the group may use: `None` where that is not known, `u64::MAX`
    /// where it is not limited.
    pub(crate) fn memory_limit(&self) -> Option<u64> {
        let limits = match self.v2() {
            Some(path) => MemoryLimits {
                high: number(&[path, b"/memory.high"]),
                max: number(&[path, b"/memory.max"]),
            },
            None => self.v1_memory_limits(),
        };
        (limits.high != 0 && limits.max != 0).then(|| limits.high.min(limits.max))
    }

    fn v1_memory_limits(&self) -> MemoryLimits {
        let at = |path: &[u8]| MemoryLimits {
            high: v1_limit(&[b"memory/", path, b"/memory.soft_limit_in_bytes"]),
            max: v1_limit(&[b"memory/", path, b"/memory.limit_in_bytes"]),
        };
        self.v1(b"memory")
            .map(at)
            .filter(|limits| limits.high != 0 && limits.max != 0)
            .unwrap_or_else(|| at(b""))
    }

    /// How much memory the group uses; 0 where that is not known.
    pub(crate) fn memory_usage(&self) -> u64 {
        if let Some(path) = self.v2() {
            return number(&[path, b"/memory.current"]);
        }
        let at = |path: &[u8]| number(&[b"memory/", path, b"/memory.usage_in_bytes"]);
        self.v1(b"memory")
            .map(at)
            .filter(|usage| *usage != 0)
            .unwrap_or_else(|| at(b""))
    }

    /// How many processors' worth of time the group may use, at least 1; `None` where
    /// that is not limited. As in libuv, only version 2 has such limits: it looks for
    /// those of version 1 where they never are.
    pub(crate) fn cpu_quota(&self) -> Option<u64> {
        v2_cpu_quota(self.v2()?)
    }
}

/// The tightest quota of a group and of all those above it: each binds those below.
fn v2_cpu_quota(path: &[u8]) -> Option<u64> {
    let mut room = [0; 1024];
    read(&[path, b"/cgroup.controllers"], &mut room)?;
    let above = (0..path.len()).filter(|at| path[*at] == b'/' || *at == 0);
    above
        .chain([path.len()])
        .filter_map(|end| {
            let text = read(&[&path[..end], b"/cpu.max"], &mut room)?;
            // "max 100000" or "150000 100000": microseconds out of a period of them.
            let mut fields = text.split(u8::is_ascii_whitespace);
            processors(parse(fields.next()?)?, parse(fields.next()?)?)
        })
        .min()
}

/// Whole processors, of which a fraction counts as one.
fn processors(quota: u64, period: u64) -> Option<u64> {
    Some(quota.checked_div(period)?.max(1))
}

/// A limit of version 1, which writes "none" as the largest whole number of pages.
fn v1_limit(path: &[&[u8]]) -> u64 {
    let none = i64::MAX as u64 / crate::sys::thread::page_size() as u64
        * crate::sys::thread::page_size() as u64;
    match number(path) {
        limit if limit == none => u64::MAX,
        limit => limit,
    }
}

/// The number in a file below the mount: `max` is `u64::MAX`, and 0 is no such file or
/// no number.
fn number(path: &[&[u8]]) -> u64 {
    let mut room = [0; 64];
    match read(path, &mut room) {
        Some(b"max\n") => u64::MAX,
        Some(text) => parse(text).unwrap_or(0),
        None => 0,
    }
}

/// Reads a file below the mount.
fn read<'a>(path: &[&[u8]], room: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut name = [0; 4096 + 64];
    let mut cursor = Cursor::new(&mut name);
    cursor.push_all(MOUNT);
    path.iter().for_each(|piece| cursor.push_all(piece));
    cursor.push(0);
    if cursor.overflowed() {
        return None;
    }
    let name = CStr::from_bytes_with_nul(cursor.into_written()).ok()?;
    small_file::read_into(name, room).ok()
}

/// A decimal number with nothing but white space around it.
fn parse(text: &[u8]) -> Option<u64> {
    core::str::from_utf8(text).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &[u8]) -> Group {
        let mut room = [0; 4096];
        room[..text.len()].copy_from_slice(text);
        Group {
            room,
            length: text.len(),
        }
    }

    #[test]
    fn version_2_is_the_only_line() {
        let root = group(b"0::/\n");
        assert_eq!(root.v2(), Some(&b""[..]));
        assert_eq!(root.v1(b"memory"), None);
        assert_eq!(group(b"0::/a/b c\n").v2(), Some(&b"a/b c"[..]));
    }

    #[test]
    fn version_1_has_a_line_for_each_controller() {
        let both = group(b"5:cpu,cpuacct:/x:y/z\n4:memory:/m\n1:name=systemd:/s\n0::/\n");
        assert_eq!(both.v2(), None);
        assert_eq!(both.v1(b"memory"), Some(&b"m"[..]));
        assert_eq!(both.v1(b"cpu"), Some(&b"x:y/z"[..]));
        assert_eq!(both.v1(b"cpuacct"), Some(&b"x:y/z"[..]));
        assert_eq!(both.v1(b"cpuset"), None);
    }

    #[test]
    fn a_fraction_of_a_processor_counts_as_one() {
        assert_eq!(processors(150_000, 100_000), Some(1));
        assert_eq!(processors(250_000, 100_000), Some(2));
        assert_eq!(processors(1_000, 100_000), Some(1));
        assert_eq!(processors(1_000, 0), None);
    }

    #[test]
    fn numbers() {
        assert_eq!(parse(b" 12\n"), Some(12));
        assert_eq!(parse(b"-1\n"), None);
        assert_eq!(parse(b""), None);
        assert_eq!(number(&[b"no/such/file"]), 0);
    }

    #[test]
    fn a_path_that_is_too_long_is_no_file() {
        assert_eq!(read(&[&[b'a'; 5000]], &mut [0; 8]), None);
    }
}
