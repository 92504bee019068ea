//! Gives the shared library libuv's soname, and names the `cfg` of a ThreadSanitizer build.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(uv_tsan)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libuv.so.1");
}
