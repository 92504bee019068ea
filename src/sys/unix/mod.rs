//! System calls of POSIX.

pub(crate) mod clock;
pub(crate) mod datagram;
pub(crate) mod env;
pub(crate) mod fd;
pub(crate) mod file;
pub(crate) mod host;
pub(crate) mod library;
pub(crate) mod monitor;
pub(crate) mod process;
pub(crate) mod resolve;
pub(crate) mod signal;
pub(crate) mod socket;
pub(crate) mod stdio;
pub(crate) mod sync;
pub(crate) mod terminal;
pub(crate) mod thread;
pub(crate) mod unix_socket;
