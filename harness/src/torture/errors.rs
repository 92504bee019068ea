//! The errors that are injected into each system call.

use libc::*;

/// A call and the errors that its manual page lists for valid arguments. EPERM and ENOSYS,
/// which seccomp filters return, are added to all of them.
pub struct Call {
    /// Its name in the manual.
    pub name: &'static str,
    /// The kernel's number.
    pub number: c_long,
    errors: &'static [c_int],
}

macro_rules! calls {
    ($($number:ident $name:literal: $($error:ident)*;)*) => {
        &[$(Call { name: $name, number: $number, errors: &[$($error),*] }),*]
    };
}

/// Left out, besides the calls that `filter.c` does not intercept: EINTR of connect and
/// close, after which the kernel completes the call (close reports EINTR after it has
/// closed); EFAULT and EINVAL, which depend on the arguments; EEXIST and ENOENT of
/// epoll_ctl, which would contradict the set; ENOENT of getdents, which libc reports as
/// the end of a removed directory, as POSIX requires.
const CALLS: &[Call] = calls! {
    SYS_read "read": EAGAIN EINTR EIO ECONNRESET ETIMEDOUT ENOMEM EISDIR EBADF;
    SYS_readv "readv": EAGAIN EINTR EIO ECONNRESET;
    SYS_pread64 "pread": EINTR EIO;
    SYS_preadv "preadv": EINTR EIO;
    SYS_write "write": EAGAIN EINTR EIO EPIPE ENOSPC EDQUOT EFBIG ECONNRESET EBADF;
    SYS_writev "writev": EAGAIN EINTR EIO EPIPE ENOSPC ECONNRESET ENOBUFS;
    SYS_pwrite64 "pwrite": EINTR EIO ENOSPC;
    SYS_pwritev "pwritev": EINTR EIO ENOSPC;
    SYS_sendmsg "sendmsg": EAGAIN EINTR EPIPE ECONNRESET ENOBUFS ENOMEM ECONNREFUSED ETOOMANYREFS;
    SYS_sendto "sendto": EAGAIN EINTR EPIPE ECONNRESET ENOBUFS ENOMEM ECONNREFUSED;
    SYS_sendmmsg "sendmmsg": EAGAIN EINTR ENOBUFS ENOMEM ECONNREFUSED;
    SYS_recvmsg "recvmsg": EAGAIN EINTR ECONNREFUSED ECONNRESET ENOMEM;
    SYS_recvfrom "recvfrom": EAGAIN EINTR ECONNREFUSED ECONNRESET ENOMEM;
    SYS_recvmmsg "recvmmsg": EAGAIN EINTR ECONNREFUSED ENOMEM;
    SYS_socket "socket": EMFILE ENFILE ENOBUFS ENOMEM EACCES EAFNOSUPPORT EINVAL;
    SYS_socketpair "socketpair": EMFILE ENFILE ENOMEM EAFNOSUPPORT;
    SYS_bind "bind": EADDRINUSE EADDRNOTAVAIL EACCES ENOMEM;
    SYS_listen "listen": EADDRINUSE EOPNOTSUPP;
    SYS_connect "connect": ECONNREFUSED ETIMEDOUT ENETUNREACH EADDRNOTAVAIL EACCES EAGAIN;
    SYS_accept "accept": EAGAIN EINTR ECONNABORTED EMFILE ENFILE ENOBUFS ENOMEM EPROTO;
    SYS_accept4 "accept4": EAGAIN EINTR ECONNABORTED EMFILE ENFILE ENOBUFS ENOMEM EPROTO;
    SYS_setsockopt "setsockopt": ENOPROTOOPT ENOMEM;
    SYS_getsockopt "getsockopt": ENOPROTOOPT;
    SYS_getsockname "getsockname": ENOBUFS;
    SYS_getpeername "getpeername": ENOBUFS ENOTCONN;
    SYS_shutdown "shutdown": ENOTCONN;
    SYS_close "close": EINTR EIO ENOSPC EDQUOT;
    SYS_epoll_create1 "epoll_create1": EMFILE ENFILE ENOMEM;
    SYS_epoll_ctl "epoll_ctl": ENOMEM ENOSPC;
    SYS_epoll_pwait "epoll_pwait": EINTR EBADF;
    SYS_eventfd2 "eventfd": EMFILE ENFILE ENOMEM ENODEV;
    SYS_pipe2 "pipe2": EMFILE ENFILE;
    SYS_dup "dup": EMFILE ENOMEM;
    SYS_dup3 "dup3": EMFILE EINTR EBUSY;
    SYS_fcntl "fcntl": EMFILE EINTR ENOLCK;
    SYS_ioctl "ioctl": ENOTTY EIO;
    SYS_openat "openat": EACCES EINTR EIO EMFILE ENFILE ENOENT ENOMEM ENOSPC EROFS;
    SYS_statx "statx": EACCES EIO ENOENT ENOMEM;
    SYS_newfstatat "newfstatat": EACCES EIO ENOENT ENOMEM;
    SYS_fstat "fstat": EIO ENOMEM EOVERFLOW;
    SYS_statfs "statfs": EINTR EIO ENOMEM;
    SYS_fstatfs "fstatfs": EINTR EIO ENOMEM;
    SYS_faccessat "faccessat": EACCES EIO ENOENT EROFS;
    SYS_faccessat2 "faccessat2": EACCES EIO ENOENT EROFS;
    SYS_fchmod "fchmod": EIO EROFS;
    SYS_fchmodat "fchmodat": EIO ENOENT EROFS;
    SYS_fchown "fchown": EIO EROFS;
    SYS_fchownat "fchownat": EIO ENOENT EROFS;
    SYS_utimensat "utimensat": EACCES EROFS;
    SYS_linkat "linkat": EACCES EEXIST EIO EMLINK ENOSPC EXDEV;
    SYS_symlinkat "symlinkat": EACCES EEXIST EIO ENOSPC;
    SYS_renameat2 "renameat2": EACCES EBUSY EIO ENOSPC EXDEV EINVAL;
    SYS_mkdirat "mkdirat": EACCES EEXIST EIO ENOSPC;
    SYS_unlinkat "unlinkat": EACCES EBUSY EIO ENOTEMPTY EROFS;
    SYS_readlinkat "readlinkat": EACCES EIO ENOENT;
    SYS_getdents64 "getdents64": EIO EINTR;
    SYS_lseek "lseek": ESPIPE EINVAL;
    SYS_fsync "fsync": EINTR EIO ENOSPC EDQUOT;
    SYS_fdatasync "fdatasync": EINTR EIO ENOSPC EDQUOT;
    SYS_ftruncate "ftruncate": EINTR EIO EFBIG;
    SYS_sendfile "sendfile": EAGAIN EINTR EIO ENOMEM EINVAL;
    SYS_copy_file_range "copy_file_range": EIO ENOMEM ENOSPC EXDEV EINVAL EOPNOTSUPP ETXTBSY;
    SYS_fadvise64 "fadvise64": ESPIPE;
    SYS_inotify_init1 "inotify_init1": EMFILE ENFILE ENOMEM;
    SYS_inotify_add_watch "inotify_add_watch": EACCES ENOENT ENOMEM ENOSPC;
    SYS_inotify_rm_watch "inotify_rm_watch": EINVAL;
    SYS_getrandom "getrandom": EAGAIN EINTR;
    SYS_clone "clone": EAGAIN ENOMEM;
    SYS_clone3 "clone3": EAGAIN ENOMEM;
    SYS_execve "execve": ENOENT EACCES E2BIG EIO ENOMEM EMFILE ETXTBSY ENOEXEC;
    SYS_wait4 "wait4": EINTR ECHILD;
    SYS_waitid "waitid": EINTR ECHILD;
    SYS_kill "kill": ESRCH;
    SYS_tgkill "tgkill": ESRCH EAGAIN;
    SYS_pidfd_open "pidfd_open": EMFILE ENFILE ENODEV ENOMEM ESRCH;
    SYS_mmap "mmap": ENOMEM EAGAIN;
    SYS_mremap "mremap": ENOMEM EAGAIN;
    SYS_getcwd "getcwd": EACCES ENOENT ENOMEM;
    SYS_chdir "chdir": EACCES EIO ENOENT;
    SYS_getpriority "getpriority": ESRCH;
    SYS_setpriority "setpriority": EACCES ESRCH;
    SYS_sched_getaffinity "sched_getaffinity": EINVAL ESRCH;
    SYS_ppoll "ppoll": EINTR ENOMEM;
    SYS_clock_nanosleep "clock_nanosleep": EINTR;
    SYS_io_uring_setup "io_uring_setup": EMFILE ENFILE ENOMEM EINVAL;
    SYS_io_uring_enter "io_uring_enter": EAGAIN EBUSY EINTR;
    SYS_io_uring_register "io_uring_register": ENOMEM EINVAL;
    SYS_rt_sigaction "rt_sigaction": ;
    SYS_prctl "prctl": ;
    SYS_prlimit64 "prlimit64": ;
    SYS_uname "uname": ;
    SYS_sysinfo "sysinfo": ;
    SYS_getrusage "getrusage": ;
    SYS_setsid "setsid": ;
    SYS_capget "capget": ;
};

