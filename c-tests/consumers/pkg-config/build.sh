#!/bin/sh
# build.sh OUT: compiles the programs by pkg-config, shared and static. What pkg-config
# prints is quoted for the shell, and LDFLAGS is, too.
set -eu
cd "$(dirname "$0")/.."
out=$1
for package in libuv libuv-static; do
    flags=$(pkg-config --cflags --libs "$package")
    eval "${CC:-cc} app.c -o \"\$out/c_$package\" $flags ${LDFLAGS-}"
    eval "${CXX:-c++} app.cc -o \"\$out/cxx_$package\" $flags ${LDFLAGS-}"
done
eval "${CC:-cc} -static app.c -o \"\$out/c_all-static\" $(pkg-config --cflags --libs libuv-static)"
pkg-config --exact-version=1.53.0 libuv
pkg-config --exact-version=1.53.0 libuv-static
eval "${CC:-cc} extension.c -o \"\$out/c_uvx\" $(pkg-config --cflags --libs uvx) ${LDFLAGS-}"
pkg-config --atleast-version=1.0 uvx
