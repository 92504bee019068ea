#!/bin/sh
# pack-static.sh FROM TO: makes the static library that C programs get from the
# one that rustc wrote. Everything is linked into one object in which only uv_*
# and uvx_* names stay global, so that it can stand beside another Rust library, and what
# no uv_* function reaches is dropped. AR, LD, NM and OBJCOPY name other tools.
set -eu
from=$1 to=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${NM:-nm}" -g --defined-only "$from" 2>/dev/null | awk '$2 ~ /^[TDRBVW]$/ && $3 ~ /^uvx?_[^_]/ { print $3 }' |
    sort -u > "$work/names"
[ -s "$work/names" ] || { echo "$from: nm sees no uv_* function in it" >&2; exit 1; }
sed 's/^/-u /' "$work/names" > "$work/roots"
"${LD:-ld}" -r --gc-sections --force-group-allocation "@$work/roots" -o "$work/uv.o" "$from"
"${OBJCOPY:-objcopy}" --strip-debug --keep-global-symbols="$work/names" "$work/uv.o"
"${AR:-ar}" rcsD "$work/libuv.a" "$work/uv.o"
cmp -s "$work/libuv.a" "$to" || cp "$work/libuv.a" "$to"
