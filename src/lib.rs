//! libuv's C ABI, implemented in Rust.
//!
//! The rooms and who may enter which are in `docs/ARCHITECTURE.md`.

pub mod abi;
pub mod api;
pub mod errno;
pub mod event_loop;
mod handles;
mod requests;
mod sys;
mod system;
mod text;

#[cfg(fuzzing)]
pub use system::fuzzing;
