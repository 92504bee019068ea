//! `cargo xtask bench`.

use crate::args::Args;
use c_tests::Result;

pub const ABOUT: &str = "run the benchmarks on both libraries";

pub fn help() -> String {
    String::from("It takes no options yet.")
}

pub fn run(args: &mut Args) -> Result<String> {
    args.finish()?;
    Err("there is nothing behind this command yet".into())
}
