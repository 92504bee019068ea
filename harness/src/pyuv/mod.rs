//! Builds pyuv, the Python binding to libuv, from its source distribution against libuv
//! and against our installed library.

pub mod build;
pub mod experiment;
pub mod python;
mod stage;
mod tests;

pub use build::{Built, Side};
pub use tests::check;

/// The directory of our scripts and headers for pyuv.
fn help() -> std::path::PathBuf {
    crate::toolbox::root().join("c-tests/pyuv")
}
