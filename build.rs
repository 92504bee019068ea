//! Gives the shared library libuv's soname and a layout that loads fast, has it carry its
//! unwinder, and names the `cfg` of a ThreadSanitizer build.

use std::env::{var, var_os};
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(uv_tsan)");
    println!("cargo::rustc-check-cfg=cfg(loom)");
    println!("cargo::rerun-if-changed=build.rs");
    link("-Wl,-soname,libuv.so.1");
    // Debuggers find a stripped library's debug file by it.
    link("-Wl,--build-id=sha1");
    if let Some(dir) = static_unwinder() {
        println!("cargo::rustc-link-search=native={}", dir.display());
    }
    if var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        lay_out();
    }
}

fn link(argument: &str) {
    println!("cargo::rustc-cdylib-link-arg={argument}");
}

/// Every segment is a mapping to be made, faulted in and torn down in each process, and
/// programs that start others of their kind do little else. So what is only read goes with
/// the code.
fn lay_out() {
    if rustflags().any(|flag| flag.ends_with("relro-level=partial")) {
        // Some compilers have libraries bound at once unless they are told otherwise.
        link("-Wl,-z,lazy");
    }
    link("-Wl,-z,noseparate-code");
    // LLD has an option of its own for it, of which GNU ld would complain.
    if linker_knows("-Wl,--no-rosegment") == Some(true) {
        link("-Wl,--no-rosegment");
    }
}

/// Whether an empty library can be linked with the option by the linker in use.
fn linker_knows(option: &str) -> Option<bool> {
    let out = PathBuf::from(var_os("OUT_DIR")?);
    let source = out.join("empty.rs");
    std::fs::write(&source, "").ok()?;
    let mut compiler = Command::new(var_os("RUSTC")?);
    compiler.arg(source).args(["--crate-type", "cdylib"]);
    compiler.arg("--out-dir").arg(out);
    compiler.args(["--target", &var("TARGET").ok()?]);
    if let Ok(linker) = var("RUSTC_LINKER") {
        compiler.args(["-C", &format!("linker={linker}")]);
    }
    compiler.args(rustflags());
    compiler.args(["-C", &format!("link-arg={option}")]);
    let quiet = compiler.stdout(Stdio::null()).stderr(Stdio::null());
    Some(quiet.status().ok()?.success())
}

/// What cargo gives the compiler for this build.
fn rustflags() -> impl Iterator<Item = String> {
    let flags = var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let flags: Vec<_> = flags.split('\x1f').map(String::from).collect();
    flags.into_iter().filter(|flag| !flag.is_empty())
}

/// A directory whose `libgcc_s.so` leads the linker to the static libraries that hold the
/// same. The standard library asks for it, to print where a panic was; a shared one more
/// to be found and loaded took a fifth of the time of a program that starts itself over and
/// over. Where there is no static one it stays shared.
fn static_unwinder() -> Option<PathBuf> {
    let out = PathBuf::from(var_os("OUT_DIR")?);
    let host = var("HOST").ok()? == var("TARGET").ok()?;
    let mut compiler = Command::new("cc");
    let said = compiler.arg("-print-file-name=libgcc_eh.a").output().ok()?;
    // A name that comes back without a directory was not found.
    let found = String::from_utf8(said.stdout).ok()?.contains('/');
    let script = "GROUP(-lgcc_eh -lgcc)\n";
    (host && found && std::fs::write(out.join("libgcc_s.so"), script).is_ok()).then_some(out)
}
