//! Links genuine libuv, all of whose names begin with `genuine_`.

fn main() {
    println!("cargo:rerun-if-env-changed=LIBUV_GENUINE");
    if let Ok(dir) = std::env::var("LIBUV_GENUINE") {
        println!("cargo:rerun-if-changed={dir}/libgenuine.a");
        println!("cargo:rustc-link-search=native={dir}");
        println!("cargo:rustc-link-lib=static=genuine");
    }
}
