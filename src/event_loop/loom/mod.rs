//! Checks what threads share with loom, which runs a test under every order of its threads'
//! steps that the memory model allows.
//!
//! The files are the library's own, compiled once more on loom's atomics and locks: each
//! takes them from `super::primitives`. `RUSTFLAGS="--cfg loom" cargo test --release --lib
//! loom_` runs these tests, and so does `cargo xtask test loom`.

mod primitives;
#[allow(dead_code)]
#[path = "../threadpool/queue.rs"]
mod queue;
#[allow(dead_code)]
#[path = "../async_/sending.rs"]
mod sending;
#[allow(dead_code)]
#[path = "../threadpool/spin.rs"]
mod spin;
mod tests;

use super::queue as links;
