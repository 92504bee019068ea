//! C programs, one behaviour each, and the drivers that build and run them.
//!
//! Two libraries stand side by side: *genuine* ([`mod@reference`]) is libuv itself,
//! built from the reference tree; *ours* ([`ours`]) is this repository. Every
//! driver compiles a C program once ([`cc`]) and runs it on each by swapping
//! the directory that the loader searches ([`run`]). A driver is a
//! `fn(&Context) -> Vec<Outcome>`; `cargo xtask test` has the table of them.

pub mod bench;
pub mod cc;
pub mod consumers;
pub mod demo;
pub mod diff;
pub mod dropin;
pub mod examples;
pub mod fuzz;
pub mod install;
pub mod interrupt;
pub mod leaks;
pub mod memcheck;
pub mod miri;
pub mod namespace;
pub mod one_cpu;
pub mod ours;
pub mod probe;
pub mod promises;
pub mod pyuv;
pub mod reference;
pub mod report;
pub mod run;
pub mod second;
pub mod suite;
pub mod tempdir;
pub mod toolbox;
pub mod torture;
pub mod tsan;

pub use report::{Context, Options, Outcome, Verdict};
pub use toolbox::{Failure, Result};
