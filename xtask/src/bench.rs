//! `cargo xtask bench`.

use crate::args::Args;
use c_tests::Result;
use c_tests::bench::{self, Options};

pub const ABOUT: &str = "run the benchmarks on both libraries";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask bench [NAME...] [OPTIONS]

Runs C programs on genuine libuv and on ours by turns and compares their costs
per operation. A NAME may be the beginning of several (tcp-echo); `all` adds the
sweeps over scale to the default list, `scale` runs only those.

  --list            name the benchmarks
  --rounds N        pairs of runs (7)
  --ms N            how long a program measures, in ms (300)
  --quick           3 rounds of 100 ms: a look, not a result
  --syscalls        count system calls per operation too (needs strace)
  --json FILE       write everything that was measured
  --plot FILE.svg   draw it
  --no-pin          do not keep a server and its load on a core each
  --libuv           libuv's own benchmark programs in place of ours (3 rounds)
  --genuine DIR     the directory of another libuv.so.1 for the genuine side
  --ours DIR        the same for our side, to compare two builds

Let the machine do nothing else meanwhile.",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let options = Options {
        rounds: args.count("--rounds")?,
        ms: args.count("--ms")?,
        json: args.value("--json")?,
        plot: args.value("--plot")?,
        syscalls: args.flag("--syscalls"),
        list: args.flag("--list"),
        quick: args.flag("--quick"),
        libuv: args.flag("--libuv"),
        no_pin: args.flag("--no-pin"),
        genuine: args.value("--genuine")?,
        ours: args.value("--ours")?,
        names: args.names()?,
    };
    bench::run(&options)
}
