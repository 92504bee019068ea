//! The base of all requests, the job of the thread pool and the requests that have one, and a union
//! of all requests.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_char, c_int, c_void};
use core::mem::ManuallyDrop;

use super::*;

/// The part of a write request in the base of requests.
#[repr(C)]
pub struct uv__req_write_extra_s {
    /// Bytes written so far.
    pub nwritten: Cell<usize>,
}

/// Last word of a request's base.
#[repr(C)]
pub union uv__req_extra {
    /// Reserved for the library.
    pub reserved2: ManuallyDrop<[Cell<*mut c_void>; 1]>,
    /// Used by writes.
    pub write_extra: ManuallyDrop<uv__req_write_extra_s>,
}

/// Base of all requests.
#[repr(C)]
pub struct uv_req_t {
    /// Free for the user.
    pub data: Cell<*mut c_void>,
    /// The kind of request. Read only.
    pub type_: Cell<uv_req_type>,
    /// Words reserved for the library.
    pub reserved: [Cell<*mut c_void>; 5],
    /// One more word, unnamed in C.
    pub extra: uv__req_extra,
}

/// Function that a worker thread runs.
pub type uv__work_cb = Option<unsafe extern "C" fn(w: *mut uv__work)>;
/// Function that the loop's thread runs when the work is over.
pub type uv__done_cb = Option<unsafe extern "C" fn(w: *mut uv__work, status: c_int)>;

/// One job of the thread pool.
#[repr(C)]
pub struct uv__work {
    /// Runs on a worker thread.
    pub work: Cell<uv__work_cb>,
    /// Runs on the loop's thread.
    pub done: Cell<uv__done_cb>,
    /// The loop that waits for the job.
    pub loop_: Cell<*mut uv_loop_t>,
    /// Link in the pool's queue, then in the loop's.
    pub wq: uv__queue,
}

/// Looks up the addresses of a name.
#[repr(C)]
pub struct uv_getaddrinfo_t {
    /// The request part.
    pub base: uv_req_t,
    /// The loop. Read only.
    pub loop_: Cell<*mut uv_loop_t>,
    /// The job in the thread pool.
    pub work_req: uv__work,
    /// Runs when the request is over; null for a synchronous request.
    pub cb: Cell<uv_getaddrinfo_cb>,
    /// Copy of the caller's hints, or null.
    pub hints: Cell<*mut libc::addrinfo>,
    /// Copy of the host name, or null.
    pub hostname: Cell<*mut c_char>,
    /// Copy of the service name, or null.
    pub service: Cell<*mut c_char>,
    /// The answer, to be freed with `uv_freeaddrinfo`.
    pub addrinfo: Cell<*mut libc::addrinfo>,
    /// Outcome.
    pub retcode: Cell<c_int>,
}

/// Looks up the name of an address.
#[repr(C)]
pub struct uv_getnameinfo_t {
    /// The request part.
    pub base: uv_req_t,
    /// The loop. Read only.
    pub loop_: Cell<*mut uv_loop_t>,
    /// The job in the thread pool.
    pub work_req: uv__work,
    /// Runs when the request is over; null for a synchronous request.
    pub getnameinfo_cb: Cell<uv_getnameinfo_cb>,
    /// Copy of the address to look up.
    pub storage: UnsafeCell<libc::sockaddr_storage>,
    /// Flags of getnameinfo(3).
    pub flags: Cell<c_int>,
    /// The name found.
    pub host: UnsafeCell<[c_char; NI_MAXHOST]>,
    /// The service found.
    pub service: UnsafeCell<[c_char; NI_MAXSERV]>,
    /// Outcome.
    pub retcode: Cell<c_int>,
}

/// A function of the program for the thread pool.
#[repr(C)]
pub struct uv_work_t {
    /// The request part.
    pub base: uv_req_t,
    /// The loop. Read only.
    pub loop_: Cell<*mut uv_loop_t>,
    /// Runs on a worker thread.
    pub work_cb: Cell<uv_work_cb>,
    /// Runs on the loop's thread afterwards.
    pub after_work_cb: Cell<uv_after_work_cb>,
    /// The job in the thread pool.
    pub work_req: uv__work,
}

/// Asks for random bytes.
#[repr(C)]
pub struct uv_random_t {
    /// The request part.
    pub base: uv_req_t,
    /// The loop. Read only.
    pub loop_: Cell<*mut uv_loop_t>,
    /// Outcome.
    pub status: Cell<c_int>,
    /// Memory to fill.
    pub buf: Cell<*mut c_void>,
    /// Bytes to fill.
    pub buflen: Cell<usize>,
    /// Runs when the request is over; null for a synchronous request.
    pub cb: Cell<uv_random_cb>,
    /// The job in the thread pool.
    pub work_req: uv__work,
}

/// Storage for a request of any kind.
#[repr(C)]
pub union uv_any_req {
    /// As `uv_req_t`.
    pub req: ManuallyDrop<uv_req_t>,
    /// As `uv_connect_t`.
    pub connect: ManuallyDrop<uv_connect_t>,
    /// As `uv_write_t`.
    pub write: ManuallyDrop<uv_write_t>,
    /// As `uv_shutdown_t`.
    pub shutdown: ManuallyDrop<uv_shutdown_t>,
    /// As `uv_udp_send_t`.
    pub udp_send: ManuallyDrop<uv_udp_send_t>,
    /// As `uv_fs_t`.
    pub fs: ManuallyDrop<uv_fs_t>,
    /// As `uv_work_t`.
    pub work: ManuallyDrop<uv_work_t>,
    /// As `uv_getaddrinfo_t`.
    pub getaddrinfo: ManuallyDrop<uv_getaddrinfo_t>,
    /// As `uv_getnameinfo_t`.
    pub getnameinfo: ManuallyDrop<uv_getnameinfo_t>,
    /// As `uv_random_t`.
    pub random: ManuallyDrop<uv_random_t>,
}

extends! {
    uv_getaddrinfo_t => uv_req_t;
    uv_getnameinfo_t => uv_req_t;
    uv_work_t => uv_req_t;
    uv_random_t => uv_req_t;
}
