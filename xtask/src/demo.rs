//! `cargo xtask demo`.

use crate::args::Args;
use c_tests::Result;

pub const ABOUT: &str = "a server and a client in C, and what they say to each other";

pub fn help() -> String {
    String::from("It takes no options yet.")
}

pub fn run(args: &mut Args) -> Result<String> {
    args.finish()?;
    Err("there is nothing behind this command yet".into())
}
