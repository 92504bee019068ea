//! The limits of the process's control group (cgroup) and of all groups above it, which also apply.
//!
//! Version 2 has one hierarchy, version 1 has one for each set of controllers, and a machine may
//! have both: a controller belongs to one hierarchy. In a container the upper part of the group's
//! path is often not visible. Levels whose files cannot be read are ignored.

use super::small_file::{self, Lines};
use crate::sys::thread::page_size;
use crate::text::{Cursor, cgroup};
use core::ffi::CStr;

/// The size of a buffer for a path: the kernel's limit.
const PATH: usize = 4096;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// Returns the process's CPU quota in processors, at least 1; `None` for no limit.
pub(crate) fn cpu_quota() -> Option<u64> {
    find(b"cpu", |level| level.cpu_quota())
}

/// Returns the process's memory limit: `None` if it is not known, `u64::MAX` if there is none.
pub(crate) fn memory_limit() -> Option<u64> {
    find(b"memory", |level| level.memory_limit())
}

/// Returns how much more memory the process may use; `None` if no limit is at most `total`.
pub(crate) fn memory_left(total: u64) -> Option<u64> {
    let left = |level: Level| {
        let limit = level.memory_limit().filter(|limit| *limit <= total)?;
        // A group may briefly use more than its limit.
        Some(limit.saturating_sub(level.memory_usage()))
    };
    find(b"memory", left)
}

/// Calls `ask` with the levels of the process's group in each mount where it may be visible, and
/// returns the first mount's least limit: where the hierarchy is mounted, or else at the usual mount
/// points.
fn find(controller: &[u8], ask: impl Fn(Level<'_>) -> Option<u64>) -> Option<u64> {
    let mut buffer = [0; PATH];
    let (version, path) = membership(controller, &mut buffer)?;
    mounted(version, controller, path, &ask).or_else(|| {
        let usual: &[(&[u8], &[u8])] = match version {
            Version::One => &[(b"/sys/fs/cgroup/", controller)],
            Version::Two => &[(b"/sys/fs/cgroup", b""), (b"/sys/fs/cgroup/", b"unified")],
        };
        usual.iter().find_map(|(directory, name)| {
            let mount = |out: &mut Cursor| {
                out.push_all(directory);
                out.push_all(name);
            };
            Group::new(version, mount, path)?.least(&ask)
        })
    })
}

/// Returns the hierarchy that has this controller, and the path of the process's group in it. If
/// there is none, returns the root of version 1's, as libuv does.
fn membership<'a>(controller: &[u8], buffer: &'a mut [u8; PATH]) -> Option<(Version, &'a [u8])> {
    let mut lines = Lines::open(c"/proc/self/cgroup").ok()?;
    let mut found = (Version::One, 0);
    while let Ok(Some(line)) = lines.next_line() {
        let Some((controllers, path)) = cgroup::membership(line) else {
            continue;
        };
        let version = match controllers {
            b"" => Version::Two,
            _ if cgroup::lists(controllers, controller) => Version::One,
            _ => continue,
        };
        // The buffer is as long as the longest line.
        buffer[..path.len()].copy_from_slice(path);
        found = (version, path.len());
        if version == Version::One {
            break;
        }
    }
    Some((found.0, &buffer[..found.1]))
}

