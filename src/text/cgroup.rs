//! Parsers for the kernel's files about control groups (cgroups): `/proc/self/cgroup`,
//! `/proc/self/mountinfo`, and the files with a group's limits.

use super::{Cursor, parse};

/// Parses a line of `/proc/self/cgroup`. Returns the controllers of a hierarchy, separated by
/// commas, and the path of the process's group in it, without a leading slash. Version 2 names no
/// controllers. `None` for a group outside of the process's cgroup namespace, whose path cannot be
/// resolved.
pub fn membership(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // hierarchy:controller,controller:/path
    let mut fields = line.splitn(3, |byte| *byte == b':').skip(1);
    let (controllers, path) = (fields.next()?, fields.next()?);
    let path = path.strip_prefix(b"/").unwrap_or(path);
    let outside = path.split(|byte| *byte == b'/').any(|part| part == b"..");
    (!outside).then_some((controllers, path))
}

/// Returns whether a list separated by commas has this item.
pub fn lists(list: &[u8], item: &[u8]) -> bool {
    list.split(|byte| *byte == b',').any(|each| each == item)
}

/// Parses a line of `/proc/self/mountinfo`. If it is a mount of the hierarchy, returns the mounted
/// group and the mount point, both escaped. `controller` names a hierarchy of version 1; `None` is
/// version 2.
pub fn mount<'a>(line: &'a [u8], controller: Option<&[u8]>) -> Option<(&'a [u8], &'a [u8])> {
    // id parent major:minor root mount-point options [more ...] - type source options
    let mut fields = line.split(|byte| *byte == b' ').skip(3);
    let (root, mount_point) = (fields.next()?, fields.next()?);
    fields.find(|field| *field == b"-")?;
    let (kind, options) = (fields.next()?, fields.nth(1)?);
    let is_it = match controller {
        Some(controller) => kind == b"cgroup" && lists(options, controller),
        None => kind == b"cgroup2",
    };
    is_it.then_some((root, mount_point))
}

/// Unescapes a path of `/proc/self/mountinfo`, where white space and backslashes are a backslash
/// and three octal digits.
pub fn unescape(mut path: &[u8], out: &mut Cursor) {
    while let [first, rest @ ..] = path {
        let (byte, rest) = match path {
            [
                b'\\',
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                rest @ ..,
            ] => ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), rest),
            _ => (*first, rest),
        };
        out.push(byte);
        path = rest;
    }
}

