//! The names of the kinds of handles and requests.

use super::enums::*;
use core::ffi::CStr;

/// Names of the kinds of handles, by kind; also the structures' names in C.
pub const HANDLE_NAMES: &[(uv_handle_type, &CStr)] = &[
    (UV_ASYNC, c"async"),
    (UV_CHECK, c"check"),
    (UV_FS_EVENT, c"fs_event"),
    (UV_FS_POLL, c"fs_poll"),
    (UV_HANDLE, c"handle"),
    (UV_IDLE, c"idle"),
    (UV_NAMED_PIPE, c"pipe"),
    (UV_POLL, c"poll"),
    (UV_PREPARE, c"prepare"),
    (UV_PROCESS, c"process"),
    (UV_STREAM, c"stream"),
    (UV_TCP, c"tcp"),
    (UV_TIMER, c"timer"),
    (UV_TTY, c"tty"),
    (UV_UDP, c"udp"),
    (UV_SIGNAL, c"signal"),
];

/// Names of the kinds of requests, by kind; also the structures' names in C.
pub const REQ_NAMES: &[(uv_req_type, &CStr)] = &[
    (UV_REQ, c"req"),
    (UV_CONNECT, c"connect"),
    (UV_WRITE, c"write"),
    (UV_SHUTDOWN, c"shutdown"),
    (UV_UDP_SEND, c"udp_send"),
    (UV_FS, c"fs"),
    (UV_WORK, c"work"),
    (UV_GETADDRINFO, c"getaddrinfo"),
    (UV_GETNAMEINFO, c"getnameinfo"),
    (UV_RANDOM, c"random"),
];
