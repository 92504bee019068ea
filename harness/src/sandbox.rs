//! A sandbox for a test: a user without privileges, a network of its own with
//! nothing but `lo`, and an end that takes every process in it.

mod fd_passing;
mod kernel;

use crate::one_cpu;
use crate::toolbox::{Doing, Result};
use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The unprivileged user and group that a test becomes if we are root.
const UNPRIVILEGED: u32 = 65534;

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

/// What a test's sandbox is made of.
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
        let drop_to = (uid == 0).then_some(UNPRIVILEGED);
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
        let Ok(sandbox) = self.enter(&mut command) else {
            return false;
        };
        let done = crate::run::command(&mut command, Duration::from_secs(10));
        done.is_ok_and(|done| done.success()) && sandbox.network().is_some()
    }

    /// One line about the sandbox, for the reader of the results.
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

    /// Has the command start in a sandbox; `Sandbox::clear` empties it afterwards.
    pub fn enter(self, command: &mut Command) -> Result<Sandbox> {
        let (ours, theirs) = kernel::socket_pair()?;
        let tell = theirs.as_raw_fd();
        let user_map = CString::new(format!("{0} {0} 1", self.uid)).doing("user map")?;
        let group_map = CString::new(format!("{0} {0} 1", self.gid)).doing("group map")?;
        let processor = self.processor.map(|choose| choose());
        let enter = move || {
            match self.network {
                Network::Own => kernel::unshare(libc::CLONE_NEWNET)?,
                Network::OwnByUserNamespace => {
                    kernel::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNET)?;
                    kernel::write_file(c"/proc/self/setgroups", b"deny")?;
                    kernel::write_file(c"/proc/self/uid_map", user_map.as_bytes())?;
                    kernel::write_file(c"/proc/self/gid_map", group_map.as_bytes())?;
                }
                Network::Shared => {}
            }
            if self.network != Network::Shared {
                kernel::raise_loopback()?;
                if self.to_many {
                    kernel::route_to_many()?;
                }
                kernel::send_network(tell)?;
            }
            self.descriptors.map_or(Ok(()), kernel::limit_descriptors)?;
            processor.map_or(Ok(()), one_cpu::keep_to)?;
            self.drop_to.map_or(Ok(()), kernel::become_user)
        };
        // SAFETY: between fork and exec the closure makes system calls only; it
        // allocates nothing and takes no lock.
        unsafe { command.pre_exec(enter) };
        Ok(Sandbox {
            ours,
            _theirs: theirs,
        })
    }
}

/// The network of a test that was started. The test sends it as a descriptor and not
/// by its number: the namespace then lives until the sandbox has been cleared, and no
/// other test's can get its number meanwhile.
pub struct Sandbox {
    ours: OwnedFd,
    _theirs: OwnedFd,
}

impl Sandbox {
    /// The network namespace, if the test got one.
    fn network(&self) -> Option<File> {
        fd_passing::receive(self.ours.as_raw_fd()).map(File::from)
    }

    /// Kills every process that is still in the sandbox, also those that left the
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_sandbox_has_no_privileges_and_only_lo() {
        let isolation = Isolation::detect();
        let mut command = Command::new("sh");
        command.args(["-c", "id -u; cat /proc/net/dev"]);
        let sandbox = isolation.enter(&mut command).unwrap();
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
            assert!(sandbox.network().is_some());
        }
    }

    #[test]
    fn a_network_belongs_to_one_sandbox_until_that_is_cleared() {
        let isolation = Isolation::detect();
        if isolation.network == Network::Shared {
            return;
        }
        let inhabit = || {
            let mut command = Command::new("true");
            let sandbox = isolation.enter(&mut command).unwrap();
            assert!(crate::run::command(&mut command, LIMIT).unwrap().success());
            sandbox
        };
        let sandboxes: Vec<Sandbox> = std::iter::repeat_with(inhabit).take(20).collect();
        let number = |sandbox: &Sandbox| sandbox.network().unwrap().metadata().unwrap().ino();
        // Each number is asked for while the descriptors of the others are on their way.
        let numbers: std::collections::BTreeSet<u64> = sandboxes.iter().map(number).collect();
        assert_eq!(numbers.len(), sandboxes.len());
    }

    #[test]
    fn clearing_a_sandbox_ends_what_left_the_process_group() {
        let isolation = Isolation::detect();
        if isolation.network == Network::Shared {
            return;
        }
        let mut command = Command::new("sh");
        command.args(["-c", "setsid sleep 1000 & echo $!"]);
        let sandbox = isolation.enter(&mut command).unwrap();
        let ran = crate::run::command(&mut command, LIMIT).unwrap();
        let stray = format!("/proc/{}/stat", ran.stdout.trim());
        let lives = || std::fs::read_to_string(&stray).is_ok_and(|stat| !stat.contains(") Z "));
        sandbox.clear();
        let deadline = Instant::now() + LIMIT;
        while lives() {
            assert!(Instant::now() < deadline, "{stray} is still there");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
