//! libuv's C ABI, implemented in Rust.
