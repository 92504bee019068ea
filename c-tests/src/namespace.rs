//! A cell for a test: a user without privileges, a network of its own with
//! nothing but `lo`, and an end that takes every process in it.

mod parcel;

use crate::one_cpu;
use crate::toolbox::{Doing, Result};
use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The user and group that a test becomes when we are root: "nobody".
const NOBODY: u32 = 65534;

/// How far this machine lets us lock a test in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// A network namespace, made as root.
    Own,
    /// A network namespace inside a user namespace, made as an ordinary user.
    OwnByUserNamespace,
    /// No namespace is to be had: the machine's own network.
    Shared,
}

/// What a test's cell is made of.
#[derive(Clone, Copy, Debug)]
pub struct Isolation {
    /// The network it sees.
    pub network: Network,
    uid: u32,
    gid: u32,
    drop_to: Option<u32>,
    descriptors: Option<u64>,
    to_many: bool,
    /// Chooses the one processor that it runs on.
    processor: Option<fn() -> usize>,
}

impl Isolation {
    /// Finds out, by trying, what this machine permits.
    pub fn detect() -> Isolation {
        // SAFETY: these two only read the process's credentials.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        let drop_to = (uid == 0).then_some(NOBODY);
        let shared = Isolation {
            network: Network::Shared,
            uid,
            gid,
            drop_to,
            descriptors: None,
            to_many: false,
            processor: None,
        };
        let own = match uid {
            0 => Isolation {
                network: Network::Own,
                ..shared
            },
            _ => Isolation {
                network: Network::OwnByUserNamespace,
                ..shared
            },
        };
        if own.works() { own } else { shared }
    }

    /// The same, with a limit on descriptors.
    pub fn with_descriptors(self, descriptors: Option<u64>) -> Isolation {
        Isolation {
            descriptors,
            ..self
        }
    }

    /// The same, on one processor.
    pub fn on_one_processor(self) -> Isolation {
        Isolation {
            processor: Some(one_cpu::next),
            ..self
        }
    }

    /// The same for what has to run on the first processor, if it is to run on one.
    pub fn with_the_first(self) -> Isolation {
        Isolation {
            processor: self.processor.map(|_| one_cpu::first as fn() -> usize),
            ..self
        }
    }

    /// The same, as the user that we are.
    pub fn as_ourselves(self) -> Isolation {
        Isolation {
            drop_to: None,
            ..self
        }
    }

    /// The same, with routes for what is sent to many: broadcasts and multicast.
    pub fn with_routes_to_many(self) -> Isolation {
        Isolation {
            to_many: true,
            ..self
        }
    }

    /// Whether we are root.
    pub fn is_root(self) -> bool {
        self.uid == 0
    }

    fn works(self) -> bool {
        let mut command = Command::new("true");
        let Ok(cell) = self.enclose(&mut command) else {
            return false;
        };
        let done = crate::run::command(&mut command, Duration::from_secs(10));
        done.is_ok_and(|done| done.success()) && cell.network().is_some()
    }

    /// One line about the cell, for the reader of the results.
    pub fn describe(self) -> String {
        let user = match self.drop_to {
            Some(id) => format!("as user {id}"),
            None => format!("as user {}", self.uid),
        };
        let network = match self.network {
            Network::Own => "each in a network of its own with only lo",
            Network::OwnByUserNamespace => "each in a network of its own (user namespace)",
            Network::Shared => "one at a time on the machine's own network: no namespaces here",
        };
        let limit = self
            .descriptors
            .map(|most| format!(", with {most} descriptors"));
        format!("{user}, {network}{}", limit.unwrap_or_default())
    }

    /// The user who must be able to write where the test writes.
    pub fn user(self) -> u32 {
        self.drop_to.unwrap_or(self.uid)
    }

    /// Gives a directory and all below it to the test's user.
    pub fn give(self, path: &Path) -> Result {
        if let Some(id) = self.drop_to {
            std::os::unix::fs::lchown(path, Some(id), Some(id)).doing(path.display())?;
            if path.is_dir() {
                for entry in std::fs::read_dir(path)? {
                    self.give(&entry?.path())?;
                }
            }
        }
        Ok(())
    }