/// Older calls that only some architectures have.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[Call] = calls! {
    SYS_open "open": EACCES EINTR EIO EMFILE ENFILE ENOENT ENOMEM;
    SYS_poll "poll": EINTR ENOMEM;
    SYS_epoll_wait "epoll_wait": EINTR EBADF;
    SYS_dup2 "dup2": EMFILE EINTR EBUSY;
    SYS_fork "fork": EAGAIN ENOMEM;
    SYS_vfork "vfork": EAGAIN ENOMEM;
    SYS_access "access": EACCES EIO ENOENT EROFS;
    SYS_chmod "chmod": EIO ENOENT EROFS;
    SYS_chown "chown": EIO ENOENT EROFS;
    SYS_lchown "lchown": EIO ENOENT EROFS;
    SYS_link "link": EACCES EEXIST EIO EMLINK ENOSPC EXDEV;
    SYS_symlink "symlink": EACCES EEXIST EIO ENOSPC;
    SYS_rename "rename": EACCES EBUSY EIO ENOSPC EXDEV;
    SYS_mkdir "mkdir": EACCES EEXIST EIO ENOSPC;
    SYS_rmdir "rmdir": EACCES EBUSY EIO;
    SYS_unlink "unlink": EACCES EBUSY EIO EROFS;
    SYS_readlink "readlink": EACCES EIO ENOENT;
};

