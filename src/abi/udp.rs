//! UDP sockets and their send request.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_uint;
use core::mem::ManuallyDrop;

use super::*;

/// A UDP socket.
#[repr(C)]
pub struct uv_udp_t {
    /// The handle part.
    pub base: uv_handle_t,
    /// Bytes waiting to be sent. Read only.
    pub send_queue_size: Cell<usize>,
    /// Send requests waiting. Read only.
    pub send_queue_count: Cell<usize>,
    /// Gives memory to receive into.
    pub alloc_cb: Cell<uv_alloc_cb>,
    /// Gets what was received.
    pub recv_cb: Cell<uv_udp_recv_cb>,
    /// Watches the descriptor.
    pub io_watcher: uv__io_t,
    /// Sends not yet done, oldest first.
    pub write_queue: uv__queue,
    /// Sends done whose callbacks have not run.
    pub write_completed_queue: uv__queue,
}

/// Destination of a datagram.
#[repr(C)]
pub union uv__udp_send_u {
    /// As the generic address.
    pub addr: ManuallyDrop<UnsafeCell<libc::sockaddr>>,
    /// As storage for any address.
    pub storage: ManuallyDrop<UnsafeCell<libc::sockaddr_storage>>,
}

impl uv__udp_send_u {
    /// The address, large enough for every family.
    pub fn storage(&self) -> *mut libc::sockaddr_storage {
        // SAFETY: only the address of the field is taken.
        unsafe { &self.storage }.get()
    }
}

/// A datagram on its way.
#[repr(C)]
pub struct uv_udp_send_t {
    /// The request part.
    pub base: uv_req_t,
    /// The socket.
    pub handle: Cell<*mut uv_udp_t>,
    /// Free for the user; the library keeps its own copy in `send_cb`.
    pub cb: Cell<uv_udp_send_cb>,
    /// Link in the socket's queues.
    pub queue: uv__queue,
    /// Destination; its family is `AF_UNSPEC` on a connected socket.
    pub u: uv__udp_send_u,
    /// Number of buffers.
    pub nbufs: Cell<c_uint>,
    /// The buffers: `bufsml` or allocated.
    pub bufs: Cell<*mut uv_buf_t>,
    /// Bytes sent, or a negative error.
    pub status: Cell<isize>,
    /// Runs when the datagram is sent or given up.
    pub send_cb: Cell<uv_udp_send_cb>,
    /// Space for a few buffers without an allocation.
    pub bufsml: UnsafeCell<[uv_buf_t; 4]>,
}

extends! {
    uv_udp_t => uv_handle_t;
    uv_udp_send_t => uv_req_t;
}
