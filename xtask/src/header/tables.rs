//! What Rust's types do not say: C's tags, and the macros for lists of fields.
//!
//! `cargo xtask header` reads this file; the library does not.

/// Structures whose typedef has no tag in C.
pub const UNTAGGED: &[&str] = &[
    "uv_timespec_t",
    "uv_timespec64_t",
    "uv_timeval_t",
    "uv_timeval64_t",
    "uv_stat_t",
    "uv_rusage_t",
    "uv_lib_t",
];

/// Structures that have a tag and no typedef.
pub const TAG_ONLY: &[&str] = &[
    "uv__queue",
    "uv__work",
    "uv__req_write_extra_s",
    "uv_cpu_times_s",
    "uv_any_handle",
    "uv_any_req",
];

/// Private types (`uv__…`) that libuv's header names. Others are printed where they are
/// used.
pub const NAMED_PRIVATE: &[&str] = &["uv__queue", "uv__io_t", "uv__work", "uv__req_write_extra_s"];

/// Types of the system that have a tag and no typedef.
pub const SYSTEM_TAGS: &[&str] = &[
    "sockaddr",
    "sockaddr_in",
    "sockaddr_in6",
    "sockaddr_storage",
    "addrinfo",
    "termios",
];

/// Spellings that differ between cbindgen and C.
pub const SPELLINGS: &[(&str, &str)] = &[("AtomicI32", "int"), ("ptrdiff_t", "ssize_t")];

/// Members without a name in C.
pub const NAMELESS: &[(&str, &str)] = &[("uv_req_t", "extra")];

/// Lists of fields that are macros in the header: the structure, and for each macro its
/// first field. A macro extends to the structure's end; a later one is nested in the one
/// before.
pub const FIELD_MACROS: &[(&str, &[(&str, &str)])] = &[
    (
        "uv_handle_t",
        &[
            ("UV_HANDLE_FIELDS", "data"),
            ("UV_HANDLE_PRIVATE_FIELDS", "next_closing"),
        ],
    ),
    (
        "uv_stream_t",
        &[
            ("UV_STREAM_FIELDS", "write_queue_size"),
            ("UV_STREAM_PRIVATE_FIELDS", "connect_req"),
        ],
    ),
    (
        "uv_req_t",
        &[
            ("UV_REQ_FIELDS", "data"),
            ("UV_REQ_PRIVATE_FIELDS", "extra"),
        ],
    ),
    (
        "uv_loop_t",
        &[
            ("UV_LOOP_PRIVATE_FIELDS", "flags"),
            ("UV_PLATFORM_LOOP_FIELDS", "inotify_read_watcher"),
        ],
    ),
    (
        "uv_fs_event_t",
        &[
            ("UV_FS_EVENT_PRIVATE_FIELDS", "cb"),
            ("UV_PLATFORM_FS_EVENT_FIELDS", "watchers"),
        ],
    ),
    ("uv_write_t", &[("UV_WRITE_PRIVATE_FIELDS", "queue")]),
    ("uv_connect_t", &[("UV_CONNECT_PRIVATE_FIELDS", "queue")]),
    ("uv_udp_send_t", &[("UV_UDP_SEND_PRIVATE_FIELDS", "queue")]),
    ("uv_udp_t", &[("UV_UDP_PRIVATE_FIELDS", "alloc_cb")]),
    ("uv_pipe_t", &[("UV_PIPE_PRIVATE_FIELDS", "pipe_fname")]),
    ("uv_poll_t", &[("UV_POLL_PRIVATE_FIELDS", "io_watcher")]),
    (
        "uv_prepare_t",
        &[("UV_PREPARE_PRIVATE_FIELDS", "prepare_cb")],
    ),
    ("uv_check_t", &[("UV_CHECK_PRIVATE_FIELDS", "check_cb")]),
    ("uv_idle_t", &[("UV_IDLE_PRIVATE_FIELDS", "idle_cb")]),
    ("uv_async_t", &[("UV_ASYNC_PRIVATE_FIELDS", "async_cb")]),
    ("uv_timer_t", &[("UV_TIMER_PRIVATE_FIELDS", "timer_cb")]),
    ("uv_tty_t", &[("UV_TTY_PRIVATE_FIELDS", "orig_termios")]),
    ("uv_signal_t", &[("UV_SIGNAL_PRIVATE_FIELDS", "tree_entry")]),
    ("uv_process_t", &[("UV_PROCESS_PRIVATE_FIELDS", "queue")]),
    (
        "uv_getaddrinfo_t",
        &[("UV_GETADDRINFO_PRIVATE_FIELDS", "work_req")],
    ),
    (
        "uv_getnameinfo_t",
        &[("UV_GETNAMEINFO_PRIVATE_FIELDS", "work_req")],
    ),
    ("uv_fs_t", &[("UV_FS_PRIVATE_FIELDS", "new_path")]),
    ("uv_work_t", &[("UV_WORK_PRIVATE_FIELDS", "work_req")]),
    ("uv_dir_t", &[("UV_DIR_PRIVATE_FIELDS", "dir")]),
];

/// Functions that C declares as variadic: the fixed parameters that stay.
pub const VARIADIC: &[(&str, usize)] = &[("uv_loop_configure", 2)];

/// Enumerators that are macros as well, for `#ifdef`.
pub const ALSO_MACROS: &[&str] = &["UV_LOOP_USE_IO_URING_SQPOLL"];

/// Types that a template defines with the system's types.
pub const IN_TEMPLATES: &[&str] = &["uv_once_t", "uv_sem_t"];

/// Parameters that C shows as arrays of a known length: function, parameter, length.
pub const ARRAYS: &[(&str, &str, usize)] = &[
    ("uv_pipe", "fds", 2),
    ("uv_socketpair", "socket_vector", 2),
    ("uv_loadavg", "avg", 3),
];
