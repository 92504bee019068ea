//! Builds the C programs of `c-tests` and the reference, runs the tests, and reports.
//!
//! Two libraries stand side by side: *genuine* ([`mod@reference`]) is libuv itself,
//! built from the reference tree; *ours* ([`ours`]) is this repository. Every
//! driver compiles a C program once ([`cc`]) and runs it on each by swapping
//! the directory that the loader searches ([`run`]). A driver is a
//! `fn(&Context) -> Vec<Outcome>`; `cargo xtask test` has the table of them.

pub mod abi_diff;
pub mod cc;
pub mod consumers;
pub mod conversation;
pub mod diff;
pub mod dropin;
pub mod examples;
pub mod fuzz;
pub mod interrupt;
pub mod leaks;
pub mod memcheck;
pub mod miri;
pub mod one_cpu;
pub mod ours;
pub mod ours_only;
pub mod pyuv;
pub mod reference;
pub mod report;
pub mod retry;
pub mod run;
pub mod sandbox;
pub mod suite;
pub mod tempdir;
pub mod toolbox;
pub mod torture;
pub mod tsan;
pub mod uvsocket;

pub use report::{Context, Options, Outcome, Verdict};
pub use toolbox::{Failure, Result};
