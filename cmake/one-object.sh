#!/bin/sh
# one-object.sh FROM TO: links the static library that rustc wrote into one object, in which
# only uv_* and uvx_* names stay global, so that it can stand beside another Rust library,
# and from which what no uv_* function reaches is dropped. If TO ends in .a, it is an archive
# with that object. LD, NM, OBJCOPY and AR name other tools.
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
made=$work/uv.o
case $to in
*.a)
    made=$work/libuv.a
    "${AR:-ar}" rcsD "$made" "$work/uv.o"
    ;;
esac
cmp -s "$made" "$to" || cp "$made" "$to"