    /// Has the command start in a cell; `Cell::clear` empties it afterwards.
    pub fn enclose(self, command: &mut Command) -> Result<Cell> {
        let (ours, theirs) = socket_pair()?;
        let tell = theirs.as_raw_fd();
        let user_map = CString::new(format!("{0} {0} 1", self.uid)).doing("user map")?;
        let group_map = CString::new(format!("{0} {0} 1", self.gid)).doing("group map")?;
        let processor = self.processor.map(|choose| choose());
        let enter = move || {
            match self.network {
                Network::Own => unshare(libc::CLONE_NEWNET)?,
                Network::OwnByUserNamespace => {
                    unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET)?;
                    write_file(c"/proc/self/setgroups", b"deny")?;
                    write_file(c"/proc/self/uid_map", user_map.as_bytes())?;
                    write_file(c"/proc/self/gid_map", group_map.as_bytes())?;
                }
                Network::Shared => {}
            }
            if self.network != Network::Shared {
                raise_loopback()?;
                if self.to_many {
                    route_to_many()?;
                }
                send_network(tell)?;
            }
            self.descriptors.map_or(Ok(()), limit_descriptors)?;
            processor.map_or(Ok(()), one_cpu::keep_to)?;
            self.drop_to.map_or(Ok(()), become_user)
        };
        // SAFETY: between fork and exec the closure makes system calls only; it
        // allocates nothing and takes no lock.
        unsafe { command.pre_exec(enter) };
        Ok(Cell {
            ours,
            _theirs: theirs,
        })
    }
}

/// The network of a test that was started. The test sends it as a descriptor and not
/// by its number: the namespace then lives until the cell has been cleared, and no
/// other test's can get its number meanwhile.
pub struct Cell {
    ours: OwnedFd,
    _theirs: OwnedFd,
}

impl Cell {
    /// The network namespace, if the test got one.
    fn network(&self) -> Option<File> {
        parcel::receive(self.ours.as_raw_fd()).map(File::from)
    }

    /// Kills every process that is still in the cell, also those that left the
    /// process group.
    pub fn clear(self) {
        let network = self.network();
        let Some(Ok(meta)) = network.as_ref().map(File::metadata) else {
            return;
        };
        let inode = meta.ino();
        let Ok(processes) = std::fs::read_dir("/proc") else {
            return;
        };
        for entry in processes.flatten() {
            let pid = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<i32>().ok());
            let Some(pid) = pid else { continue };
            let network = std::fs::metadata(entry.path().join("ns/net"));
            if network.is_ok_and(|meta| meta.ino() == inode) {
                // SAFETY: kill touches no memory; the process is one of the test's.
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
        }
    }
}

fn socket_pair() -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socketpair fills in the two descriptors that the array has room for.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, fds.as_mut_ptr()) })?;
    // SAFETY: socketpair has just made these descriptors; nobody else owns them.
    Ok(unsafe { (OwnedFd::from_raw_fd(fds[0]), OwnedFd::from_raw_fd(fds[1])) })
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        other => Ok(other),
    }
}

fn unshare(what: libc::c_int) -> io::Result<()> {
    // SAFETY: unshare touches no memory.
    check(unsafe { libc::unshare(what) }).map(drop)
}

fn write_file(path: &std::ffi::CStr, bytes: &[u8]) -> io::Result<()> {
    // SAFETY: the path ends in a NUL, the bytes are ours, the descriptor is closed here.
    unsafe {
        let fd = check(libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC))?;
        let written = libc::write(fd, bytes.as_ptr().cast(), bytes.len());
        let result = if written < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        };
        libc::close(fd);
        result
    }
}

/// `ip link set lo up`, without the program.
fn raise_loopback() -> io::Result<()> {
    // SAFETY: ifreq is plain data for which zero is valid; its name field has room
    // for "lo"; the descriptor is made and closed here.
    unsafe {
        let fd = check(libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            0,
        ))?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let result = check(libc::ioctl(fd, libc::SIOCSIFFLAGS as _, &request)).map(drop);
        libc::close(fd);
        result
    }
}

/// `ip route add 255.255.255.255 dev lo` and the same for 224.0.0.0/4: the kernel
/// has neither broadcasts nor multicast on `lo` of its own accord.
fn route_to_many() -> io::Result<()> {
    route_to_loopback([255; 4], [255; 4])?;
    route_to_loopback([224, 0, 0, 0], [240, 0, 0, 0])
}