/// Calls `ask` for the levels in each mount of the hierarchy, until one returns a limit.
fn mounted(
    version: Version,
    controller: &[u8],
    path: &[u8],
    ask: &impl Fn(Level<'_>) -> Option<u64>,
) -> Option<u64> {
    let controller = (version == Version::One).then_some(controller);
    let mut lines = Lines::open(c"/proc/self/mountinfo").ok()?;
    while let Ok(Some(line)) = lines.next_line() {
        let Some((root, mount_point)) = cgroup::mount(line, controller) else {
            continue;
        };
        let mut buffer = [0; PATH];
        let mut out = Cursor::new(&mut buffer);
        cgroup::unescape(root.strip_prefix(b"/").unwrap_or(root), &mut out);
        let answer = cgroup::below(path, out.into_written())
            .and_then(|path| Group::new(version, |out| cgroup::unescape(mount_point, out), path))
            .and_then(|group| group.least(ask));
        if answer.is_some() {
            return answer;
        }
    }
    None
}

/// The process's group below a mount of its hierarchy.
struct Group {
    version: Version,
    /// The group's directory.
    directory: [u8; PATH],
    length: usize,
    /// The length of the mount point in `directory`.
    mount: usize,
}

impl Group {
    /// `mount` writes the mount point. Returns `None` if the whole is too long for a path.
    fn new(version: Version, mount: impl FnOnce(&mut Cursor), path: &[u8]) -> Option<Group> {
        let mut directory = [0; PATH];
        let mut out = Cursor::new(&mut directory);
        mount(&mut out);
        let mount = out.len();
        if !path.is_empty() {
            out.push(b'/');
            out.push_all(path);
        }
        let (length, fits) = (out.len(), !out.overflowed());
        fits.then_some(Group {
            version,
            directory,
            length,
            mount,
        })
    }

    /// Returns the least limit of all levels.
    fn least(&self, ask: &impl Fn(Level<'_>) -> Option<u64>) -> Option<u64> {
        self.levels().filter_map(ask).min()
    }

    /// Returns the group and those above it, up to the one that is mounted.
    fn levels(&self) -> impl Iterator<Item = Level<'_>> {
        let inner = (self.mount + 1..self.length).rev();
        let above = inner.filter(|at| self.directory[*at] == b'/');
        let top = (self.length > self.mount).then_some(self.mount);
        let ends = core::iter::once(self.length).chain(above).chain(top);
        ends.map(|end| Level {
            version: self.version,
            directory: &self.directory[..end],
        })
    }
}

/// A group, or one above it.
#[derive(Clone, Copy)]
struct Level<'a> {
    version: Version,
    directory: &'a [u8],
}

impl Level<'_> {
    fn cpu_quota(self) -> Option<u64> {
        let (mut buffer, mut more) = ([0; 64], [0; 64]);
        match self.version {
            Version::One => cgroup::cfs_quota(
                self.read(b"/cpu.cfs_quota_us", &mut buffer)?,
                self.read(b"/cpu.cfs_period_us", &mut more)?,
            ),
            Version::Two => cgroup::cpu_max(self.read(b"/cpu.max", &mut buffer)?),
        }
    }

    /// Returns the lower of the soft and the hard limit. Above the soft one the kernel slows the
    /// group down, above the hard one it kills.
    fn memory_limit(self) -> Option<u64> {
        let files: [&[u8]; 2] = match self.version {
            Version::One => [b"/memory.soft_limit_in_bytes", b"/memory.limit_in_bytes"],
            Version::Two => [b"/memory.high", b"/memory.max"],
        };
        let limits = files.into_iter().filter_map(|file| self.memory(file));
        limits.min()
    }

    /// Returns the used memory; 0 if it is not known.
    fn memory_usage(self) -> u64 {
        let file: &[u8] = match self.version {
            Version::One => b"/memory.usage_in_bytes",
            Version::Two => b"/memory.current",
        };
        self.memory(file).unwrap_or(0)
    }

    fn memory(self, file: &[u8]) -> Option<u64> {
        cgroup::memory(self.read(file, &mut [0; 64])?, page_size() as u64)
    }

    fn read<'a>(self, file: &[u8], buffer: &'a mut [u8]) -> Option<&'a [u8]> {
        let mut name = [0; PATH + 64];
        let mut out = Cursor::new(&mut name);
        out.push_all(self.directory);
        out.push_all(file);
        out.push(0);
        let name = CStr::from_bytes_with_nul(out.into_written()).ok()?;
        small_file::read_into(name, buffer).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(mount: &[u8], path: &[u8]) -> Vec<Vec<u8>> {
        let group = Group::new(Version::Two, |out| out.push_all(mount), path).unwrap();
        group
            .levels()
            .map(|level| level.directory.to_vec())
            .collect()
    }

    #[test]
    fn the_way_up_ends_where_the_mount_is() {
        assert_eq!(levels(b"/sys/c", b""), [b"/sys/c"]);
        assert_eq!(levels(b"/sys/c", b"a"), [&b"/sys/c/a"[..], b"/sys/c"]);
        assert_eq!(
            levels(b"/sys/c", b"a/bc"),
            [&b"/sys/c/a/bc"[..], b"/sys/c/a", b"/sys/c"]
        );
    }

    #[test]
    fn a_path_that_is_too_long_is_no_group() {
        assert!(Group::new(Version::One, |_| {}, &[b'a'; PATH]).is_none());
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing() {
        let level = Level {
            version: Version::Two,
            directory: b"/nonexistent",
        };
        assert_eq!(level.cpu_quota(), None);
        assert_eq!(level.memory_limit(), None);
        assert_eq!(level.memory_usage(), 0);
    }
}
