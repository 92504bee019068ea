//! The project's commands: `cargo xtask demo | test | header | bench | install`.

fn main() {}
