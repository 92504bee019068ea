//! Types of the callbacks that a program passes in. Each may be null.

use core::ffi::{c_char, c_int, c_uint, c_void};

use super::*;

/// Replacement of malloc(3).
pub type uv_malloc_func = Option<unsafe extern "C" fn(size: usize) -> *mut c_void>;
/// Replacement of realloc(3).
pub type uv_realloc_func =
    Option<unsafe extern "C" fn(ptr: *mut c_void, size: usize) -> *mut c_void>;
/// Replacement of calloc(3).
pub type uv_calloc_func = Option<unsafe extern "C" fn(count: usize, size: usize) -> *mut c_void>;
/// Replacement of free(3).
pub type uv_free_func = Option<unsafe extern "C" fn(ptr: *mut c_void)>;

/// Provides memory to read into: sets `buf`, empty for none.
pub type uv_alloc_cb = Option<
    unsafe extern "C" fn(handle: *mut uv_handle_t, suggested_size: usize, buf: *mut uv_buf_t),
>;
/// Gets `nread` bytes of `buf`, nothing (0), or an error (negative, `UV_EOF` at the end).
pub type uv_read_cb =
    Option<unsafe extern "C" fn(stream: *mut uv_stream_t, nread: isize, buf: *const uv_buf_t)>;
/// Runs when a write is over.
pub type uv_write_cb = Option<unsafe extern "C" fn(req: *mut uv_write_t, status: c_int)>;
/// Runs when a connection attempt is over.
pub type uv_connect_cb = Option<unsafe extern "C" fn(req: *mut uv_connect_t, status: c_int)>;
/// Runs when a shutdown is over.
pub type uv_shutdown_cb = Option<unsafe extern "C" fn(req: *mut uv_shutdown_t, status: c_int)>;
/// Runs when a connection waits for `uv_accept`.
pub type uv_connection_cb = Option<unsafe extern "C" fn(server: *mut uv_stream_t, status: c_int)>;
/// Runs when a handle is closed; its memory is the program's again.
pub type uv_close_cb = Option<unsafe extern "C" fn(handle: *mut uv_handle_t)>;
/// Runs when a watched descriptor is ready for `events`.
pub type uv_poll_cb =
    Option<unsafe extern "C" fn(handle: *mut uv_poll_t, status: c_int, events: c_int)>;
/// Runs when a timer is due.
pub type uv_timer_cb = Option<unsafe extern "C" fn(handle: *mut uv_timer_t)>;
/// Runs on the loop's thread after `uv_async_send`.
pub type uv_async_cb = Option<unsafe extern "C" fn(handle: *mut uv_async_t)>;
/// Runs before the loop polls for events.
pub type uv_prepare_cb = Option<unsafe extern "C" fn(handle: *mut uv_prepare_t)>;
/// Runs after the loop has polled for events.
pub type uv_check_cb = Option<unsafe extern "C" fn(handle: *mut uv_check_t)>;
/// Runs on every turn of the loop.
pub type uv_idle_cb = Option<unsafe extern "C" fn(handle: *mut uv_idle_t)>;
/// Runs when a child has ended.
pub type uv_exit_cb =
    Option<unsafe extern "C" fn(handle: *mut uv_process_t, exit_status: i64, term_signal: c_int)>;
/// Runs for every handle of a loop.
pub type uv_walk_cb = Option<unsafe extern "C" fn(handle: *mut uv_handle_t, arg: *mut c_void)>;
/// Runs when a file system request is over.
pub type uv_fs_cb = Option<unsafe extern "C" fn(req: *mut uv_fs_t)>;
/// Runs on a worker thread.
pub type uv_work_cb = Option<unsafe extern "C" fn(req: *mut uv_work_t)>;
/// Runs on the loop's thread when the work is over.
pub type uv_after_work_cb = Option<unsafe extern "C" fn(req: *mut uv_work_t, status: c_int)>;
/// Gets the addresses of a name.
pub type uv_getaddrinfo_cb = Option<
    unsafe extern "C" fn(req: *mut uv_getaddrinfo_t, status: c_int, res: *mut libc::addrinfo),
>;
/// Gets the name of an address.
pub type uv_getnameinfo_cb = Option<
    unsafe extern "C" fn(
        req: *mut uv_getnameinfo_t,
        status: c_int,
        hostname: *const c_char,
        service: *const c_char,
    ),
>;
/// Gets random bytes.
pub type uv_random_cb = Option<
    unsafe extern "C" fn(req: *mut uv_random_t, status: c_int, buf: *mut c_void, buflen: usize),
>;
/// Runs when a watched path has changed.
pub type uv_fs_event_cb = Option<
    unsafe extern "C" fn(
        handle: *mut uv_fs_event_t,
        filename: *const c_char,
        events: c_int,
        status: c_int,
    ),
>;
/// Runs when the status of a watched path has changed.
pub type uv_fs_poll_cb = Option<
    unsafe extern "C" fn(
        handle: *mut uv_fs_poll_t,
        status: c_int,
        prev: *const uv_stat_t,
        curr: *const uv_stat_t,
    ),
>;
/// Runs when a watched signal has arrived.
pub type uv_signal_cb = Option<unsafe extern "C" fn(handle: *mut uv_signal_t, signum: c_int)>;
/// Runs when a datagram is sent or given up.
pub type uv_udp_send_cb = Option<unsafe extern "C" fn(req: *mut uv_udp_send_t, status: c_int)>;
/// Gets a datagram and its sender.
pub type uv_udp_recv_cb = Option<
    unsafe extern "C" fn(
        handle: *mut uv_udp_t,
        nread: isize,
        buf: *const uv_buf_t,
        addr: *const libc::sockaddr,
        flags: c_uint,
    ),
>;
