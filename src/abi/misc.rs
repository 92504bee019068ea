//! Plain data: times, system information, environment, metrics, shared libraries.

use core::cell::Cell;
use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};

/// A descriptor of a file.
pub type uv_file = c_int;
/// A descriptor of a socket.
pub type uv_os_sock_t = c_int;
/// A descriptor of anything.
pub type uv_os_fd_t = c_int;
/// A process id.
pub type uv_pid_t = libc::pid_t;
/// A group id.
pub type uv_gid_t = libc::gid_t;
/// A user id.
pub type uv_uid_t = libc::uid_t;

/// A time in nanoseconds, as wide as the system's `long`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct uv_timespec_t {
    /// Seconds.
    pub tv_sec: c_long,
    /// Nanoseconds.
    pub tv_nsec: c_long,
}

/// A time in nanoseconds.
#[repr(C)]
pub struct uv_timespec64_t {
    /// Seconds.
    pub tv_sec: i64,
    /// Nanoseconds.
    pub tv_nsec: i32,
}

/// A time in microseconds, as wide as the system's `long`.
#[repr(C)]
pub struct uv_timeval_t {
    /// Seconds.
    pub tv_sec: c_long,
    /// Microseconds.
    pub tv_usec: c_long,
}

/// A time in microseconds.
#[repr(C)]
pub struct uv_timeval64_t {
    /// Seconds.
    pub tv_sec: i64,
    /// Microseconds.
    pub tv_usec: i32,
}

/// One variable of the environment.
#[repr(C)]
pub struct uv_env_item_t {
    /// Its name.
    pub name: *mut c_char,
    /// Its value.
    pub value: *mut c_char,
}

/// Times of a processor in milliseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct uv_cpu_times_s {
    /// For programs.
    pub user: u64,
    /// For programs of low priority.
    pub nice: u64,
    /// For the system.
    pub sys: u64,
    /// Nothing.
    pub idle: u64,
    /// For interrupts.
    pub irq: u64,
}

/// One processor.
#[repr(C)]
pub struct uv_cpu_info_t {
    /// Its model.
    pub model: *const c_char,
    /// Its speed in MHz.
    pub speed: c_int,
    /// Its times.
    pub cpu_times: uv_cpu_times_s,
}

/// Address of a network interface.
#[repr(C)]
pub union uv__interface_address {
    /// When it is IPv4.
    pub address4: libc::sockaddr_in,
    /// When it is IPv6.
    pub address6: libc::sockaddr_in6,
}

/// Network mask of a network interface.
#[repr(C)]
pub union uv__interface_netmask {
    /// When it is IPv4.
    pub netmask4: libc::sockaddr_in,
    /// When it is IPv6.
    pub netmask6: libc::sockaddr_in6,
}

/// One address of a network interface.
#[repr(C)]
pub struct uv_interface_address_t {
    /// Name of the interface.
    pub name: *mut c_char,
    /// Its hardware address.
    pub phys_addr: [c_char; 6],
    /// Nonzero for a loopback interface.
    pub is_internal: c_int,
    /// The address.
    pub address: uv__interface_address,
    /// The network mask.
    pub netmask: uv__interface_netmask,
}

/// A user's entry in the password file.
#[repr(C)]
pub struct uv_passwd_t {
    /// Name.
    pub username: *mut c_char,
    /// User id.
    pub uid: c_ulong,
    /// Group id.
    pub gid: c_ulong,
    /// Shell, or null.
    pub shell: *mut c_char,
    /// Home directory.
    pub homedir: *mut c_char,
}

/// A group's entry in the group file.
#[repr(C)]
pub struct uv_group_t {
    /// Name.
    pub groupname: *mut c_char,
    /// Group id.
    pub gid: c_ulong,
    /// Names of the members, null last.
    pub members: *mut *mut c_char,
}

/// Name and version of the system.
#[repr(C)]
pub struct uv_utsname_t {
    /// Name of the system.
    pub sysname: [c_char; 256],
    /// Its release.
    pub release: [c_char; 256],
    /// Its version.
    pub version: [c_char; 256],
    /// Kind of machine.
    pub machine: [c_char; 256],
}

/// Resources used.
#[repr(C)]
pub struct uv_rusage_t {
    /// Processor time spent in the program.
    pub ru_utime: uv_timeval_t,
    /// Processor time spent in the system.
    pub ru_stime: uv_timeval_t,
    /// Largest resident set, in kilobytes.
    pub ru_maxrss: u64,
    /// Shared memory.
    pub ru_ixrss: u64,
    /// Unshared data.
    pub ru_idrss: u64,
    /// Unshared stack.
    pub ru_isrss: u64,
    /// Page faults without I/O.
    pub ru_minflt: u64,
    /// Page faults with I/O.
    pub ru_majflt: u64,
    /// Swaps.
    pub ru_nswap: u64,
    /// Block reads.
    pub ru_inblock: u64,
    /// Block writes.
    pub ru_oublock: u64,
    /// Messages sent.
    pub ru_msgsnd: u64,
    /// Messages received.
    pub ru_msgrcv: u64,
    /// Signals received.
    pub ru_nsignals: u64,
    /// Voluntary context switches.
    pub ru_nvcsw: u64,
    /// Involuntary context switches.
    pub ru_nivcsw: u64,
}

/// Counters of a loop.
#[repr(C)]
pub struct uv_metrics_t {
    /// Turns of the loop.
    pub loop_count: u64,
    /// Events processed.
    pub events: u64,
    /// Events that were waiting when the loop polled.
    pub events_waiting: u64,
    /// Reserved.
    pub reserved: [*mut u64; 13],
}

/// A shared library.
#[repr(C)]
pub struct uv_lib_t {
    /// The system's handle.
    pub handle: Cell<*mut c_void>,
    /// The last error, allocated, or null.
    pub errmsg: Cell<*mut c_char>,
}
