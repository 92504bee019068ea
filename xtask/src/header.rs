//! `cargo xtask header`.

use crate::args::Args;
use c_tests::Result;

pub const ABOUT: &str = "write include/ from the Rust sources, or compare";

pub fn help() -> String {
    String::from("It takes no options yet.")
}

pub fn run(args: &mut Args) -> Result<String> {
    args.finish()?;
    Err("there is nothing behind this command yet".into())
}
