#!/bin/sh
# debug-by-id.sh LIBRARY DEBUG DIR: puts DEBUG, the debug file of LIBRARY, below DIR under its
# build id, as debuggers look for it in /usr/lib/debug; prints the name. READELF names another
# tool.
set -eu
id=$("${READELF:-readelf}" -nW "$1" | sed -n 's/.*Build ID: *//p')
rest=${id#??}
[ -n "$rest" ] || { echo "$1 has no build id" >&2; exit 1; }
to=$3/.build-id/${id%"$rest"}
mkdir -p "$to"
cp "$2" "$to/$rest.debug"
chmod 644 "$to/$rest.debug"
echo "$to/$rest.debug"