/// Returns the path of a group relative to the mounted group `root`, both without a leading slash;
/// `None` if it is not below that.
pub fn below<'a>(path: &'a [u8], root: &[u8]) -> Option<&'a [u8]> {
    if root.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(root)? {
        [] => Some(b""),
        [b'/', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// Parses `cpu.max` of version 2: `150000 100000`, a quota and a period in microseconds, or `max
/// 100000`. Returns the quota in processors, at least 1; `None` for no limit.
pub fn cpu_max(text: &[u8]) -> Option<u64> {
    let mut fields = text.split(u8::is_ascii_whitespace);
    processors(number(fields.next()?)?, number(fields.next()?)?)
}

/// Returns the quota in processors from `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1,
/// where the quota −1 is no limit.
pub fn cfs_quota(quota: &[u8], period: &[u8]) -> Option<u64> {
    processors(number(quota)?, number(period)?)
}

fn processors(quota: u64, period: u64) -> Option<u64> {
    Some(quota.checked_div(period)?.max(1))
}

/// Parses a file about memory, of either version. Returns bytes: `u64::MAX` for no limit, and
/// `None` for 0, which libuv returns if a value is not known.
pub fn memory(text: &[u8], page_size: u64) -> Option<u64> {
    if text.trim_ascii() == b"max" {
        return Some(u64::MAX);
    }
    // Version 1 writes the largest whole number of pages if there is no limit.
    let none = i64::MAX as u64 / page_size * page_size;
    let bytes = number(text).filter(|bytes| *bytes != 0)?;
    Some(if bytes == none { u64::MAX } else { bytes })
}

fn number(text: &[u8]) -> Option<u64> {
    parse(text.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups() {
        assert_eq!(membership(b"0::/"), Some((&b""[..], &b""[..])));
        assert_eq!(membership(b"0::/a/b c"), Some((&b""[..], &b"a/b c"[..])));
        assert_eq!(
            membership(b"5:cpu,cpuacct:/x:y/z"),
            Some((&b"cpu,cpuacct"[..], &b"x:y/z"[..]))
        );
        assert_eq!(membership(b"0::/../other"), None);
        assert_eq!(membership(b"0::/a..b"), Some((&b""[..], &b"a..b"[..])));
        assert_eq!(membership(b"5:cpu"), None);
        assert_eq!(membership(b""), None);
        assert!(lists(b"cpu,cpuacct", b"cpu"));
        assert!(!lists(b"cpuset,cpuacct", b"cpu"));
    }

    #[test]
    fn mounts() {
        let v1 = b"31 30 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct";
        let mount_point = Some((&b"/"[..], &b"/sys/fs/cgroup/cpu,cpuacct"[..]));
        assert_eq!(mount(v1, Some(b"cpu")), mount_point);
        assert_eq!(mount(v1, Some(b"memory")), None);
        assert_eq!(mount(v1, None), None);
        let v2 = b"41 31 0:38 /pod /sys/a\\040b rw shared:9 master:1 - cgroup2 cgroup2 rw";
        assert_eq!(mount(v2, None), Some((&b"/pod"[..], &b"/sys/a\\040b"[..])));
        assert_eq!(mount(v2, Some(b"cpu")), None);
        assert_eq!(mount(b"41 31 0:38 / /x rw", None), None);
        assert_eq!(mount(b"", None), None);
    }

    #[test]
    fn escaped_paths() {
        let unescaped = |path| {
            let mut buffer = [0; 16];
            let mut out = Cursor::new(&mut buffer);
            unescape(path, &mut out);
            out.into_written().to_vec()
        };
        assert_eq!(unescaped(b"/a\\040b\\134"), b"/a b\\");
        assert_eq!(unescaped(b"\\04"), b"\\04");
        assert_eq!(unescaped(b"\\999"), b"\\999");
    }

    #[test]
    fn a_group_below_the_mounted_one() {
        assert_eq!(below(b"a/b", b""), Some(&b"a/b"[..]));
        assert_eq!(below(b"a/b", b"a"), Some(&b"b"[..]));
        assert_eq!(below(b"a/b", b"a/b"), Some(&b""[..]));
        assert_eq!(below(b"ab", b"a"), None);
        assert_eq!(below(b"", b"a"), None);
    }

    #[test]
    fn a_fraction_of_a_processor_counts_as_one() {
        assert_eq!(cpu_max(b"150000 100000\n"), Some(1));
        assert_eq!(cpu_max(b"250000 100000\n"), Some(2));
        assert_eq!(cpu_max(b"max 100000\n"), None);
        assert_eq!(cpu_max(b"1000 0\n"), None);
        assert_eq!(cpu_max(b"1000"), None);
        assert_eq!(cfs_quota(b"1000\n", b"100000\n"), Some(1));
        assert_eq!(cfs_quota(b"-1\n", b"100000\n"), None);
        assert_eq!(cfs_quota(b"200000\n", b"0\n"), None);
    }

    #[test]
    fn limits_of_memory() {
        assert_eq!(memory(b"max\n", 4096), Some(u64::MAX));
        assert_eq!(memory(b"9223372036854771712\n", 4096), Some(u64::MAX));
        assert_eq!(memory(b" 12\n", 4096), Some(12));
        assert_eq!(memory(b"0\n", 4096), None);
        assert_eq!(memory(b"-1\n", 4096), None);
        assert_eq!(memory(b"", 4096), None);
    }
}
