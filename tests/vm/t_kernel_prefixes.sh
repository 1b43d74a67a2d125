#!/usr/bin/env bash
# A peer with 256 prefixes is introduced, falls back to the router and comes
# back: more than one message to the kernel each time. No prefix is ever with
# two peers, none is lost.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Node 2 holds $1 of leaf 3's prefixes with leaf 3, and none twice.
holds() {
	no_prefix_twice 2 || echo twice >>"$LAB_DIR/twice"
	dump 2 | awk -v pub="${LAB_PUB[3]}" -v want="$1" '
		$1 == pub { n = split($4, a, ",")
			for (i = 1; i <= n; i++) if (a[i] !~ /^fe80:/) have++ }
		END { exit have + 0 != want }'
}

lab_begin 4
lab_hub 3
lab_default_conf 3
many=$(inner 3)/32
for ((i = 1; i < 256; i++)); do
	printf -v many '%s,fd07::3:%x/128' "$many" "$i"
done
in_node 1 wg set "$(wgif 1)" peer "${LAB_PUB[3]}" allowed-ips "$many"
for i in 2 3; do
	in_node "$i" wg set "$(wgif "$i")" peer "${LAB_PUB[1]}" \
		allowed-ips 10.7.0.0/24,fd07::/64
done
for i in 1 2 3; do daemon_start "$i"; done
check introduced wait_for 60 holds 256
nsenter "$(net 2)" -- ping -q -i 0.2 "$(inner 3)" >/dev/null 2>&1 &
LAB_PIDS+=($!)
cut_path 2 3
check all-with-the-router wait_for 60 holds 0
check router-echo wait_for 20 pings 2 3
heal_path 2 3
check all-come-back wait_for 90 holds 256
check never-twice refute test -e "$LAB_DIR/twice"
finish
