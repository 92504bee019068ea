//! Gives the shared library libuv's soname, has it carry its unwinder, and names the
//! `cfg` of a ThreadSanitizer build.

use std::path::PathBuf;
use std::process::Command;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(uv_tsan)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libuv.so.1");
    if let Some(dir) = static_unwinder() {
        println!("cargo::rustc-link-search=native={}", dir.display());
    }
}

/// A directory whose `libgcc_s.so` leads the linker to the static libraries that hold the
/// same. The standard library asks for it, to print where a panic was; a shared one more
/// to be found and loaded took a fifth of the time of a program that starts itself over and
/// over. Where there is no static one it stays shared.
fn static_unwinder() -> Option<PathBuf> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR")?);
    let host = std::env::var("HOST").ok()? == std::env::var("TARGET").ok()?;
    let mut compiler = Command::new("cc");
    let said = compiler.arg("-print-file-name=libgcc_eh.a").output().ok()?;
    // A name that comes back without a directory was not found.
    let found = String::from_utf8(said.stdout).ok()?.contains('/');
    let script = "GROUP(-lgcc_eh -lgcc)\n";
    (host && found && std::fs::write(out.join("libgcc_s.so"), script).is_ok()).then_some(out)
}
