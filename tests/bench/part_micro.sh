#!/usr/bin/env bash
# What the arithmetic alone costs, without processes and sockets.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/bench/lib.sh

out=$("$BUILD/bench-micro" "$RUNS") || exit 1
# row NAME UNIT WHAT
row() {
	local values
	mapfile -t values < <(awk -v w="$3" '$1 == w { print $2 }' <<<"$out")
	figure "$1" "$2" - "${values[@]}"
}
row "datagrams of 20 facts parsed" /s parsed
row "datagrams of 20 facts verified" /s verified
row "Poly1305 over one, the floor of that" us poly1305_us
row "X25519, once a peer" us x25519_us
row "a bad tag, without sockets" us bad_tag_us
row "facts merged that are new" /s merged_new
row "facts merged that are known" /s merged_again
