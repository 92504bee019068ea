//! libuv's C ABI, implemented in Rust.
//!
//! The crate is built as `libuv.so.1` and `libuv.a`. A C program includes `uv.h`, links with
//! `-luv`, and runs on this library or on libuv 1.53, whichever the loader finds:
//!
//! ```c
//! #include <uv.h>
//!
//! static void on_timer(uv_timer_t *timer) { uv_close((uv_handle_t *)timer, NULL); }
//!
//! int main(void) {
//!   uv_timer_t timer;
//!   uv_timer_init(uv_default_loop(), &timer);
//!   uv_timer_start(&timer, on_timer, 100, 0);
//!   return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
//! }
//! ```
//!
//! Rust programs cannot use the library through this crate: its functions are exported for C,
//! and take the structures that C owns. They are public so that this documentation shows
//! them. To use libuv from Rust, link a crate with bindings to `libuv.so.1`.
//!
//! # Where to start reading
//!
//! [`event_loop`] is the loop: `run.rs` has the phases of a turn, `poll.rs` one poll,
//! `dispatch.rs` the switch on the kind of handle.
//!
//! | room | what is in it |
//! |---|---|
//! | [`abi`] | what C sees: types, constants, layout asserts; no behaviour |
//! | [`api`] | the exported functions, one file per page of libuv's documentation, each with its contract |
//! | [`errno`] | error codes, their names and messages |
//! | [`event_loop`] | the engine: phases, poll, watchers, async handles, thread pool, timers, signals |
//! | `handles` | one file per kind of handle; `stream/` is what TCP, pipes and terminals share |
//! | `requests` | what no handle owns: work, files, names, random bytes |
//! | `system` | what touches no loop: machine, process, users, environment, threads |
//! | `text` | pure functions over slices: addresses, IDNA, WTF-8 |
//! | `sys` | the only room that calls libc: `unix/` and `linux/` |
//!
//! `docs/ARCHITECTURE.md` says which room may use which, and why the engine is made as it is.

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
