#!/bin/sh
# split-debug.sh FROM TO: puts the shared library FROM, stripped, at TO, and what is stripped
# into .debug/ beside it, where gdb, perf and valgrind look. OBJCOPY names another tool.
set -eu
from=$1 to=$2
objcopy=${OBJCOPY:-objcopy}
name=$(basename "$to")
debug=$(dirname "$to")/.debug/$name.debug
mkdir -p "$(dirname "$debug")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
split=$(dirname "$from")/.debug/$(basename "$from").debug
if [ -e "$split" ] && ! [ "$from" -ef "$to" ]; then
    # An installed library, which has been through this.
    cp "$from" "$work/$name"
    cp "$split" "$work/$name.debug"
else
    "$objcopy" --only-keep-debug --compress-debug-sections "$from" "$work/$name.debug"
    (cd "$work" && "$objcopy" --strip-unneeded --add-gnu-debuglink="$name.debug" "$from" "$name")
fi
chmod 755 "$work/$name"
chmod 644 "$work/$name.debug"
# By rename, so that programs that have the old one mapped keep it.
cp -p "$work/$name.debug" "$debug.new"
mv -f "$debug.new" "$debug"
cp -p "$work/$name" "$to.new"
mv -f "$to.new" "$to"
