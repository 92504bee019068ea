//! Bits of a handle's `flags`.
//!
//! The values are libuv's: programs copy the word from one handle to another, and
//! set `READABLE` themselves. Bits that libuv uses and this library does not are left out. From
//! bit 24 on a bit means something else for each kind.

use core::ffi::{c_uint, c_ulong};

/// `uv_close` has been called.
pub const CLOSING: c_uint = 0x0000_0001;
/// The close callback runs or has run.
pub const CLOSED: c_uint = 0x0000_0002;
/// The handle does something.
pub const ACTIVE: c_uint = 0x0000_0004;
/// The handle keeps the loop alive while it is active.
pub const REF: c_uint = 0x0000_0008;
/// The handle belongs to the library; `uv_walk` skips it.
pub const INTERNAL: c_uint = 0x0000_0010;

/// Streams: the writing side is shut.
pub const SHUT: c_uint = 0x0000_0200;
/// Streams: the end of the data has been read.
pub const READ_EOF: c_uint = 0x0000_0800;

/// Streams and UDP: has an address.
pub const BOUND: c_uint = 0x0000_2000;
/// Streams and UDP: can be read from.
pub const READABLE: c_uint = 0x0000_4000;
/// Streams and UDP: can be written to.
pub const WRITABLE: c_uint = 0x0000_8000;
/// Streams: writes block.
pub const BLOCKING_WRITES: c_uint = 0x0010_0000;
/// TCP and UDP: the address is IPv6.
pub const IPV6: c_uint = 0x0040_0000;

/// TCP: no delay.
pub const TCP_NODELAY: c_uint = 0x0100_0000;
/// TCP: keep alive.
pub const TCP_KEEPALIVE: c_uint = 0x0200_0000;

/// UDP: send callbacks are being run.
pub const UDP_PROCESSING: c_uint = 0x0100_0000;
/// UDP: is connected.
pub const UDP_CONNECTED: c_uint = 0x0200_0000;
/// UDP: receives several datagrams at once.
pub const UDP_RECVMMSG: c_uint = 0x0400_0000;

/// Signals: stop after one.
pub const SIGNAL_ONE_SHOT: c_uint = 0x0200_0000;
/// Signals: the callback runs.
pub const SIGNAL_CALLED: c_uint = 0x0400_0000;

/// Processes: the child could not be found.
pub const ESRCH: c_uint = 0x0100_0000;

/// Loops: `SIGPROF` is blocked while the loop waits.
pub const LOOP_BLOCK_SIGPROF: c_ulong = 0x1;
/// Loops: io_uring's submission thread was asked for.
pub const LOOP_USE_SQPOLL: c_ulong = 0x2;
/// Loops: closed. `internal_fields` may dangle then, if a callback has closed the loop.
pub const LOOP_CLOSED: c_ulong = 0x4;
