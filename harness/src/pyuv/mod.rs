//! pyuv, the Python binding to libuv, built from its source distribution against
//! libuv and against our library as it is installed.

mod build;
pub mod experiment;
mod python;
mod stage;
mod tests;

pub use build::{Built, Side};
pub use tests::check;

/// Where our help for pyuv lies.
fn help() -> std::path::PathBuf {
    crate::toolbox::root().join("c-tests/pyuv")
}
