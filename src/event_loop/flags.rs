//! Bits of a handle's `flags`.
//!
//! The values are libuv's: programs copy the word from one handle to another, and
//! set `READABLE` themselves. From bit 24 on a bit means something else for each kind.

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
/// The handle is queued to end its life (Windows).
pub const ENDGAME_QUEUED: c_uint = 0x0000_0020;

/// Streams: listens.
pub const LISTENING: c_uint = 0x0000_0040;
/// Streams: is connected.
pub const CONNECTION: c_uint = 0x0000_0080;
/// Streams: the writing side is shut.
pub const SHUT: c_uint = 0x0000_0200;
/// Streams: the end of the data has been read.
pub const READ_EOF: c_uint = 0x0000_0800;

/// Streams and UDP: reads.
pub const READING: c_uint = 0x0000_1000;
/// Streams and UDP: has an address.
pub const BOUND: c_uint = 0x0000_2000;
/// Streams and UDP: can be read from.
pub const READABLE: c_uint = 0x0000_4000;
/// Streams and UDP: can be written to.
pub const WRITABLE: c_uint = 0x0000_8000;
/// A read is under way (Windows).
pub const READ_PENDING: c_uint = 0x0001_0000;
/// Completions bypass the port (Windows).
pub const SYNC_BYPASS_IOCP: c_uint = 0x0002_0000;
/// A read of no bytes is under way (Windows).
pub const ZERO_READ: c_uint = 0x0004_0000;
/// Completions are emulated (Windows).
pub const EMULATE_IOCP: c_uint = 0x0008_0000;
/// Streams: writes block.
pub const BLOCKING_WRITES: c_uint = 0x0010_0000;
/// A read is being cancelled (Windows).
pub const READ_CANCELLATION_PENDING: c_uint = 0x0020_0000;
/// TCP and UDP: the address is IPv6.
pub const IPV6: c_uint = 0x0040_0000;

/// TCP: no delay.
pub const TCP_NODELAY: c_uint = 0x0100_0000;
/// TCP: keep alive.
pub const TCP_KEEPALIVE: c_uint = 0x0200_0000;
/// TCP: accepts one connection at a time.
pub const TCP_SINGLE_ACCEPT: c_uint = 0x0400_0000;
/// TCP: accepting changes (Windows).
pub const TCP_ACCEPT_STATE_CHANGING: c_uint = 0x0800_0000;
/// TCP: the socket is shared with another process.
pub const SHARED_TCP_SOCKET: c_uint = 0x1000_0000;

/// UDP: send callbacks are being run.
pub const UDP_PROCESSING: c_uint = 0x0100_0000;
/// UDP: is connected.
pub const UDP_CONNECTED: c_uint = 0x0200_0000;
/// UDP: receives several datagrams at once.
pub const UDP_RECVMMSG: c_uint = 0x0400_0000;

/// Pipes: not overlapped (Windows).
pub const NON_OVERLAPPED_PIPE: c_uint = 0x0100_0000;
/// Pipes: is a server (Windows).
pub const PIPESERVER: c_uint = 0x0200_0000;

/// Terminals: can be read from.
pub const TTY_READABLE: c_uint = 0x0100_0000;
/// Terminals: not used.
pub const UNUSED0: c_uint = 0x0200_0000;
/// Terminals: the cursor's position is saved (Windows).
pub const TTY_SAVED_POSITION: c_uint = 0x0400_0000;
/// Terminals: attributes are saved (Windows).
pub const TTY_SAVED_ATTRIBUTES: c_uint = 0x0800_0000;

/// Signals: the one shot has been delivered.
pub const SIGNAL_ONE_SHOT_DISPATCHED: c_uint = 0x0100_0000;
/// Signals: stop after one.
pub const SIGNAL_ONE_SHOT: c_uint = 0x0200_0000;
/// Signals: the callback runs.
pub const SIGNAL_CALLED: c_uint = 0x0400_0000;

/// Poll: slow path (Windows).
pub const POLL_SLOW: c_uint = 0x0100_0000;

/// Processes: the child could not be found.
pub const ESRCH: c_uint = 0x0100_0000;
/// Processes: must be reaped.
pub const REAP: c_uint = 0x1000_0000;

/// Loops: `SIGPROF` is blocked while the loop waits.
pub const LOOP_BLOCK_SIGPROF: c_ulong = 0x1;
/// Loops: io_uring's submission thread was asked for.
pub const LOOP_USE_SQPOLL: c_ulong = 0x2;
/// Loops: closed. `internal_fields` may dangle then, if a callback has closed the loop.
pub const LOOP_CLOSED: c_ulong = 0x4;
