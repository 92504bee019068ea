#!/bin/sh
# build.sh OUT: compiles the programs by pkg-config, shared and static.
set -eu
cd "$(dirname "$0")/.."
out=$1
for package in libuv libuv-static; do
    cflags=$(pkg-config --cflags "$package")
    libs=$(pkg-config --libs "$package")
    # shellcheck disable=SC2086
    ${CC:-cc} $cflags app.c -o "$out/c_$package" $libs
    # shellcheck disable=SC2086
    ${CXX:-c++} $cflags app.cc -o "$out/cxx_$package" $libs
done
# shellcheck disable=SC2046
${CC:-cc} -static app.c -o "$out/c_all-static" $(pkg-config --cflags --libs libuv-static)