fn route_to_loopback(to: [u8; 4], mask: [u8; 4]) -> io::Result<()> {
    let address = |bytes| libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: 0,
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(bytes),
        },
        sin_zero: [0; 8],
    };
    let mut device = *b"lo\0";
    // SAFETY: rtentry is plain data for which zero is valid; sockaddr_in and
    // sockaddr have one size; the device's name outlives the call; the descriptor
    // is made and closed here.
    unsafe {
        let fd = check(libc::socket(
            libc::AF_INET,
            libc::SOCK_DGRAM | libc::SOCK_CLOEXEC,
            0,
        ))?;
        let mut route: libc::rtentry = std::mem::zeroed();
        route.rt_dst = std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address(to));
        route.rt_genmask = std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address(mask));
        route.rt_flags = libc::RTF_UP;
        route.rt_dev = device.as_mut_ptr().cast();
        let result = check(libc::ioctl(fd, libc::SIOCADDRT as _, &route)).map(drop);
        libc::close(fd);
        result
    }
}

/// Sends our network namespace as a descriptor.
fn send_network(to: RawFd) -> io::Result<()> {
    // SAFETY: the path ends in a NUL; the descriptor is closed here.
    unsafe {
        let path = c"/proc/self/ns/net".as_ptr();
        let network = check(libc::open(path, libc::O_RDONLY | libc::O_CLOEXEC))?;
        let sent = parcel::send(to, network);
        libc::close(network);
        sent
    }
}

fn limit_descriptors(most: u64) -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: most,
        rlim_max: most,
    };
    // SAFETY: the call reads the two numbers.
    check(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) }).map(drop)
}

fn become_user(id: u32) -> io::Result<()> {
    // SAFETY: these change credentials only; the list of groups is empty.
    unsafe {
        check(libc::setgroups(0, std::ptr::null()))?;
        check(libc::setresgid(id, id, id))?;
        check(libc::setresuid(id, id, id)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_cell_has_no_privileges_and_only_lo() {
        let isolation = Isolation::detect();
        let mut command = Command::new("sh");
        command.args(["-c", "id -u; cat /proc/net/dev"]);
        let cell = isolation.enclose(&mut command).unwrap();
        let ran = crate::run::command(&mut command, LIMIT).unwrap();
        assert!(ran.success(), "{}", ran.stderr);
        let (user, devices) = ran.stdout.split_once('\n').unwrap();
        assert_eq!(user, isolation.user().to_string());
        assert_ne!(user, "0");
        if isolation.network != Network::Shared {
            let names = devices.lines().filter_map(|line| line.split_once(':'));
            assert_eq!(
                names.map(|(name, _)| name.trim()).collect::<Vec<_>>(),
                ["lo"]
            );
            assert!(cell.network().is_some());
        }
    }

    #[test]
    fn a_cells_network_is_no_others_before_it_is_cleared() {
        let isolation = Isolation::detect();
        if isolation.network == Network::Shared {
            return;
        }
        let inhabit = || {
            let mut command = Command::new("true");
            let cell = isolation.enclose(&mut command).unwrap();
            assert!(crate::run::command(&mut command, LIMIT).unwrap().success());
            cell
        };
        let cells: Vec<Cell> = std::iter::repeat_with(inhabit).take(20).collect();
        let number = |cell: &Cell| cell.network().unwrap().metadata().unwrap().ino();
        // Each number is asked for while the descriptors of the others are on their way.
        let numbers: std::collections::BTreeSet<u64> = cells.iter().map(number).collect();
        assert_eq!(numbers.len(), cells.len());
    }

    #[test]
    fn clearing_a_cell_ends_what_left_the_process_group() {
        let isolation = Isolation::detect();
        if isolation.network == Network::Shared {
            return;
        }
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 1000 & echo $!"]);
        let cell = isolation.enclose(&mut command).unwrap();
        let ran = crate::run::command(&mut command, LIMIT).unwrap();
        let stray = format!("/proc/{}/stat", ran.stdout.trim());
        let lives = || std::fs::read_to_string(&stray).is_ok_and(|stat| !stat.contains(") Z "));
        cell.clear();
        let deadline = Instant::now() + LIMIT;
        while lives() {
            assert!(Instant::now() < deadline, "{stray} is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
