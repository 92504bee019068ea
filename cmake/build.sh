#!/bin/sh
# build.sh CARGO TARGET_DIR OUT [MACHINE]: has cargo build the library, and puts into OUT the
# object uv.o, with the whole library in it, and the shared library, as rustc-libuv.so. A file keeps
# its date when its contents have not changed. MACHINE is Rust's name for the machine to build for.
set -eu
cargo=$1 target=$2 out=$3 machine=${4-}
here=$(cd "$(dirname "$0")" && pwd)
built=$target${machine:+/$machine}/release
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cargo is run where it finds the project's own configuration.
set -- rustc --release --lib --package libuv-rs --locked --crate-type cdylib,staticlib
set -- "$@" --target-dir "$target" ${machine:+--target "$machine"}
# What it says when it cannot fetch the crates becomes one sentence.
if ! {
    (cd "$here/.." && "$cargo" "$@" 2>&1) && : > "$work/well"
} | awk -v root="$(dirname "$here")" '
    /spurious network error|failed to (get|download) |no matching package named/ { offline = 1 }
    !offline { print; fflush() }
    END {
        if (offline) print "cargo has not all crates that Cargo.lock names, and cannot fetch" \
            " them now: run `cargo fetch --locked` in " root " while there is a network"
    }' >&2 || ! [ -e "$work/well" ]; then
    exit 1
fi
sh "$here/one-object.sh" "$built/libuv.a" "$out/uv.o"
cmp -s "$built/libuv.so" "$out/rustc-libuv.so" || cp "$built/libuv.so" "$out/rustc-libuv.so"
