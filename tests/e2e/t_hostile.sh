#!/usr/bin/env bash
# A member sends what it must not: each is dropped, counted by its cause, told
# at a limited rate, and changes nothing.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/e2e/lib.sh

# Leaf 3's own program makes room for the injector, which has its key.
send() {
	in_node 3 "$BUILD/inject" "$(wgif 3)" "$LAB_DIR/key3" \
		"${LAB_PUB[2]}" "${LAB_PUB[1]}" 51821 "$1" "$2"
}
# What is said, a line each. Some of it may end, since nobody answers at leaf 3
# any more, or be said by another; and leaf 2 tells the path's end by a Link.
facts() {
	ctl 2 -j show facts | jq -S -c '.facts[] |
		select(.attribute != "Link") | del(.ttl_s, .source, .local)' |
		sort -u
}

lab_begin 4
lab_hub 3
lab_default_conf 3
for i in 1 2 3; do daemon_start "$i"; done
check converge wait_for 60 both_direct 2 3
daemon_stop 3
facts >"$LAB_DIR/before"

# kind COUNTER
hostile() {
	local before
	before=$(counter 2 "$2")
	check "hostile-$1-sent" send "$1" 3
	check "hostile-$1-counted" wait_for 10 eval \
		"[ \$(counter 2 $2) -ge $((before + 3)) ]"
}
hostile garbage dropped_format
hostile truncated dropped_format
hostile oversized dropped_size
hostile unsigned dropped_format
hostile wrongly-signed dropped_signature
hostile wrong-source dropped_source
hostile own-key dropped_self
hostile nested dropped_body
hostile unknown-attribute dropped_body
facts >"$LAB_DIR/after"
check hostile-nothing-taken-in eval \
	'[ -s "$LAB_DIR/before" ] &&
	[ -z "$(join -v 2 -t "" "$LAB_DIR/before" "$LAB_DIR/after")" ]'
before=$(counter 2 dropped_replay)
check replay-sent send good 5
check replay-counted wait_for 10 eval \
	"[ \$(counter 2 dropped_replay) -ge $((before + 4)) ]"

before=$(counter 2 datagrams_received)
check flood-sent send wrongly-signed 20000
check flood-still-answers wait_for 10 ctl 2 show
check flood-arrives eval "[ \$(counter 2 datagrams_received) -gt $((before + 1000)) ]"
check flood-is-limited wait_for 10 eval '[ "$(counter 2 dropped_rate)" -gt 0 ]'
check log-is-limited eval '[ "$(log_lines 2 "datagram from")" -le 12 ]'
[ -n "${LAB_SANITIZED:-}" ] || check flood-resident eval '[ "$(rss_kib 2 netd)" -lt 8192 ]'
check peer-stays has_peer 2 3
check router-link-stays pings 2 1 3
finish
