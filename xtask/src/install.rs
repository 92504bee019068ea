//! `cargo xtask install`: the library under a prefix.

use crate::args::Args;
use c_tests::install::{Place, install};
use c_tests::report::{Context, Options};
use c_tests::{Result, toolbox};
use std::path::PathBuf;

pub const ABOUT: &str = "put the library, headers and package files under a prefix";

pub fn help() -> String {
    String::from(
        "Usage: cargo xtask install --prefix DIR [--destdir DIR]\n\n\
         \x20 --prefix DIR   where the library will be used; an absolute path, or one\n\
         \x20                relative to the current directory\n\
         \x20 --destdir DIR  what to put before the prefix for now (packagers)\n\n\
         Writes, under libuv's own file names, lib/libuv.so.1.0.0 with its links,\n\
         lib/libuv.a, include/uv.h and include/uv/, the pkg-config files libuv and\n\
         libuv-static, the CMake package libuv, share/doc/libuv/LICENSE, and a manual\n\
         page for each function below share/man/man3.",
    )
}

pub fn run(args: &mut Args) -> Result<String> {
    let prefix: Option<PathBuf> = args.value("--prefix")?;
    let destdir: Option<PathBuf> = args.value("--destdir")?;
    args.finish()?;
    let prefix = prefix.ok_or_else(|| args.misunderstood("install wants --prefix DIR"))?;
    let here = std::env::current_dir()?;
    let place = Place {
        prefix: here.join(prefix),
        destdir: destdir.map(|dir| here.join(dir)),
    };
    let context = Context::new(Options::default());
    let ours = toolbox::step("building the release library", || context.ours())?;
    let written = toolbox::step("installing", || install(ours, &place))?;
    let is_page = |file: &&PathBuf| file.extension().is_some_and(|e| e == "3");
    let (pages, files): (Vec<_>, Vec<_>) = written.iter().partition(is_page);
    files
        .iter()
        .for_each(|file| println!("  {}", file.display()));
    println!("  {} manual pages", pages.len());
    Ok(format!(
        "install: {} files under {}",
        written.len(),
        place.prefix.display()
    ))
}