#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[Call] = &[];

/// Errors after which a program retries: never injected into all later calls.
const PASSING: &[c_int] = &[EAGAIN, EINTR, EEXIST];

fn all() -> impl Iterator<Item = &'static Call> {
    CALLS.iter().chain(OLD_CALLS)
}

/// Returns the call with this number, if the tables have it.
pub fn by_number(number: c_long) -> Option<&'static Call> {
    all().find(|call| call.number == number)
}

/// Parses a call's name or number.
pub fn number_of(name: &str) -> Option<c_long> {
    let named = all().find(|call| call.name == name);
    named.map(|call| call.number).or_else(|| name.parse().ok())
}

/// Returns a call's name, or its number if the tables do not have it.
pub fn name_of(number: c_long) -> String {
    by_number(number).map_or_else(|| number.to_string(), |call| call.name.to_owned())
}

/// Returns the errors to inject into a call; those of filters come last.
pub fn of(number: c_long) -> impl Iterator<Item = c_int> {
    let own = by_number(number).map_or(&[][..], |call| call.errors);
    let filters = [EPERM, ENOSYS].into_iter();
    let missing = filters.filter(move |error| !own.contains(error));
    own.iter().copied().chain(missing)
}

/// Returns whether an error may be injected into all later calls.
pub fn lasts(error: c_int) -> bool {
    !PASSING.contains(&error)
}

macro_rules! names {
    ($($name:ident)*) => { &[$((stringify!($name), $name)),*] };
}

/// The names of the errors above.
const NAMES: &[(&str, c_int)] = names! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES
    EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
    ENOSPC ESPIPE EROFS EMLINK EPIPE ENOSYS ENOTEMPTY ELOOP EOVERFLOW ENOPROTOOPT
    EOPNOTSUPP EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETUNREACH ECONNABORTED ECONNRESET
    ENOBUFS ENOTCONN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EPROTO EDQUOT ENOLCK
};

/// Returns an error's name.
pub fn error_name(error: c_int) -> String {
    let named = NAMES.iter().find(|(_, number)| *number == error);
    named.map_or_else(|| error.to_string(), |(name, _)| (*name).to_owned())
}

/// Returns the error with this name.
pub fn error_number(name: &str) -> Option<c_int> {
    let named = NAMES.iter().find(|(known, _)| *known == name);
    named.map(|(_, number)| *number)
}
