//! libuv's enums, in the header's order.
//!
//! A C enum is a plain integer here, of the type that the C compiler chooses for it,
//! so that whatever a C program passes is a valid value.

use super::{Const, Enum, Form};
use core::ffi::{c_int, c_uint};

macro_rules! c_enums {
    ($(
        $(#[doc = $doc:literal])*
        $form:ident $name:ident: $ty:ty {
            $( $(#[doc = $cdoc:literal])* $const:ident = $value:expr, )*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            pub type $name = $ty;
            $( $(#[doc = $cdoc])* pub const $const: $name = $value; )*
        )*
        /// Every enum of the header.
        pub const ENUMS: &[Enum] = &[$(
            Enum {
                name: stringify!($name),
                form: Form::$form,
                doc: &[$($doc),*],
                consts: &[$(
                    Const { name: stringify!($const), value: $const as i64, doc: &[$($cdoc),*] },
                )*],
            },
        )*];
    };
}

c_enums! {
    /// Kind of a handle.
    Elsewhere uv_handle_type: c_uint {
        /// Not a known kind.
        UV_UNKNOWN_HANDLE = 0,
        /// `uv_async_t`
        UV_ASYNC = 1,
        /// `uv_check_t`
        UV_CHECK = 2,
        /// `uv_fs_event_t`
        UV_FS_EVENT = 3,
        /// `uv_fs_poll_t`
        UV_FS_POLL = 4,
        /// `uv_handle_t`
        UV_HANDLE = 5,
        /// `uv_idle_t`
        UV_IDLE = 6,
        /// `uv_pipe_t`
        UV_NAMED_PIPE = 7,
        /// `uv_poll_t`
        UV_POLL = 8,
        /// `uv_prepare_t`
        UV_PREPARE = 9,
        /// `uv_process_t`
        UV_PROCESS = 10,
        /// `uv_stream_t`
        UV_STREAM = 11,
        /// `uv_tcp_t`
        UV_TCP = 12,
        /// `uv_timer_t`
        UV_TIMER = 13,
        /// `uv_tty_t`
        UV_TTY = 14,
        /// `uv_udp_t`
        UV_UDP = 15,
        /// `uv_signal_t`
        UV_SIGNAL = 16,
        /// An ordinary file; no handle.
        UV_FILE = 17,
        /// Number of kinds.
        UV_HANDLE_TYPE_MAX = 18,
    }

    /// Kind of a request.
    Elsewhere uv_req_type: c_uint {
        /// Not a known kind.
        UV_UNKNOWN_REQ = 0,
        /// `uv_req_t`
        UV_REQ = 1,
        /// `uv_connect_t`
        UV_CONNECT = 2,
        /// `uv_write_t`
        UV_WRITE = 3,
        /// `uv_shutdown_t`
        UV_SHUTDOWN = 4,
        /// `uv_udp_send_t`
        UV_UDP_SEND = 5,
        /// `uv_fs_t`
        UV_FS = 6,
        /// `uv_work_t`
        UV_WORK = 7,
        /// `uv_getaddrinfo_t`
        UV_GETADDRINFO = 8,
        /// `uv_getnameinfo_t`
        UV_GETNAMEINFO = 9,
        /// `uv_random_t`
        UV_RANDOM = 10,
        /// Number of kinds.
        UV_REQ_TYPE_MAX = 11,
    }

    /// Option of `uv_loop_configure`.
    Typedef uv_loop_option: c_uint {
        /// Block a signal while the loop waits. Argument: the signal, only SIGPROF.
        UV_LOOP_BLOCK_SIGNAL = 0,
        /// Measure the time spent waiting, see `uv_metrics_idle_time`.
        UV_METRICS_IDLE_TIME = 1,
        /// Let the kernel poll for submitted operations.
        UV_LOOP_USE_IO_URING_SQPOLL = 2,
    }

    /// How far `uv_run` goes.
    Typedef uv_run_mode: c_uint {
        /// Until nothing is left to wait for.
        UV_RUN_DEFAULT = 0,
        /// One turn; waits for events.
        UV_RUN_ONCE = 1,
        /// One turn; does not wait.
        UV_RUN_NOWAIT = 2,
    }

    /// A clock of `uv_clock_gettime`.
    Typedef uv_clock_id: c_uint {
        /// Never jumps; starts anywhere.
        UV_CLOCK_MONOTONIC = 0,
        /// Time of day, since 1970.
        UV_CLOCK_REALTIME = 1,
    }

    /// What to do with a multicast group.
    Typedef uv_membership: c_uint {
        /// Leave it.
        UV_LEAVE_GROUP = 0,
        /// Join it.
        UV_JOIN_GROUP = 1,
    }

    /// Flags of `uv_tcp_bind`.
    Tag uv_tcp_flags: c_uint {
        /// An IPv6 address takes no IPv4 connections.
        UV_TCP_IPV6ONLY = 1,
        /// Several sockets share the port and the kernel spreads connections among them.
        UV_TCP_REUSEPORT = 2,
    }

    /// Flags of the UDP functions and callbacks.
    Tag uv_udp_flags: c_uint {
        /// An IPv6 address takes no IPv4 datagrams.
        UV_UDP_IPV6ONLY = 1,
        /// Callback: the buffer was too small and the rest of the datagram is lost.
        UV_UDP_PARTIAL = 2,
        /// Another socket may already be bound to the address.
        UV_UDP_REUSEADDR = 4,
        /// Callback: the buffer is part of a larger one; do not free it.
        UV_UDP_MMSG_CHUNK = 8,
        /// Callback: the large buffer is no longer used; free it now.
        UV_UDP_MMSG_FREE = 16,
        /// ICMP errors are reported to the socket.
        UV_UDP_LINUX_RECVERR = 32,
        /// Several sockets share the port and the kernel spreads datagrams among them.
        UV_UDP_REUSEPORT = 64,
        /// Receive several datagrams with one call, where the system can.
        UV_UDP_RECVMMSG = 256,
    }

    /// Mode of a terminal.
    Typedef uv_tty_mode_t: c_uint {
        /// As it was.
        UV_TTY_MODE_NORMAL = 0,
        /// Every key at once, no echo.
        UV_TTY_MODE_RAW = 1,
        /// Bytes as they are.
        UV_TTY_MODE_IO = 2,
        /// Raw, with escape sequences for input (Windows).
        UV_TTY_MODE_RAW_VT = 3,
    }

    /// Whether the console understands escape sequences (Windows).
    Typedef uv_tty_vtermstate_t: c_uint {
        /// It does.
        UV_TTY_SUPPORTED = 0,
        /// It does not.
        UV_TTY_UNSUPPORTED = 1,
    }

    /// Flags of `uv_pipe_bind2` and `uv_pipe_connect2`.
    Unnamed uv_pipe_flags: c_uint {
        /// A path that is too long is an error instead of being cut.
        UV_PIPE_NO_TRUNCATE = 1,
    }

    /// Events of a `uv_poll_t`.
    Tag uv_poll_event: c_uint {
        /// Can be read from.
        UV_READABLE = 1,
        /// Can be written to.
        UV_WRITABLE = 2,
        /// The peer has shut its side.
        UV_DISCONNECT = 4,
        /// Has urgent data.
        UV_PRIORITIZED = 8,
    }

    /// What becomes a descriptor of a child.
    Typedef uv_stdio_flags: c_uint {
        /// Nothing: /dev/null for 0 to 2.
        UV_IGNORE = 0x00,
        /// A new pipe to the stream in `data`.
        UV_CREATE_PIPE = 0x01,
        /// The descriptor in `data`.
        UV_INHERIT_FD = 0x02,
        /// The descriptor of the stream in `data`.
        UV_INHERIT_STREAM = 0x04,
        /// New pipe: the child can read from it.
        UV_READABLE_PIPE = 0x10,
        /// New pipe: the child can write to it.
        UV_WRITABLE_PIPE = 0x20,
        /// New pipe: the child's end does not block.
        UV_NONBLOCK_PIPE = 0x40,
        /// Former name of `UV_NONBLOCK_PIPE`.
        UV_OVERLAPPED_PIPE = 0x40,
    }

    /// Flags of `uv_process_options_t`.
    Tag uv_process_flags: c_uint {
        /// Run as the user `uid`.
        UV_PROCESS_SETUID = 1 << 0,
        /// Run as the group `gid`.
        UV_PROCESS_SETGID = 1 << 1,
        /// Pass the arguments unquoted (Windows).
        UV_PROCESS_WINDOWS_VERBATIM_ARGUMENTS = 1 << 2,
        /// Start the child in a session of its own.
        UV_PROCESS_DETACHED = 1 << 3,
        /// Hide the child's window (Windows).
        UV_PROCESS_WINDOWS_HIDE = 1 << 4,
        /// Hide the child's console window (Windows).
        UV_PROCESS_WINDOWS_HIDE_CONSOLE = 1 << 5,
        /// Hide the child's graphical window (Windows).
        UV_PROCESS_WINDOWS_HIDE_GUI = 1 << 6,
        /// Take the program's path as it is first (Windows).
        UV_PROCESS_WINDOWS_FILE_PATH_EXACT_NAME = 1 << 7,
    }

    /// Kind of an entry of a directory.
    Typedef uv_dirent_type_t: c_uint {
        /// Not known.
        UV_DIRENT_UNKNOWN = 0,
        /// Ordinary file.
        UV_DIRENT_FILE = 1,
        /// Directory.
        UV_DIRENT_DIR = 2,
        /// Symbolic link.
        UV_DIRENT_LINK = 3,
        /// Named pipe.
        UV_DIRENT_FIFO = 4,
        /// Unix domain socket.
        UV_DIRENT_SOCKET = 5,
        /// Character device.
        UV_DIRENT_CHAR = 6,
        /// Block device.
        UV_DIRENT_BLOCK = 7,
    }

    /// Priorities of `uv_thread_setpriority`.
    Unnamed uv_thread_priority: c_int {
        /// Highest.
        UV_THREAD_PRIORITY_HIGHEST = 2,
        /// Above normal.
        UV_THREAD_PRIORITY_ABOVE_NORMAL = 1,
        /// Normal.
        UV_THREAD_PRIORITY_NORMAL = 0,
        /// Below normal.
        UV_THREAD_PRIORITY_BELOW_NORMAL = -1,
        /// Lowest.
        UV_THREAD_PRIORITY_LOWEST = -2,
    }

    /// Operation of a `uv_fs_t`.
    Typedef uv_fs_type: c_int {
        /// None yet.
        UV_FS_UNKNOWN = -1,
        /// Of the program's own.
        UV_FS_CUSTOM = 0,
        /// `uv_fs_open`
        UV_FS_OPEN = 1,
        /// `uv_fs_close`
        UV_FS_CLOSE = 2,
        /// `uv_fs_read`
        UV_FS_READ = 3,
        /// `uv_fs_write`
        UV_FS_WRITE = 4,
        /// `uv_fs_sendfile`
        UV_FS_SENDFILE = 5,
        /// `uv_fs_stat`
        UV_FS_STAT = 6,
        /// `uv_fs_lstat`
        UV_FS_LSTAT = 7,
        /// `uv_fs_fstat`
        UV_FS_FSTAT = 8,
        /// `uv_fs_ftruncate`
        UV_FS_FTRUNCATE = 9,
        /// `uv_fs_utime`
        UV_FS_UTIME = 10,
        /// `uv_fs_futime`
        UV_FS_FUTIME = 11,
        /// `uv_fs_access`
        UV_FS_ACCESS = 12,
        /// `uv_fs_chmod`
        UV_FS_CHMOD = 13,
        /// `uv_fs_fchmod`
        UV_FS_FCHMOD = 14,
        /// `uv_fs_fsync`
        UV_FS_FSYNC = 15,
        /// `uv_fs_fdatasync`
        UV_FS_FDATASYNC = 16,
        /// `uv_fs_unlink`
        UV_FS_UNLINK = 17,
        /// `uv_fs_rmdir`
        UV_FS_RMDIR = 18,
        /// `uv_fs_mkdir`
        UV_FS_MKDIR = 19,
        /// `uv_fs_mkdtemp`
        UV_FS_MKDTEMP = 20,
        /// `uv_fs_rename`
        UV_FS_RENAME = 21,
        /// `uv_fs_scandir`
        UV_FS_SCANDIR = 22,
        /// `uv_fs_link`
        UV_FS_LINK = 23,
        /// `uv_fs_symlink`
        UV_FS_SYMLINK = 24,
        /// `uv_fs_readlink`
        UV_FS_READLINK = 25,
        /// `uv_fs_chown`
        UV_FS_CHOWN = 26,
        /// `uv_fs_fchown`
        UV_FS_FCHOWN = 27,
        /// `uv_fs_realpath`
        UV_FS_REALPATH = 28,
        /// `uv_fs_copyfile`
        UV_FS_COPYFILE = 29,
        /// `uv_fs_lchown`
        UV_FS_LCHOWN = 30,
        /// `uv_fs_opendir`
        UV_FS_OPENDIR = 31,
        /// `uv_fs_readdir`
        UV_FS_READDIR = 32,
        /// `uv_fs_closedir`
        UV_FS_CLOSEDIR = 33,
        /// `uv_fs_statfs`
        UV_FS_STATFS = 34,
        /// `uv_fs_mkstemp`
        UV_FS_MKSTEMP = 35,
        /// `uv_fs_lutime`
        UV_FS_LUTIME = 36,
    }

    /// Events of a `uv_fs_event_t`.
    Tag uv_fs_event: c_uint {
        /// Renamed, created or removed.
        UV_RENAME = 1,
        /// Changed.
        UV_CHANGE = 2,
    }

    /// Flags of `uv_fs_event_start`.
    Tag uv_fs_event_flags: c_uint {
        /// Watch the directory itself, not what it holds. No system does this yet.
        UV_FS_EVENT_WATCH_ENTRY = 1,
        /// Ask for the status instead of waiting for notifications. No system does this yet.
        UV_FS_EVENT_STAT = 2,
        /// Watch all that the directory holds, at any depth (not on Linux).
        UV_FS_EVENT_RECURSIVE = 4,
    }

    /// Which fields of `uv_thread_options_t` count.
    Typedef uv_thread_create_flags: c_uint {
        /// None.
        UV_THREAD_NO_FLAGS = 0x00,
        /// `stack_size`
        UV_THREAD_HAS_STACK_SIZE = 0x01,
    }
}
