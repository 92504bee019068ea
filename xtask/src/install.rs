//! `cargo xtask install`.

use crate::args::Args;
use c_tests::Result;

pub const ABOUT: &str = "put the library, headers and package files under a prefix";

pub fn help() -> String {
    String::from("It takes no options yet.")
}

pub fn run(args: &mut Args) -> Result<String> {
    args.finish()?;
    Err("there is nothing behind this command yet".into())
}
