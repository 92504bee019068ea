//! The pages of the API: those of libuv's documentation, with the files below `src/api`
//! whose functions each has.

/// One page of the API.
pub struct ApiPage {
    /// The page's file, without the ending.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Files below `src/api`, without the ending.
    pub files: &'static [&'static str],
}

const fn page(name: &'static str, title: &'static str, files: &'static [&'static str]) -> ApiPage {
    ApiPage { name, title, files }
}

/// The pages, in the order of libuv's documentation.
pub const API: &[ApiPage] = &[
    page("errors", "Errors", &["error"]),
    page("version", "Version", &["version"]),
    page("loop", "Event loop", &["loop_", "shutdown"]),
    page("handle", "Handles", &["handle"]),
    page("request", "Requests", &["request"]),
    page("timer", "Timers", &["timer"]),
    page("prepare", "Prepare handles", &["prepare"]),
    page("check", "Check handles", &["check"]),
    page("idle", "Idle handles", &["idle"]),
    page("async", "Async handles", &["async_"]),
    page("poll", "Poll handles", &["poll"]),
    page("signal", "Signals", &["signal"]),
    page("process", "Processes", &["process"]),
    page("stream", "Streams", &["stream"]),
    page("tcp", "TCP", &["tcp"]),
    page("pipe", "Pipes", &["pipe"]),
    page("tty", "Terminals", &["tty"]),
    page("udp", "UDP", &["udp", "udp_options"]),
    page("fs_event", "Watching files", &["fs_event"]),
    page("fs_poll", "Polling files", &["fs_poll"]),
    page(
        "fs",
        "Files",
        &[
            "fs/request",
            "fs/file",
            "fs/file_status",
            "fs/name",
            "fs/path",
            "fs/dir",
        ],
    ),
    page("threadpool", "Thread pool", &["threadpool"]),
    page("dns", "Name look-up", &["dns"]),
    page("dll", "Shared libraries", &["dll"]),
    page(
        "threading",
        "Threads and locks",
        &["thread", "sync", "sync_conditions", "sync_once"],
    ),
    page(
        "misc",
        "Miscellaneous",
        &[
            "misc",
            "misc_machine",
            "misc_memory",
            "misc_net",
            "misc_net_interfaces",
            "misc_process",
            "misc_text",
            "misc_time",
            "misc_user",
            "random",
            "allocator",
        ],
    ),
    page("metrics", "Metrics", &["metrics"]),
    page("extensions", "Extensions", &["uvx"]),
];

/// Types and constants that belong to another page than the first one with a function that
/// takes or returns them; a name that ends in `*` stands for all that begin like it.
const BELONGS: &[(&str, &str)] = &[
    ("UV_DYNAMIC", "dll"),
    ("UV_ERRNO_MAP", "errors"),
    ("UV_FS_*", "fs"),
    ("UV_HANDLE_*", "handle"),
    ("UV_IF_NAMESIZE", "misc"),
    ("UV_MAXHOSTNAMESIZE", "misc"),
    ("UV_ONCE_INIT", "threading"),
    ("UV_PIPE_NO_TRUNCATE", "pipe"),
    ("UV_PRIORITY_*", "misc"),
    ("UV_REQ_*", "request"),
    ("UV_STREAM_FIELDS", "stream"),
    ("UV_THREAD_*", "threading"),
    ("UVX_VERSION_*", "extensions"),
    ("UV_VERSION_*", "version"),
    ("uv_any_handle", "handle"),
    ("uv_any_req", "request"),
    ("uv_buf_t", "misc"),
    ("uv_connect_*", "stream"),
    ("uv_cpu_times_s", "misc"),
    ("uv_dirent_*", "fs"),
    ("uv_errno_t", "errors"),
    ("uv_exit_cb", "process"),
    ("uv_file", "fs"),
    ("uv_fs_event_flags", "fs_event"),
    ("uv_fs_event", "fs_event"),
    ("uv_getaddrinfo_*", "dns"),
    ("uv_os_*", "misc"),
    ("uv_poll_event", "poll"),
    ("uv_process_flags", "process"),
    ("uv_stat_t", "fs"),
    ("uv_statfs_t", "fs"),
    ("uv_stdio_*", "process"),
    ("uv_tcp_flags", "tcp"),
    ("uv_thread_*", "threading"),
    ("uv_timespec_t", "fs"),
    ("uv_timeval_t", "misc"),
    ("uv_udp_flags", "udp"),
];

/// The page to which that table gives a type or constant.
pub fn belongs(name: &str) -> Option<&'static str> {
    let is_it = |pattern: &str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    };
    let found = BELONGS.iter().find(|(pattern, _)| is_it(pattern));
    found.map(|(_, page)| *page)
}
