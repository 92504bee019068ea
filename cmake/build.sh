#!/bin/sh
# build.sh CARGO TARGET_DIR OUT [MACHINE]: has cargo build the library, and puts into OUT the
# object uv.o, with the whole library in it, and the shared library libuv.so. A file keeps its
# date when its contents have not changed. MACHINE is Rust's name for the machine to build for.
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
{
    (cd "$here/.." && "$cargo" "$@" 2>&1) && : > "$work/well"
} | tee "$work/said" >&2
if ! [ -e "$work/well" ]; then
    if grep -Eq 'offline|failed to (download|get|fetch)|download of|Unable to update' "$work/said"; then
        echo "cargo could not fetch the crates that libuv-rs is made of: run" \
             "\`cargo fetch --locked\` in $(dirname "$here") where there is a network" >&2
    fi
    exit 1
fi
sh "$here/one-object.sh" "$built/libuv.a" "$out/uv.o"
cmp -s "$built/libuv.so" "$out/libuv.so" || cp "$built/libuv.so" "$out/libuv.so"
